import type { Conversation } from '../../domain/people';
import type { UnreadByConversation } from '../../domain/person-record';

export interface BadgeKey {
  readonly uid: string;
  readonly app: string;
}

/** A conversation of a user of an app. */
export interface ConversationKey extends BadgeKey, Conversation {}

/** A message that is counted for a user of an app. */
export interface CountedMessage extends ConversationKey {
  readonly messageId: string;
  /** In the conversation, from 1; 0: it has none. */
  readonly messageSeq: number;
  readonly receivedAtMs: number;
}

/** A message that was taken back. */
export interface RecalledMessage extends ConversationKey {
  readonly messageId: string;
}

/** What is unread once a message is counted. */
export interface Unread {
  readonly count: number;
  /** Of these, how many the relay knows to belong to the message's conversation. */
  readonly ofConversation: number;
}

/**
 * Unread counts by uid and app. The app sets them, the relay counts up, and a conversation that is read counts down.
 *
 * Beside each count stands how much of it belongs to which conversation: for the last 256 conversations, with the sequences and
 * digests of the last 64 messages of each.
 */
export interface Badges {
  /** Null where nothing was set or counted. */
  getMany(keys: readonly BadgeKey[]): Promise<readonly (number | null)[]>;
  /**
   * A negative count is 0, a fraction is cut. Messages that were counted before stay counted; 0 belongs to no conversation. Of what
   * comes from another store, `unread` says what it belongs to.
   */
  set(uid: string, app: string, count: number, unread?: UnreadByConversation): Promise<void>;
  /**
   * One up for each, in order, from 0 where none was ever set. Resolves with the counts after it. Idempotent per message: one of the
   * last 64 that were counted for the uid and app leaves the count as it is, so that an entry that is worked off twice counts
   * once. A message that was read before it came is not counted. Each by itself: rejected, some may have happened.
   */
  count(messages: readonly CountedMessage[]): Promise<readonly Unread[]>;
  /** How much of each count belongs to the conversation; 0 where nothing does. */
  unreadOf(keys: readonly ConversationKey[]): Promise<readonly number[]>;
  /**
   * One down for each that was counted and is among the last 64 unread messages of its conversation. Idempotent. One that is not
   * counted yet never will be, where the user has a count at all.
   */
  recall(messages: readonly RecalledMessage[]): Promise<void>;
  /**
   * Lowers the uid's counts in these apps by what was counted of the conversation up to the sequence; null: by all of it. A
   * sequence before the last 64 counted messages lowers by none of those that came before them. `atMs`: now.
   */
  read(
    uid: string,
    apps: readonly string[],
    conversation: Conversation,
    upToSeq: number | null,
    atMs: number,
  ): Promise<void>;
  /** Sets what was counted or set in these apps to 0. */
  reset(uids: readonly string[], apps: readonly string[]): Promise<void>;
  /** Removes the counts of the uid in all apps. */
  eraseUser(uid: string): Promise<void>;
}
