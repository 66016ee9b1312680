import type { DeadLetter } from '../../domain/dead-letter';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { Lane } from '../../domain/lane';
import type { PresenceChange } from '../../domain/presence';
import type { InboxEvent } from '../ports/inbox';
import type { JournaledWrite } from './journaled-write';

/** Changes a record: a server that restarts reports everyone at once, and records are written and read in one go. */
const changesARecord = 1_000;

/**
 * A write as events of the journal's own inbox. The first character of the body id says what a record is:
 * `d`, `b` an event of the direct or bulk lane (the rest is its own body id, its body and recipients are the record's),
 * `p` changes of presence as JSON, `l` a dead letter: `[u32 length of the head][head: JSON][body]`.
 * They all enter one lane, so that they leave in the order in which they came.
 */
export function toRecords(write: JournaledWrite, lane: Lane): InboxEvent[] {
  switch (write.kind) {
    case 'append':
      return [
        { ...write.event, lane, bodyId: (write.event.lane === 'direct' ? 'd' : 'b') + write.event.bodyId },
      ];
    case 'presence': {
      const { changes, atMs } = write;
      const records: InboxEvent[] = [];
      for (let from = 0; from < changes.length; from += changesARecord) {
        const body = Buffer.from(JSON.stringify(changes.slice(from, from + changesARecord)));
        records.push({ bodyId: 'p', lane, receivedAtMs: atMs, body, recipients: nobody });
      }
      return records;
    }
    case 'dead_letters':
      return write.letters.map((letter) => ({
        bodyId: `l${letter.id}`,
        lane,
        receivedAtMs: letter.atMs,
        body: encodeLetter(letter),
        recipients: nobody,
      }));
    default:
      return write satisfies never;
  }
}

/** Throws on bytes that no version of the journal wrote. */
export function fromRecord({ bodyId, body, receivedAtMs, recipients }: InboxEntry): JournaledWrite {
  switch (bodyId[0]) {
    case 'd':
    case 'b':
      return {
        kind: 'append',
        event: {
          bodyId: bodyId.slice(1),
          lane: bodyId[0] === 'd' ? 'direct' : 'bulk',
          receivedAtMs,
          body,
          recipients: [recipients],
        },
      };
    case 'p': {
      const changes = JSON.parse(body.toString('utf8')) as PresenceChange[];
      return { kind: 'presence', changes, atMs: receivedAtMs };
    }
    case 'l':
      return { kind: 'dead_letters', letters: [decodeLetter(body)] };
    default:
      throw new SyntaxError('not a record of the journal');
  }
}

/** An inbox keeps nothing that is for nobody. */
const nobody: readonly (readonly string[])[] = [['']];

function encodeLetter({ body, ...head }: DeadLetter): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

function decodeLetter(bytes: Buffer): DeadLetter {
  const bodyStart = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, bodyStart)) as Omit<DeadLetter, 'body'>;
  return { ...head, body: bytes.subarray(bodyStart) };
}
