import { systemClock } from '../../../src/domain/clock';
import type { DeadLetter } from '../../../src/domain/dead-letter';
import { Forwarder } from '../../../src/forward/forwarder';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { ForwardRig } from './forward-rig';

const letter: DeadLetter = {
  id: 'letter',
  atMs: 0,
  source: 'forward',
  reason: 'forward_refused',
  detail: 'msg.notify 500',
  messageId: null,
  route: 'receiver:80',
  receivedAtMs: 0,
  recipients: [],
  body: Buffer.from('[]'),
  bodyTruncated: false,
};

describe('the replay of a forwarded webhook', () => {
  it('is refused while too much waits, so that the dead letter stays', async () => {
    let isFull = true;
    await using rig = await ForwardRig.open(systemClock, {
      send: () => Promise.resolve({ kind: 'taken' }),
      isFull: () => isFull,
      deadLetters: { add: () => Promise.resolve() },
    });
    const forwarder = new Forwarder([rig.target], rig.queues);
    await expect(forwarder.again(letter, systemClock.now())).rejects.toThrow(StoreUnavailableError);
    isFull = false;
    expect(await forwarder.again(letter, systemClock.now())).toBe(true);
    expect(rig.target.depth()).toBe(1);
  });
});
