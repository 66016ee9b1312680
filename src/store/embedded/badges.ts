import {
  conversationDigest,
  countedBytes,
  countedDigest,
  countedMessages,
  keptConversations,
  lateMs,
  MessageDigests,
} from '../counted-messages';
import type { Conversation } from '../../domain/people';
import type { UnreadByConversation } from '../../domain/person-record';
import type {
  BadgeKey,
  Badges,
  ConversationKey,
  CountedMessage,
  RecalledMessage,
  Unread,
} from '../ports/badges';
import {
  afterRead,
  decodeShare,
  encodeShare,
  noShare,
  unreadIn,
  withMessage,
  withoutMessage,
  type Share,
} from './badge-share';
import { asPromise } from './disk/as-promise';
import type { Batch } from './disk/batch';
import type { Environment, Table } from './disk/environment';
import { compositeKey, prefixEnd, textKey } from './disk/keys';
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

  async set(uid: string, app: string, count: number, unread: UnreadByConversation = {}): Promise<void> {
    const key = compositeKey(uid, app);
    await this.#writer.run((batch) => {
      const epoch = this.#set(batch, key, Math.max(0, Math.trunc(count)));
      for (const [digest, older] of Object.entries(unread))
        batch.put(
          this.#badges,
          Buffer.concat([key, textKey(digest)]),
          encodeShare({ ...noShare, epoch, older }),
        );
    }, 'grow');
  }

  count(messages: readonly CountedMessage[]): Promise<readonly Unread[]> {
    return this.#writer.run((batch) => {
      const digests = new MessageDigests();
      return messages.map((message) => this.#count(batch, message, digests));
    });
  }

  unreadOf(keys: readonly ConversationKey[]): Promise<readonly number[]> {
    return asPromise(() =>
      keys.map((one) => {
        const key = compositeKey(one.uid, one.app);
        const total = this.#find(key);
        const share = total === null ? null : this.#share(shareKeyOf(key, one), total.epoch);
        return total === null ? 0 : unreadOf(total, share).ofConversation;
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
      count: row.readDoubleBE(0),
      epoch: epochOf(row),
      messages: row.subarray(messagesAt),
    };
  }

  #put(batch: Batch, key: Buffer, { count, epoch, messages }: Count): void {
    const row = Buffer.allocUnsafe(messagesAt + messages.length);
    row.writeDoubleBE(count, 0);
    row.writeDoubleBE(epoch, epochAt);
    messages.copy(row, messagesAt);
    batch.put(this.#badges, key, row);
  }

  /** The epoch from now on. */
  #set(batch: Batch, key: Buffer, count: number): number {
    const { epoch: before, messages } = this.#find(key) ?? nothing;
    const epoch = count === 0 ? before + 1 : before;
    this.#put(batch, key, { count, epoch, messages });
    return epoch;
  }

  #share(key: Buffer, epoch: number): Share | null {
    const row = this.#badges.get(key);
    if (row === undefined) return null;
    const share = decodeShare(row);
    return share.epoch === epoch ? share : { ...share, epoch, older: 0, messages: noShare.messages };
  }

  #count(batch: Batch, message: CountedMessage, digests: MessageDigests): Unread {
    const { uid, app, messageId, messageSeq, receivedAtMs } = message;
    const key = compositeKey(uid, app);
    const digest = digests.ofMessage(messageId);
    const total = this.#find(key) ?? nothing;
    const { epoch } = total;
    const shareKey = Buffer.concat([key, textKey(digests.ofConversation(message))]);
    const known = this.#share(shareKey, epoch);
    if (holds(total.messages, digest)) return unreadOf(total, known);
    const share = known ?? { ...noShare, epoch };
    if (messageSeq > 0 && messageSeq <= share.readSeq && receivedAtMs <= share.readAtMs + lateMs)
      return unreadOf(total, known);
    if (known === null) this.#makeRoom(batch, key);
    const counted = { count: total.count + 1, epoch, messages: withDigest(total.messages, digest) };
    const shared = withMessage(share, messageSeq, digest, receivedAtMs);
    this.#put(batch, key, counted);
    batch.put(this.#badges, shareKey, encodeShare(shared));
    batch.apply();
    return unreadOf(counted, shared);
  }

  #recall(batch: Batch, message: RecalledMessage): void {
    const key = compositeKey(message.uid, message.app);
    const total = this.#find(key);
    if (total === null) return;
    const digest = countedDigest(message.messageId);
    const shareKey = shareKeyOf(key, message);
    const share = this.#share(shareKey, total.epoch);
    const left = share === null ? null : withoutMessage(share, digest);
    if (left !== null) {
      batch.put(this.#badges, shareKey, encodeShare(left));
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
    const shareKey = shareKeyOf(key, conversation);
    const known = this.#share(shareKey, total.epoch);
    const share = known ?? { ...noShare, epoch: total.epoch };
    const left = afterRead(share, upToSeq, atMs);
    const lowered = unreadIn(share) - unreadIn(left);
    if (known === null) this.#makeRoom(batch, key);
    batch.put(this.#badges, shareKey, encodeShare(left));
    if (lowered > 0) this.#put(batch, key, { ...total, count: Math.max(0, total.count - lowered) });
    batch.apply();
  }

  #makeRoom(batch: Batch, key: Buffer): void {
    // The count's own row among them.
    const rows = this.#badges.getKeysCount({ start: key, end: prefixEnd(key) });
    if (rows <= keptConversations) return;
    [...rowsUnder(this.#badges, key)]
      .filter((row) => row.key.length > key.length)
      .map((row) => ({ key: row.key, changedAtMs: decodeShare(row.value).changedAtMs }))
      .sort((one, other) => one.changedAtMs - other.changedAtMs)
      .slice(0, keptConversations / 2)
      .forEach((row) => batch.remove(this.#badges, row.key));
  }
}

/** Of the row of a count. */
export function epochOf(row: Buffer): number {
  return row.readDoubleBE(epochAt);
}

/** Below the row of the count. */
function shareKeyOf(key: Buffer, conversation: Conversation): Buffer {
  return Buffer.concat([key, textKey(conversationDigest(conversation))]);
}

function unreadOf({ count }: Count, share: Share | null): Unread {
  return { count, ofConversation: share === null ? 0 : Math.min(count, unreadIn(share)) };
}

function withDigest(messages: Buffer, digest: Buffer): Buffer {
  const kept = messages.subarray(Math.max(0, messages.length - (countedMessages - 1) * countedBytes));
  return Buffer.concat([kept, digest]);
}

function holds(messages: Buffer, digest: Buffer): boolean {
  let at = messages.indexOf(digest);
  // Found across two others, it is none of them.
  while (at > 0 && at % countedBytes !== 0) at = messages.indexOf(digest, at + 1);
  return at >= 0;
}
