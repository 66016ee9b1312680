import {
  conversationDigest,
  countedBytes,
  countedDigest,
  countedMessages,
  keptConversations,
  keptSequences,
  lateMs,
} from '../counted-messages';
import type { Conversation } from '../../domain/people';
import type { BadgeKey, Badges, CountedMessage } from '../ports/badges';
import { asPromise } from './disk/as-promise';
import type { Batch } from './disk/batch';
import type { Environment, Table } from './disk/environment';
import { compositeKey, textKey } from './disk/keys';
import { decodeJson, decodeNumber, encodeJson, encodeNumber } from './disk/value-codec';
import { removeUnder, rowsUnder } from './disk/prefix-scan';
import type { Writer } from './disk/writer';

const epochAt = 8;
const messagesAt = 16;

/** Of a user and app. Another `epoch` voids what conversations have counted. */
interface Count {
  readonly count: number;
  readonly epoch: number;
  readonly messages: Buffer;
}

const nothing: Count = { count: 0, epoch: 0, messages: Buffer.alloc(0) };

/** What of a count belongs to a conversation: the sequences of the last messages, and how many there were before. */
interface Share {
  readonly epoch: number;
  readonly older: number;
  readonly sequences: readonly number[];
  readonly readSeq: number;
  readonly readAtMs: number;
  readonly changedAtMs: number;
}

const noShare: Share = { epoch: 0, older: 0, sequences: [], readSeq: 0, readAtMs: 0, changedAtMs: 0 };

/**
 * A row per uid and app: the count, its epoch, then the digests of the messages that were counted last. Under it a row for each
 * conversation.
 */
export class EmbeddedBadges implements Badges {
  readonly #badges: Table;
  readonly #writer: Writer;

  constructor(environment: Environment, writer: Writer) {
    this.#writer = writer;
    this.#badges = environment.table('badges');
  }

  getMany(keys: readonly BadgeKey[]): Promise<readonly (number | null)[]> {
    return asPromise(() => keys.map(({ uid, app }) => this.#find(compositeKey(uid, app))?.count ?? null));
  }

  async set(uid: string, app: string, count: number): Promise<void> {
    const key = compositeKey(uid, app);
    await this.#writer.run((batch) => this.#set(batch, key, Math.max(0, Math.trunc(count))), 'grow');
  }

  count(messages: readonly CountedMessage[]): Promise<readonly number[]> {
    return this.#writer.run((batch) => messages.map((message) => this.#count(batch, message)));
  }

  async read(
    uid: string,
    apps: readonly string[],
    conversation: Conversation,
    upToSeq: number | null,
    atMs: number,
  ): Promise<void> {
    await this.#writer.run((batch) => {
      for (const app of apps) this.#read(batch, uid, app, conversation, upToSeq, atMs);
    });
  }

  async reset(uids: readonly string[], apps: readonly string[]): Promise<void> {
    await this.#writer.run((batch) => {
      for (const uid of uids)
        for (const app of apps) {
          const key = compositeKey(uid, app);
          if ((this.#find(key)?.count ?? 0) > 0) this.#set(batch, key, 0);
        }
    });
  }

  eraseUser(uid: string): Promise<void> {
    return removeUnder(this.#writer, this.#badges, textKey(uid));
  }

  #find(key: Buffer): Count | null {
    const row = this.#badges.get(key);
    if (row === undefined) return null;
    return {
      count: decodeNumber(row),
      epoch: decodeNumber(row.subarray(epochAt)),
      messages: row.subarray(messagesAt),
    };
  }

  #put(batch: Batch, key: Buffer, { count, epoch, messages }: Count): void {
    batch.put(this.#badges, key, Buffer.concat([encodeNumber(count), encodeNumber(epoch), messages]));
  }

