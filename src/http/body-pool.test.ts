import { BodyPool, type BodyShare } from './body-pool';

const kib = 1024;
/** A limit of 8 MiB: 1 MiB for bodies up to 64 KiB, 3 MiB up to 1 MiB, 4 MiB for those above. */
const limit = 8 * 1024 * kib;

class Body {
  paused = false;
  slow = false;
  readonly share: BodyShare;

  constructor(pool: BodyPool) {
    this.share = pool.open({
      pause: () => (this.paused = true),
      resume: () => (this.paused = false),
      tooSlow: () => {
        this.slow = true;
        this.share.release();
      },
    });
  }

  grow(toBytes: number): this {
    this.share.grow(toBytes);
    return this;
  }

  whole(bytes: number): this {
    this.share.complete(bytes);
    return this;
  }
}

describe('BodyPool', () => {
  let nowMs = 0;
  let pool: BodyPool;
  const bodies = (count: number, bytes: number): Body[] =>
    Array.from({ length: count }, () => new Body(pool).grow(bytes));
  const reading = (of: readonly Body[]): number => of.filter(({ paused, slow }) => !paused && !slow).length;

  const whole = (count: number): void => {
    for (let at = 0; at < count; at += 1) new Body(pool).whole(60 * kib);
  };

  beforeEach(() => {
    jest.useFakeTimers();
    nowMs = 0;
    pool = new BodyPool(limit, () => nowMs);
  });
  afterEach(() => jest.useRealTimers());

  /** The clock and the timers together; `lateMs` more on the clock, as when the process stood still. */
  function pass(ms: number, lateMs = 0): void {
    for (let left = ms; left > 0; left -= 100) {
      nowMs += 100 + lateMs;
      jest.advanceTimersByTime(100);
    }
  }

  it('charges what has come, and all of it comes back', () => {
    const some = [...bodies(3, 10 * kib), ...bodies(2, 500 * kib), ...bodies(1, 3_000 * kib)];
    expect(pool.usedBytes).toBe(4_030 * kib);
    for (const { share } of some) {
      share.release();
      share.release();
      share.grow(1);
    }
    expect([pool.usedBytes, pool.waiting]).toEqual([0, 0]);
  });

  it.each([
    ['small', 60 * kib, 18],
    ['medium', 1_000 * kib, 4],
    ['large', 2_000 * kib, 3],
  ])(
    'reads one more than fit, of the %s ones, and those of other sizes all the same',
    (_, bytes, expected) => {
      const held = bodies(40, bytes);
      expect(reading(held)).toBe(expected);
      expect(pool.waiting).toBe(40 - expected);
      const others = [60 * kib, 1_000 * kib, 2_000 * kib].filter((size) => size !== bytes);
      for (const size of others) expect(reading(bodies(1, size))).toBe(1);
    },
  );

  it('never lets all of them wait for each other', () => {
    const held = bodies(20, 2_000 * kib);
    for (let ended = 0; ended < 20; ended += 1) {
      const next = held.find(({ paused }) => !paused);
      expect(next).toBeDefined();
      next?.whole(6_000 * kib);
      next?.share.release();
      held.splice(held.indexOf(next as Body), 1);
    }
    expect([pool.usedBytes, pool.waiting]).toEqual([0, 0]);
  });

  it('keeps what is held below the limit and one body, also where whole ones wait for the store', () => {
    const held = bodies(10, 1_100 * kib);
    const reads = held.filter(({ paused }) => !paused);
    for (const body of reads) body.whole(1_200 * kib);
    expect(reading(held)).toBe(reads.length);
    reads[0]?.share.release();
    expect(reading(held.filter((body) => !reads.includes(body)))).toBeLessThanOrEqual(1);
  });

  it('gives up those that drip once others wait, and lets these go on', () => {
    const drips = bodies(4, 1_500 * kib);
    expect(reading(drips)).toBe(3);
    pass(60_000);
    expect(drips.filter(({ slow }) => slow).length).toBeGreaterThanOrEqual(3);
    const [late] = bodies(1, 2_000 * kib);
    pass(600);
    expect(late?.paused).toBe(false);
  });

  it('gives up nobody while nobody waits, nor one that is whole or not read, nor after it stood still itself', () => {
    const alone = bodies(2, 1_500 * kib);
    pass(60_000);
    expect(alone.map(({ slow }) => slow)).toEqual([false, false]);
    for (const body of alone) body.whole(1_500 * kib);
    const more = bodies(3, 1_500 * kib);
    pass(3_000, 5_000);
    expect([...alone, ...more].some(({ slow }) => slow)).toBe(false);
    pass(1_000);
    expect(alone.some(({ slow }) => slow)).toBe(false);
    expect(more.some(({ slow }) => slow)).toBe(true);
  });

  it('gives up none of a few that stand still beside whole ones, which are what others wait for', () => {
    const far = bodies(8, 15 * kib);
    whole(16);
    const [first, second] = bodies(2, 60 * kib);
    expect([first?.paused, second?.paused]).toEqual([false, true]);
    pass(5_000);
    expect([...far, first, second].some((body) => body?.slow)).toBe(false);
  });

  it('lets another body lead where the leader stands still, and gives that up the second time', () => {
    whole(18);
    const [first, second] = bodies(2, 60 * kib);
    expect([first?.paused, second?.paused]).toEqual([false, true]);
    pass(400);
    expect([first?.slow, second?.paused]).toEqual([false, false]);
    first?.grow(61 * kib);
    expect(first?.paused).toBe(true);
    pass(400);
    expect([first?.paused, second?.slow]).toEqual([false, false]);
    second?.grow(61 * kib);
    pass(400);
    expect([first?.slow, second?.slow]).toEqual([true, false]);
  });

  it('gives up nobody who sends', () => {
    const held = bodies(5, 1_500 * kib);
    for (let step = 1; step <= 50; step += 1) {
      for (const [index, body] of held.entries())
        if (!body.paused) body.grow((1_500 + step * 10 + index) * kib);
      pass(100);
    }
    expect(held.some(({ slow }) => slow)).toBe(false);
  });
});
