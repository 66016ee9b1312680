import { Backoff } from './backoff';

describe('back-off between attempts to connect', () => {
  it('is clear at first', () => {
    const backoff = new Backoff(() => 0);
    expect([backoff.active, backoff.remainingMs(5)]).toEqual([false, 0]);
  });

  it('doubles from failure to failure, up to half a minute', () => {
    const backoff = new Backoff(() => 1);
    const pauses = Array.from({ length: 10 }, () => {
      backoff.failed(1_000);
      return backoff.remainingMs(1_000);
    });
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    for (let i = 0; i < 2_000; i += 1) backoff.failed(1_000);
    expect(backoff.remainingMs(1_000)).toBe(30_000);
  });

  it('leaves half of a pause to chance', () => {
    const backoff = new Backoff(() => 0);
    backoff.failed(0);
    expect(backoff.remainingMs(0)).toBe(125);
    expect(backoff.remainingMs(100)).toBe(25);
    expect(backoff.remainingMs(10_000)).toBe(0);
  });

  it('does not wait after one lost connection, but after the next', () => {
    const backoff = new Backoff(() => 1);
    backoff.lost(0);
    expect([backoff.active, backoff.remainingMs(0)]).toEqual([true, 0]);
    backoff.lost(0);
    expect(backoff.remainingMs(0)).toBe(500);
    backoff.clear();
    expect([backoff.active, backoff.remainingMs(0)]).toEqual([false, 0]);
  });
});
