import { DrainPace } from './drain-pace';

describe('the pace of handing on', () => {
  let pace: DrainPace;
  let now: number;
  let waiting: number;
  beforeEach(() => {
    [pace, now, waiting] = [new DrainPace(), 1_000, 10_000];
    pace.round(0, waiting, now);
  });

  /** A window in which so many came and so many left. */
  const pass = (arrived: number, drained: number, tookMs: number): number => {
    for (let answer = 0; answer < arrived; answer++) pace.answered(tookMs);
    now += 100;
    waiting += arrived - drained;
    pace.round(drained, waiting, now);
    return pace.restMs;
  };

  it('does not pause while webhooks are answered in time', () => {
    expect([pass(100, 500, 5), pass(100, 500, 24)]).toEqual([0, 0]);
  });

  it('does not pause while there are no webhooks', () => {
    expect(pass(0, 500, 0)).toBe(0);
  });

  it('pauses longer and longer while they wait, up to a bound, and less and less when they do not', () => {
    const slower = Array.from({ length: 5 }, () => pass(100, 500, 60));
    expect(slower).toEqual([1, 2, 4, 8, 8]);
    const faster = Array.from({ length: 5 }, () => pass(100, 500, 5));
    expect(faster).toEqual([4, 2, 1, 0, 0]);
  });

  it('lets one in a hundred wait', () => {
    pace.answered(500);
    for (let answer = 0; answer < 99; answer++) pace.answered(1);
    now += 100;
    pace.round(1_000, (waiting -= 900), now);
    expect(pace.restMs).toBe(0);
  });

  it('gives way to what waits where that does not shrink', () => {
    expect([pass(100, 500, 60), pass(100, 500, 60)]).toEqual([1, 2]);
    expect([pass(500, 500, 60), pass(500, 600, 60)]).toEqual([1, 0]);
  });

  it('looks only once in a window', () => {
    for (let answer = 0; answer < 100; answer++) pace.answered(60);
    pace.round(128, waiting, now + 50);
    expect(pace.restMs).toBe(0);
  });
});
