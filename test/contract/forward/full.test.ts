import { systemClock } from '../../../src/domain/clock';
import type { Reception } from '../../../src/shared/reception';
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
});
