import { LoopTurns } from './loop-turns';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('turns of the event loop', () => {
  let nowMs = 0;
  const worked: number[] = [];
  const work = async (turns: LoopTurns, number: number, tookMs: number): Promise<void> => {
    const rest = turns.enter();
    if (rest !== null) await rest;
    worked.push(number);
    nowMs += tookMs;
  };

  beforeEach(() => {
    nowMs = 0;
    worked.length = 0;
  });

  it('lets work go on at once while the turn is young', () => {
    const turns = new LoopTurns(10, () => nowMs);
    for (let number = 0; number < 100; number += 1) void work(turns, number, 0.05);
    expect(worked).toHaveLength(100);
  });

  it('leaves what comes after the budget for the next turns, in order, and each turn up to its budget', async () => {
    const turns = new LoopTurns(10, () => nowMs);
    const all = Promise.all(Array.from({ length: 12 }, (_, number) => work(turns, number, 4)));
    expect(worked).toEqual([0, 1, 2]);
    await nextTurn();
    expect(worked).toEqual([0, 1, 2, 3, 4, 5]);
    await all;
    expect(worked).toEqual(Array.from({ length: 12 }, (_, number) => number));
  });

  it('lets nobody pass those who wait', async () => {
    const turns = new LoopTurns(10, () => nowMs);
    const first = Promise.all([work(turns, 0, 20), work(turns, 1, 1)]);
    await new Promise((resolve) => setImmediate(resolve)).then(() => work(turns, 2, 1));
    await first;
    expect(worked).toEqual([0, 1, 2]);
  });

  it('does one piece a turn when each takes longer than the budget', async () => {
    const turns = new LoopTurns(10, () => nowMs);
    const all = Promise.all([0, 1, 2].map((number) => work(turns, number, 50)));
    expect(worked).toEqual([0]);
    await all;
    expect(worked).toEqual([0, 1, 2]);
  });
});
