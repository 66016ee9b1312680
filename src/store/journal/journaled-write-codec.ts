import type { DeadLetter } from '../../domain/dead-letter';
import { decodeHead, encodeWithTail, tailOf } from '../head-and-tail';
import type { InboxEvent } from '../ports/inbox';
import type { JournaledWrite } from './journaled-write';

type Letter = Omit<DeadLetter, 'body'> & { readonly bodyBytes: number };

type Head =
  | ({ readonly kind: 'append' } & Omit<InboxEvent, 'body' | 'marks'>)
  | Extract<JournaledWrite, { readonly kind: 'presence' }>
  | { readonly kind: 'dead_letters'; readonly letters: readonly Letter[] };

/** A write as the bytes of one item of a queue; the bodies stand behind its head. */
export function encodeWrite(write: JournaledWrite): Buffer {
  switch (write.kind) {
    case 'append': {
      const { bodyId, lane, receivedAtMs, recipients, body } = write.event;
      return encodeWithTail({ kind: 'append', bodyId, lane, receivedAtMs, recipients } satisfies Head, body);
    }
    case 'presence':
      return encodeWithTail(write, Buffer.alloc(0));
    case 'dead_letters': {
      const letters = write.letters.map(({ body, ...letter }) => ({ ...letter, bodyBytes: body.length }));
      return encodeWithTail(
        { kind: 'dead_letters', letters } satisfies Head,
        Buffer.concat(write.letters.map(({ body }) => body)),
      );
    }
    default:
      return write satisfies never;
  }
}

/** Throws on bytes that no version of the journal wrote. Bodies share memory with `bytes`. */
export function decodeWrite(bytes: Buffer): JournaledWrite {
  const head = decodeHead<Head>(bytes);
  const bodies = tailOf(bytes);
  switch (head.kind) {
    case 'append': {
      const { kind, ...event } = head;
      return { kind, event: { ...event, body: bodies } };
    }
    case 'presence':
      return head;
    case 'dead_letters': {
      let at = 0;
      const letters = head.letters.map(({ bodyBytes, ...letter }) => {
        const body = bodies.subarray(at, (at += bodyBytes));
        return { ...letter, body };
      });
      return { kind: 'dead_letters', letters };
    }
    default:
      head satisfies never;
      throw new SyntaxError('not a write of the journal');
  }
}
