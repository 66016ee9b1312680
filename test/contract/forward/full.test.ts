import { systemClock } from '../../../src/domain/clock';
import type { DeadLetter } from '../../../src/domain/dead-letter';
import type { Reception } from '../../../src/shared/reception';
import { removedReceiver } from '../../../src/forward/receiver';
import { ForwardRig } from './forward-rig';

describe('a receiver, while too much waits for others', () => {
  it('gets its events as long as it takes them', async () => {
    let reception: Reception = { kind: 'taken' };
    let sent = (): void => {};
    await using rig = await ForwardRig.open(systemClock, {
      send: () => {
        sent();
        return Promise.resolve(reception);
      },
      isFull: () => true,
      deadLetters: { add: () => Promise.resolve() },
    });
    rig.target.start();
    const keep = () =>
      rig.target.keep({
        name: 'msg.notify',
        contentType: null,
        receivedAtMs: systemClock.now(),
        bytes: Buffer.from('[]'),
      });
    const first = new Promise<void>((resolve) => (sent = resolve));
    await keep();
    await first;
    reception = { kind: 'away', reason: 'it answered 503' };
    while (rig.target.depth() < 100) await keep();
    await keep();
    expect(rig.target.depth()).toBe(100);
  });

  it('gets none if it was removed: what waits for it makes room as dead letters', async () => {
    const letters: DeadLetter[] = [];
    const isFull = () => letters.length < 3;
    const removed = removedReceiver(isFull);
    let hasRoom = (): void => {};
    const room = new Promise<void>((resolve) => (hasRoom = resolve));
    await using rig = await ForwardRig.open(systemClock, {
      send: (event) => removed.send(event),
      isFull,
      isRemoved: true,
      deadLetters: {
        add: async (added) => {
          letters.push(...added);
          if (!isFull()) hasRoom();
        },
      },
    });
    for (const body of ['a', 'b', 'c'])
      await rig.target.keep({
        name: 'msg.notify',
        contentType: null,
        receivedAtMs: systemClock.now(),
        bytes: Buffer.from(body),
      });
    rig.target.start();
    await room;
    expect(letters.map(({ reason, body }) => `${reason} ${body.toString()}`)).toEqual([
      'forward_refused a',
      'forward_refused b',
      'forward_refused c',
    ]);
  });
});