  #set(batch: Batch, key: Buffer, count: number): void {
    const { epoch, messages } = this.#find(key) ?? nothing;
    this.#put(batch, key, { count, epoch: count === 0 ? epoch + 1 : epoch, messages });
  }

  #share(key: Buffer, epoch: number): Share | null {
    const row = this.#badges.get(key);
    if (row === undefined) return null;
    const share = decodeJson<Share>(row);
    return share.epoch === epoch ? share : { ...share, epoch, older: 0, sequences: [] };
  }

  #count(batch: Batch, message: CountedMessage): number {
    const { uid, app, messageId, messageSeq, receivedAtMs } = message;
    const key = compositeKey(uid, app);
    const digest = countedDigest(messageId);
    const { count, epoch, messages } = this.#find(key) ?? nothing;
    if (holds(messages, digest)) return count;
    const shareKey = compositeKey(uid, app, conversationDigest(message));
    const known = this.#share(shareKey, epoch);
    const share = known ?? { ...noShare, epoch };
    if (messageSeq > 0 && messageSeq <= share.readSeq && receivedAtMs <= share.readAtMs + lateMs)
      return count;
    const kept = messages.subarray(Math.max(0, messages.length - (countedMessages - 1) * countedBytes));
    if (known === null) this.#makeRoom(batch, key);
    this.#put(batch, key, { count: count + 1, epoch, messages: Buffer.concat([kept, digest]) });
    batch.put(this.#badges, shareKey, encodeJson(withMessage(share, messageSeq, receivedAtMs)));
    batch.apply();
    return count + 1;
  }

  #read(
    batch: Batch,
    uid: string,
    app: string,
    conversation: Conversation,
    upToSeq: number | null,
    atMs: number,
  ): void {
    const key = compositeKey(uid, app);
    const total = this.#find(key);
    if (total === null) return;
    const shareKey = compositeKey(uid, app, conversationDigest(conversation));
    const known = this.#share(shareKey, total.epoch);
    const share = known ?? { ...noShare, epoch: total.epoch };
    const left = unreadAfter(share, upToSeq);
    const lowered = share.older + share.sequences.length - left.older - left.sequences.length;
    if (known === null) this.#makeRoom(batch, key);
    batch.put(
      this.#badges,
      shareKey,
      encodeJson({
        ...share,
        ...left,
        readSeq: upToSeq ?? Math.max(share.readSeq, ...share.sequences),
        readAtMs: atMs,
        changedAtMs: atMs,
      }),
    );
    if (lowered > 0) this.#put(batch, key, { ...total, count: Math.max(0, total.count - lowered) });
    batch.apply();
  }

  #makeRoom(batch: Batch, key: Buffer): void {
    const rows = [...rowsUnder(this.#badges, key)].filter((row) => row.key.length > key.length);
    if (rows.length < keptConversations) return;
    rows
      .map((row) => ({ key: row.key, changedAtMs: decodeJson<Share>(row.value).changedAtMs }))
      .sort((one, other) => one.changedAtMs - other.changedAtMs)
      .slice(0, keptConversations / 2)
      .forEach((row) => batch.remove(this.#badges, row.key));
  }
}

function holds(messages: Buffer, digest: Buffer): boolean {
  for (let at = 0; at < messages.length; at += countedBytes)
    if (messages.compare(digest, 0, countedBytes, at, at + countedBytes) === 0) return true;
  return false;
}

function withMessage(share: Share, messageSeq: number, changedAtMs: number): Share {
  if (messageSeq <= 0) return { ...share, older: share.older + 1, changedAtMs };
  const sequences = [...share.sequences, messageSeq];
  const fallen = Math.max(0, sequences.length - keptSequences);
  return { ...share, older: share.older + fallen, sequences: sequences.slice(fallen), changedAtMs };
}

/** Sequences grow, so what came before those that are known is read where one of them is. */
function unreadAfter(
  { older, sequences }: Share,
  upToSeq: number | null,
): Pick<Share, 'older' | 'sequences'> {
  if (upToSeq === null) return { older: 0, sequences: [] };
  const unread = sequences.filter((sequence) => sequence > upToSeq);
  const isOlderRead = sequences.length === 0 || unread.length < sequences.length;
  return { older: isOlderRead ? 0 : older, sequences: unread };
}
