import { quotaAgainAtMs } from './end-of-day';

describe('a daily quota', () => {
  it.each([
    ['2026-11-29T15:59:59.999Z', '2026-11-29T16:00:00.000Z'],
    ['2026-11-29T16:30:00.000Z', '2026-11-30T16:00:00.000Z'],
    ['2026-12-31T23:00:00.000Z', '2027-01-01T16:00:00.000Z'],
    ['2028-02-28T20:00:00.000Z', '2028-02-29T16:00:00.000Z'],
  ])('that is used up at %s is there again at midnight in Shanghai, %s', (now, again) => {
    expect(new Date(quotaAgainAtMs(Date.parse(now))).toISOString()).toBe(again);
  });

  it.each([
    ['2026-11-29T16:00:00.000Z', '2026-11-29T16:10:00.000Z'],
    ['2026-11-29T16:29:59.000Z', '2026-11-29T16:39:59.000Z'],
  ])('that is still used up at %s, right after midnight, is asked for again at %s', (now, again) => {
    expect(new Date(quotaAgainAtMs(Date.parse(now))).toISOString()).toBe(again);
  });
});
