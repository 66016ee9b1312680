import type { DeadLetter } from '../../domain/dead-letter';
import type { InboxEvent } from '../ports/inbox';
import type { JournaledWrite } from './journaled-write';

type Letter = Omit<DeadLetter, 'body'> & { readonly bodyBytes: number };

type Head =
  | ({ readonly kind: 'append' } & Omit<InboxEvent, 'body' | 'marks'>)
  | Extract<JournaledWrite, { readonly kind: 'presence' }>
  | { readonly kind: 'dead_letters'; readonly letters: readonly Letter[] };

/** `[u32 length of the head][head: JSON][bodies]`: a write as the bytes of one item of a queue. */
export function encodeWrite(write: JournaledWrite): Buffer {
  switch (write.kind) {
    case 'append': {
      const { bodyId, lane, receivedAtMs, recipients, body } = write.event;
      return encode({ kind: 'append', bodyId, lane, receivedAtMs, recipients }, [body]);
    }
    case 'presence':
      return encode(write, []);
    case 'dead_letters': {
      const letters = write.letters.map(({ body, ...letter }) => ({ ...letter, bodyBytes: body.length }));
      return encode(
        { kind: 'dead_letters', letters },
        write.letters.map(({ body }) => body),
      );
    }
    default:
      return write satisfies never;
  }
}

/** Throws on bytes that no version of the journal wrote. Bodies share memory with `bytes`. */
export function decodeWrite(bytes: Buffer): JournaledWrite {
  const bodiesStart = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, bodiesStart)) as Head;
  switch (head.kind) {
    case 'append': {
      const { kind, ...event } = head;
      return { kind, event: { ...event, body: bytes.subarray(bodiesStart) } };
    }
    case 'presence':
      return head;
    case 'dead_letters': {
      let at = bodiesStart;
      const letters = head.letters.map(({ bodyBytes, ...letter }) => {
        const body = bytes.subarray(at, (at += bodyBytes));
        return { ...letter, body };
      });
      return { kind: 'dead_letters', letters };
    }
    default:
      head satisfies never;
      throw new SyntaxError('not a write of the journal');
  }
}

function encode(head: Head, bodies: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...bodies]);
}
