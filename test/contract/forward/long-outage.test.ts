import type { Reception } from '../../../src/shared/reception';
import { TestClock } from '../store/fixture';
import { ForwardRig } from './forward-rig';

const minuteMs = 60_000;

describe('a receiver that is away for longer than its events may wait', () => {
  it('leaves a bounded number in memory, and all that is too old as dead letters', async () => {
    const clock = new TestClock();
    const sent = new Set<string>();
    const letters: string[] = [];
    let attempted = (): void => {};
    const away: Reception = { kind: 'away', reason: 'it answered 503' };
    await using rig = await ForwardRig.open(clock, {
      send: (event) => {
        sent.add(event.bytes.toString());
        attempted();
        return Promise.resolve(away);
      },
      isFull: () => false,
      deadLetters: {
        add: async (added) => {
          letters.push(...added.map(({ reason, body }) => `${reason} ${body.toString()}`));
        },
      },
    });
    const keep = (body: string) =>
      rig.target.keep({
        name: 'msg.notify',
        contentType: null,
        receivedAtMs: clock.now(),
        bytes: Buffer.from(body),
      });
    rig.target.start();
    // One event per step; each append wakes the lane, and each step is longer than a rest.
    const step = async (body: string) => {
      const attempt = new Promise<void>((resolve) => (attempted = resolve));
      clock.advance(10 * minuteMs);
      await keep(body);
      await attempt;
    };
    const dayOfSteps = 24 * 6;
    const early = Array.from({ length: dayOfSteps }, (_, index) => `early${index}`);
    for (const body of early) await step(body);
    // Those beyond the window have never been taken from disk.
    expect(sent.size).toBeLessThanOrEqual(64);
    expect(letters).toEqual([]);
    let count = 0;
    while (count < 3 * dayOfSteps) await step(`late${count++}`);
    const expired = letters.map((letter) => letter.replace('forward_expired ', ''));
    expect(early.filter((body) => !expired.includes(body))).toEqual([]);
    // What is not too old, and nothing else, still waits.
    expect(rig.target.depth()).toBe(early.length + count - letters.length);
    expect(rig.target.depth()).toBeLessThanOrEqual(dayOfSteps + 64);
  });
});
