import { BodyIds } from './body-ids';

describe('BodyIds', () => {
  it('are unique and sort by time, also when the clock steps back and within one millisecond', () => {
    let nowMs = 1_800_000_000_000;
    const ids = new BodyIds({ now: () => nowMs, monotonicMs: () => nowMs }, Math.random);
    const made: string[] = [];
    for (let index = 0; index < 5_000; index++) {
      if (index % 7 === 0) nowMs += index % 3 === 0 ? -5 : 4;
      made.push(ids.next());
    }
    expect(new Set(made).size).toBe(made.length);
    expect([...made].sort()).toEqual(made);
  });

  it('differ between instances that start at the same time', () => {
    const clock = { now: () => 5, monotonicMs: () => 5 };
    expect(new BodyIds(clock, Math.random).next()).not.toBe(new BodyIds(clock, Math.random).next());
  });

  it('go on when one millisecond has used up its counter', () => {
    const ids = new BodyIds({ now: () => 0, monotonicMs: () => 0 }, Math.random);
    let last = '';
    for (let index = 0; index < 36 ** 4 + 10; index++) {
      const next = ids.next();
      if (next <= last) throw new Error(`${next} after ${last}`);
      last = next;
    }
  });
});
