import { endOfDayInShanghai } from './end-of-day';

describe('endOfDayInShanghai', () => {
  it.each([
    ['2026-11-29T15:59:59.999Z', '2026-11-29T16:00:00.000Z'],
    ['2026-11-29T16:00:00.000Z', '2026-11-30T16:00:00.000Z'],
    ['2026-12-31T23:00:00.000Z', '2027-01-01T16:00:00.000Z'],
  ])('of %s is %s', (now, end) => {
    expect(new Date(endOfDayInShanghai(Date.parse(now))).toISOString()).toBe(end);
  });
});
