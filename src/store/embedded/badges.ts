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
import type {
  BadgeKey,
  Badges,
  ConversationKey,
  CountedMessage,
  RecalledMessage,
  Unread,
} from '../ports/badges';
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
  /** Of the messages of the sequences, in base64url; empty: not known. */
  readonly digests: readonly string[];
  readonly readSeq: number;
  readonly readAtMs: number;
  readonly changedAtMs: number;
}

/** Rows of version 0.2.0 have no digests. */
type StoredShare = Omit<Share, 'digests'> & Partial<Pick<Share, 'digests'>>;

const noShare: Share = {
  epoch: 0,
  older: 0,
  sequences: [],
  digests: [],
  readSeq: 0,
  readAtMs: 0,
  changedAtMs: 0,
};

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

  count(messages: readonly CountedMessage[]): Promise<readonly Unread[]> {
    return this.#writer.run((batch) => messages.map((message) => this.#count(batch, message)));
  }

  unreadOf(keys: readonly ConversationKey[]): Promise<readonly number[]> {
    return asPromise(() =>
      keys.map((key) => {
        const total = this.#find(compositeKey(key.uid, key.app));
        return total === null ? 0 : unreadIn(total, this.#share(shareKeyOf(key), total.epoch)).ofConversation;
      }),
    );
  }

  async recall(messages: readonly RecalledMessage[]): Promise<void> {
    await this.#writer.run((batch) => {
      for (const message of messages) this.#recall(batch, message);
    });
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
    const share = decodeJson<StoredShare>(row);
    if (share.epoch !== epoch) return { ...share, epoch, older: 0, sequences: [], digests: [] };
    return { ...share, digests: share.digests ?? share.sequences.map(() => '') };
  }

  #count(batch: Batch, message: CountedMessage): Unread {
    const { uid, app, messageId, messageSeq, receivedAtMs } = message;
    const key = compositeKey(uid, app);
    const digest = countedDigest(messageId);
    const total = this.#find(key) ?? nothing;
    const { epoch } = total;
    const shareKey = shareKeyOf(message);
    const known = this.#share(shareKey, epoch);
    if (holds(total.messages, digest)) return unreadIn(total, known);
    const share = known ?? { ...noShare, epoch };
    if (messageSeq > 0 && messageSeq <= share.readSeq && receivedAtMs <= share.readAtMs + lateMs)
      return unreadIn(total, known);
    if (known === null) this.#makeRoom(batch, key);
    const counted = { count: total.count + 1, epoch, messages: withDigest(total.messages, digest) };
    const shared = withMessage(share, messageSeq, digest, receivedAtMs);
    this.#put(batch, key, counted);
    batch.put(this.#badges, shareKey, encodeJson(shared));
    batch.apply();
    return unreadIn(counted, shared);
  }

  #recall(batch: Batch, message: RecalledMessage): void {
    const key = compositeKey(message.uid, message.app);
    const total = this.#find(key);
    if (total === null) return;
    const digest = countedDigest(message.messageId);
    const shareKey = shareKeyOf(message);
    const share = this.#share(shareKey, total.epoch);
    const place = share === null ? -1 : share.digests.indexOf(digest.toString('base64url'));
    if (share !== null && place >= 0) {
      const sequences = share.sequences.toSpliced(place, 1);
      const digests = share.digests.toSpliced(place, 1);
      batch.put(this.#badges, shareKey, encodeJson({ ...share, sequences, digests }));
      this.#put(batch, key, { ...total, count: Math.max(0, total.count - 1) });
    } else if (!holds(total.messages, digest)) {
      this.#put(batch, key, { ...total, messages: withDigest(total.messages, digest) });
    }
    batch.apply();
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
    const shareKey = shareKeyOf({ uid, app, ...conversation });
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

function shareKeyOf(key: ConversationKey): Buffer {
  return compositeKey(key.uid, key.app, conversationDigest(key));
}

function unreadIn({ count }: Count, share: Share | null): Unread {
  const ofConversation = share === null ? 0 : Math.min(count, share.older + share.sequences.length);
  return { count, ofConversation };
}

function withDigest(messages: Buffer, digest: Buffer): Buffer {
  const kept = messages.subarray(Math.max(0, messages.length - (countedMessages - 1) * countedBytes));
  return Buffer.concat([kept, digest]);
}

function holds(messages: Buffer, digest: Buffer): boolean {
  for (let at = 0; at < messages.length; at += countedBytes)
    if (messages.compare(digest, 0, countedBytes, at, at + countedBytes) === 0) return true;
  return false;
}

function withMessage(share: Share, messageSeq: number, digest: Buffer, changedAtMs: number): Share {
  if (messageSeq <= 0) return { ...share, older: share.older + 1, changedAtMs };
  const sequences = [...share.sequences, messageSeq];
  const digests = [...share.digests, digest.toString('base64url')];
  const fallen = Math.max(0, sequences.length - keptSequences);
  return {
    ...share,
    older: share.older + fallen,
    sequences: sequences.slice(fallen),
    digests: digests.slice(fallen),
    changedAtMs,
  };
}

/** Sequences grow, so what came before those that are known is read where one of them is. */
function unreadAfter(
  { older, sequences, digests }: Share,
  upToSeq: number | null,
): Pick<Share, 'older' | 'sequences' | 'digests'> {
  if (upToSeq === null) return { older: 0, sequences: [], digests: [] };
  const isUnread = (_: unknown, at: number): boolean => (sequences[at] ?? 0) > upToSeq;
  const unread = sequences.filter(isUnread);
  const isOlderRead = sequences.length === 0 || unread.length < sequences.length;
  return { older: isOlderRead ? 0 : older, sequences: unread, digests: digests.filter(isUnread) };
}
