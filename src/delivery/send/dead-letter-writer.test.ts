import type { DeadLetter } from '../../domain/dead-letter';
import type { Device } from '../../domain/device';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { DeadLetters } from '../../store/ports/dead-letters';
import type { DecodedEvent } from '../plan/decoded-event';
import { DeadLetterWriter } from './dead-letter-writer';

const event = {
  bodyId: 'b',
  body: { kind: 'push', push: { id: 'p' } },
  bytes: Buffer.from('body'),
  receivedAtMs: 1,
} as unknown as DecodedEvent;
const recipient = (uid: string) => ({ uid, deviceId: 'phone', tokenKind: 'alert' as const });

describe('DeadLetterWriter', () => {
  const letters = new Map<string, DeadLetter>();
  const gone = new Set<string>();
  const told: DeadLetter[] = [];
  let leaving: string | null;
  beforeEach(() => {
    letters.clear();
    gone.clear();
    told.length = 0;
    leaving = null;
  });

  const erase = (uid: string): void => {
    gone.add(uid);
    for (const { id, recipients } of letters.values())
      if (recipients.some((one) => one.uid === uid)) letters.delete(id);
  };
  const deadLetters = {
    add: async (added: readonly DeadLetter[]) => {
      if (leaving !== null) erase(leaving);
      for (const letter of added) letters.set(letter.id, letter);
    },
    remove: async (ids: readonly string[]) => ids.filter((id) => letters.delete(id)).length,
  } as unknown as DeadLetters;
  const writer = new DeadLetterWriter({
    deadLetters,
    devices: {
      listMany: async (uids) =>
        uids.map((uid) => (gone.has(uid) ? [] : [{ uid, deviceId: 'phone' } as Device])),
    },
    events: { deadLettered: (letter: DeadLetter) => told.push(letter) } as unknown as DeliveryEvents,
    clock: { now: () => 2, monotonicMs: () => 2 },
    random: () => 0.5,
    bodyBytes: 100,
  });
  const write = () =>
    writer.writeDeliveries(event, [
      { reason: 'bad', route: 'r', recipients: [recipient('ann'), recipient('bob')] },
      { reason: 'worse', route: 'r', recipients: [recipient('ann')] },
    ]);
  const uids = (list: Iterable<DeadLetter>) =>
    [...list].map(({ reason, recipients }) => [reason, ...recipients.map(({ uid }) => uid)]);

  it('keeps those of devices that are there', async () => {
    await write();
    expect(uids(letters.values())).toEqual([
      ['bad', 'ann', 'bob'],
      ['worse', 'ann'],
    ]);
    expect(uids(told)).toEqual(uids(letters.values()));
  });

  it('keeps nothing of who is erased while they are written', async () => {
    leaving = 'ann';
    await write();
    expect(uids(letters.values())).toEqual([['bad', 'bob']]);
    expect(uids(told)).toEqual([['bad', 'bob']]);
  });

  it('keeps nothing of who is erased while an entry that nobody could finish is written', async () => {
    const entry = { receivedAtMs: 1, body: Buffer.from('body'), recipients: ['ann', 'bob'] };
    await writer.writeEntry(entry, 'poison');
    expect(uids(letters.values())).toEqual([['poison', 'ann', 'bob']]);
    leaving = 'ann';
    await writer.writeEntry(entry, 'poison again');
    expect(uids(letters.values())).toEqual([['poison again', 'bob']]);
    leaving = null;
    erase('bob');
    await writer.writeEntry(entry, 'poison');
    expect(uids(letters.values())).toEqual([]);
  });

  it('writes nothing of who was erased before', async () => {
    erase('ann');
    erase('bob');
    await write();
    expect([letters.size, told.length]).toEqual([0, 0]);
  });
});
