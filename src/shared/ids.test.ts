import { createIds } from './ids';

describe('ids', () => {
  it('are UUIDv7 of the clock', () => {
    const makeId = createIds({ now: () => 0x0123456789ab, monotonicMs: () => 0x0123456789ab }, () => 0.5);
    expect(makeId()).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sort in the order of their making, also within a millisecond and when the clock steps back', () => {
    let nowMs = 1_700_000_000_000;
    const makeId = createIds({ now: () => nowMs, monotonicMs: () => nowMs }, Math.random);
    const ids = Array.from({ length: 10_000 }, (_, index) => {
      if (index === 9000) nowMs -= 60_000;
      return makeId();
    });
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('stay in form at both ends of the random range', () => {
    for (const random of [() => 0, () => 1 - Number.EPSILON]) {
      const id = createIds(
        { now: () => 1_700_000_000_000.9, monotonicMs: () => 1_700_000_000_000.9 },
        random,
      )();
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});
