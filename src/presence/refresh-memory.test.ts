import { RefreshMemory } from './refresh-memory';

describe('RefreshMemory', () => {
  it('is fresh until its time', () => {
    const memory = new RefreshMemory(10);
    memory.remember('a', 100);
    expect([memory.isFresh('a', 99), memory.isFresh('a', 100), memory.isFresh('b', 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('stays within its bound and keeps what is recent', () => {
    const memory = new RefreshMemory(100);
    for (let index = 0; index < 10_000; index++) memory.remember(`k${index}`, 1);
    expect(memory.isFresh('k9999', 0)).toBe(true);
    const kept = Array.from({ length: 10_000 }, (_, index) => memory.isFresh(`k${index}`, 0)).filter(Boolean);
    expect(kept.length).toBeLessThanOrEqual(100);
    expect(kept.length).toBeGreaterThanOrEqual(50);
  });
});
