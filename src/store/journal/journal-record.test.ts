import type { DeadLetter } from '../../domain/dead-letter';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { InboxEvent } from '../ports/inbox';
import { fromRecord, toRecords } from './journal-record';
import type { JournaledWrite } from './journaled-write';

/** What an inbox makes of an event with one group. */
function entryOf(record: InboxEvent): InboxEntry {
  const { bodyId, lane, body, receivedAtMs, recipients } = record;
  const [group = []] = recipients;
  return { id: 'd1', lane, bodyId, body, receivedAtMs, recipients: group, progress: null, claims: 1 };
}

function back(write: JournaledWrite): JournaledWrite[] {
  return toRecords(write, 'direct').map((record) => fromRecord(entryOf(record)));
}

const letter: DeadLetter = {
  id: '0197-ü',
  atMs: 17,
  source: 'webhook',
  reason: 'json',
  detail: null,
  messageId: null,
  route: null,
  receivedAtMs: 16,
  recipients: [],
  body: Buffer.from([0, 1, 255, 128, 10]),
  bodyTruncated: true,
};

describe('a record of the journal', () => {
  it.each(['direct', 'bulk'] as const)('brings an event of the %s lane back, whatever its ids', (lane) => {
    for (const bodyId of ['', 'd', 'bb', 'p', '漢', 'x'.repeat(200)]) {
      const event = { bodyId, lane, receivedAtMs: 5, body: Buffer.from('b'), recipients: [['a', 'ü']] };
      expect(back({ kind: 'append', event })).toEqual([{ kind: 'append', event }]);
    }
  });

  it('does not copy the body of an event', () => {
    const body = Buffer.from('large');
    const event = { bodyId: 'm', lane: 'bulk' as const, receivedAtMs: 5, body, recipients: [['a']] };
    expect(toRecords({ kind: 'append', event }, 'direct')[0]?.body).toBe(body);
  });

  it('brings presence back in pieces, in order', () => {
    const changes = Array.from({ length: 2_001 }, (_, index) => ({
      uid: `u${index}`,
      deviceFlag: 0,
      online: true,
      connections: 1,
      total: 1,
    }));
    const pieces = back({ kind: 'presence', changes, atMs: 9 });
    expect(pieces).toHaveLength(3);
    expect(pieces.flatMap((piece) => (piece.kind === 'presence' ? piece.changes : []))).toEqual(changes);
    expect(back({ kind: 'presence', changes: [], atMs: 9 })).toEqual([]);
  });

  it('brings dead letters back, byte for byte', () => {
    expect(back({ kind: 'dead_letters', letters: [letter, { ...letter, body: Buffer.alloc(0) }] })).toEqual([
      { kind: 'dead_letters', letters: [letter] },
      { kind: 'dead_letters', letters: [{ ...letter, body: Buffer.alloc(0) }] },
    ]);
  });

  it('is something that an inbox keeps', () => {
    for (const record of toRecords({ kind: 'dead_letters', letters: [letter] }, 'direct'))
      expect(record.recipients.every((group) => group.length > 0)).toBe(true);
  });

  it('refuses what it did not write', () => {
    const entry = {
      ...entryOf(toRecords({ kind: 'dead_letters', letters: [letter] }, 'direct')[0]!),
      bodyId: '?',
    };
    expect(() => fromRecord(entry)).toThrow(SyntaxError);
    expect(() => fromRecord({ ...entry, bodyId: 'l', body: Buffer.alloc(3) })).toThrow();
    expect(() => fromRecord({ ...entry, bodyId: 'p', body: Buffer.from('{') })).toThrow(SyntaxError);
  });
});
