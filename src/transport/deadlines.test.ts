import { DeadlineWheel, TimedItem } from './deadlines';

class Item extends TimedItem {}

describe('deadline wheel', () => {
  let nowMs: number;
  let expired: [number, number][];
  let wheel: DeadlineWheel<Item>;

  /** Lets time pass in steps, as the interval sees it. */
  const pass = (ms: number, stepMs = 50): void => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      nowMs += stepMs;
      jest.advanceTimersByTime(stepMs);
    }
  };

  beforeEach(() => {
    jest.useFakeTimers();
    nowMs = 12_345;
    expired = [];
    wheel = new DeadlineWheel<Item>({ now: () => nowMs, monotonicMs: () => nowMs }, (item) =>
      expired.push([item.deadlineMs, nowMs]),
    );
  });

  afterEach(() => {
    wheel.stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('expires each item once, at its deadline or one tick later', () => {
    for (let ms = 1; ms < 3_000; ms += 7) wheel.add(new Item(12_345 + ms));
    pass(4_000);
    expect(expired).toHaveLength(429);
    for (const [deadlineMs, atMs] of expired) {
      expect(atMs).toBeGreaterThanOrEqual(deadlineMs);
      expect(atMs - deadlineMs).toBeLessThanOrEqual(100);
    }
  });

  it('keeps items that lie several turns ahead', () => {
    wheel.add(new Item(nowMs + 60_000));
    pass(59_900);
    expect(expired).toEqual([]);
    pass(200);
    expect(expired).toHaveLength(1);
  });

  it('forgets what was removed, as often as it is removed', () => {
    const [a, b] = [new Item(nowMs + 100), new Item(nowMs + 100)];
    wheel.add(a);
    wheel.add(b);
    wheel.remove(a);
    wheel.remove(a);
    pass(300);
    expect(expired).toHaveLength(1);
  });

  it('bears that one expiry removes others of the same moment, or adds more', () => {
    const items = Array.from({ length: 10 }, () => new Item(nowMs + 100));
    const seen: Item[] = [];
    const other = new DeadlineWheel<Item>({ now: () => nowMs, monotonicMs: () => nowMs }, (item) => {
      seen.push(item);
      for (const left of items) other.remove(left);
      if (seen.length === 1) other.add(new Item(nowMs));
    });
    for (const item of items) other.add(item);
    pass(300);
    expect(seen).toHaveLength(2);
    pass(100);
    other.stop();
  });

  it('holds no timer without items', () => {
    expect(jest.getTimerCount()).toBe(0);
    const item = new Item(nowMs + 1_000);
    wheel.add(item);
    expect(jest.getTimerCount()).toBe(1);
    wheel.remove(item);
    pass(100);
    expect(jest.getTimerCount()).toBe(0);
    wheel.add(new Item(nowMs + 100));
    pass(200);
    expect(expired).toHaveLength(1);
  });

  it('gives the sockets a tick to be read after the whole process stood still', () => {
    wheel.add(new Item(nowMs + 500));
    pass(100);
    nowMs += 60_000;
    jest.advanceTimersByTime(50);
    expect(expired).toEqual([]);
    pass(50);
    expect(expired).toHaveLength(1);
  });

  it('bears a clock that goes back', () => {
    wheel.add(new Item(nowMs + 200));
    nowMs -= 5_000;
    pass(5_000);
    expect(expired).toEqual([]);
    pass(300);
    expect(expired).toHaveLength(1);
  });
});
