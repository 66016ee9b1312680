import { countedBytes, keptSequences } from '../counted-messages';
import { decodeJson } from './disk/value-codec';

/**
 * What of a count belongs to a conversation. Its row: `[u8 1][f64 epoch][f64 older][f64 readSeq][f64 readAtMs][f64 changedAtMs]`,
 * then the messages. As JSON, a message took a fifth longer to count, and more than twice as long with 64 messages in the row.
 */
export interface Share {
  readonly epoch: number;
  /** Messages before those that are known. */
  readonly older: number;
  readonly readSeq: number;
  readonly readAtMs: number;
  readonly changedAtMs: number;
  /** The last messages, oldest first: of each `[f64 sequence][digest]`. A digest of zeros: not known. */
  readonly messages: Buffer;
}

/** Rows of earlier builds are JSON, those of version 0.2.0 without digests. Digests are in base64url; empty: not known. */
interface JsonShare extends Omit<Share, 'messages'> {
  readonly sequences: readonly number[];
  readonly digests?: readonly string[];
}

const binary = 1;
const changedAt = 33;
const messagesAt = 41;
const digestAt = 8;
const messageBytes = digestAt + countedBytes;
const keptBytes = keptSequences * messageBytes;

export const noShare: Share = {
  epoch: 0,
  older: 0,
  readSeq: 0,
  readAtMs: 0,
  changedAtMs: 0,
  messages: Buffer.alloc(0),
};

export function encodeShare({ epoch, older, readSeq, readAtMs, changedAtMs, messages }: Share): Buffer {
  const row = Buffer.allocUnsafe(messagesAt + messages.length);
  let at = row.writeUInt8(binary, 0);
  at = row.writeDoubleBE(epoch, at);
  at = row.writeDoubleBE(older, at);
  at = row.writeDoubleBE(readSeq, at);
  at = row.writeDoubleBE(readAtMs, at);
  at = row.writeDoubleBE(changedAtMs, at);
  messages.copy(row, at);
  return row;
}

/** Shares memory with `row`. */
export function decodeShare(row: Buffer): Share {
  if (row[0] !== binary) return shareOfJson(decodeJson<JsonShare>(row));
  return {
    epoch: row.readDoubleBE(1),
    older: row.readDoubleBE(9),
    readSeq: row.readDoubleBE(17),
    readAtMs: row.readDoubleBE(25),
    changedAtMs: row.readDoubleBE(changedAt),
    messages: row.subarray(messagesAt),
  };
}

export function unreadIn({ older, messages }: Share): number {
  return older + messages.length / messageBytes;
}

export function withMessage(share: Share, messageSeq: number, digest: Buffer, changedAtMs: number): Share {
  if (messageSeq <= 0) return { ...share, older: share.older + 1, changedAtMs };
  const isFull = share.messages.length >= keptBytes;
  const kept = isFull ? share.messages.subarray(messageBytes) : share.messages;
  const messages = Buffer.allocUnsafe(kept.length + messageBytes);
  kept.copy(messages);
  messages.writeDoubleBE(messageSeq, kept.length);
  digest.copy(messages, kept.length + digestAt, 0, countedBytes);
  return { ...share, older: share.older + (isFull ? 1 : 0), messages, changedAtMs };
}

/** Null where the message is none of those that are known. */
export function withoutMessage(share: Share, digest: Buffer): Share | null {
  const { messages } = share;
  for (let at = 0; at < messages.length; at += messageBytes) {
    const end = at + messageBytes;
    if (messages.compare(digest, 0, countedBytes, at + digestAt, end) === 0)
      return { ...share, messages: Buffer.concat([messages.subarray(0, at), messages.subarray(end)]) };
  }
  return null;
}

/** Sequences grow, so what came before those that are known is read where one of them is. `upToSeq` null: all is. */
export function afterRead(share: Share, upToSeq: number | null, atMs: number): Share {
  const { messages } = share;
  const unread: Buffer[] = [];
  let newestSeq = share.readSeq;
  for (let at = 0; at < messages.length; at += messageBytes) {
    const sequence = messages.readDoubleBE(at);
    newestSeq = Math.max(newestSeq, sequence);
    if (upToSeq !== null && sequence > upToSeq) unread.push(messages.subarray(at, at + messageBytes));
  }
  const left = Buffer.concat(unread);
  const isOlderRead = upToSeq === null || messages.length === 0 || left.length < messages.length;
  return {
    epoch: share.epoch,
    older: isOlderRead ? 0 : share.older,
    readSeq: upToSeq ?? newestSeq,
    readAtMs: atMs,
    changedAtMs: atMs,
    messages: left,
  };
}

function shareOfJson({ sequences, digests, ...share }: JsonShare): Share {
  const messages = Buffer.alloc(sequences.length * messageBytes);
  for (const [index, sequence] of sequences.entries()) {
    const at = messages.writeDoubleBE(sequence, index * messageBytes);
    messages.write(digests?.[index] ?? '', at, countedBytes, 'base64url');
  }
  return { ...share, messages };
}
