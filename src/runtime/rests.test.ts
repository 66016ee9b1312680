import { Rests } from './rests';

const busyFor = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until;);
};

describe('Rests', () => {
  it('last for a turn of the event loop while nobody else is there', async () => {
    const rests = new Rests();
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (turns < 1_000) setImmediate(count);
    };
    setImmediate(count);
    for (let slice = 0; slice < 5; slice += 1) {
      busyFor(3);
      await rests.rest();
    }
    expect(turns).toBeLessThanOrEqual(6);
    turns = 1_000;
  });

  it('last as long as the work did once something for few has come', async () => {
    const rests = new Rests();
    rests.seen();
    await rests.rest();
    busyFor(4);
    const fromMs = performance.now();
    await rests.rest();
    // A timer may fire a millisecond early.
    expect(performance.now() - fromMs).toBeGreaterThan(2.5);
  });
});
