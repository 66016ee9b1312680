import type { DeadLetter } from '../../domain/dead-letter';
import type { JournaledWrite } from './journaled-write';
import { decodeWrite, encodeWrite } from './journaled-write-codec';

const back = (write: JournaledWrite): JournaledWrite => decodeWrite(encodeWrite(write));

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

describe('a write of the journal as bytes', () => {
  it.each(['direct', 'bulk'] as const)('brings an event of the %s lane back, whatever its ids', (lane) => {
    for (const bodyId of ['', 'd', 'bb', 'p', '漢', 'x'.repeat(200)]) {
      const body = Buffer.from([0, 255, 10]);
      const event = { bodyId, lane, receivedAtMs: 5, body, recipients: [['a', 'ü'], ['\u0000"']] };
      expect(back({ kind: 'append', event })).toEqual({ kind: 'append', event });
    }
  });

  it('leaves out the duplicate marks of an event: whoever works it off claims them', () => {
    const event = {
      bodyId: 'm',
      lane: 'direct' as const,
      receivedAtMs: 5,
      body: Buffer.from('b'),
      recipients: [['a']],
    };
    const marks = { requests: [{ uid: 'a', key: 'k' }], ttlMs: 1 };
    expect(back({ kind: 'append', event: { ...event, marks } })).toEqual({ kind: 'append', event });
  });

  it('brings presence back, in order', () => {
    const changes = Array.from({ length: 2_001 }, (_, index) => ({
      uid: `u${index}`,
      deviceFlag: 0,
      online: true,
      connections: 1,
      total: 1,
    }));
    expect(back({ kind: 'presence', changes, atMs: 9 })).toEqual({ kind: 'presence', changes, atMs: 9 });
  });

  it('brings dead letters back, byte for byte', () => {
    const write: JournaledWrite = {
      kind: 'dead_letters',
      letters: [letter, { ...letter, body: Buffer.alloc(0) }, { ...letter, body: Buffer.from('last') }],
    };
    expect(back(write)).toEqual(write);
  });

  it('refuses what it did not write', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(3),
      Buffer.from([0, 0, 0, 1, 0x7b]),
      Buffer.alloc(40, 0xff),
    ])
      expect(() => decodeWrite(bytes)).toThrow();
    expect(() => decodeWrite(Buffer.from('\u0000\u0000\u0000\u000e{"kind":"odd"}'))).toThrow(SyntaxError);
  });
});
