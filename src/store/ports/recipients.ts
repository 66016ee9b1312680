import type { Conversation, Recipient } from '../../domain/people';

/** Recipients of one message. */
export interface RecipientQuestion {
  readonly uids: readonly string[];
  /** Whose mutes are asked for; null: none, it is a push that belongs to no conversation. */
  readonly conversation: Conversation | null;
}

/** Devices, preferences and mutes, as the delivery needs them: all that rules and titles ask of each recipient, at once. */
export interface Recipients {
  /** One round trip a node. One answer for each uid, in the order of the questions and of their uids. */
  find(questions: readonly RecipientQuestion[]): Promise<readonly Recipient[]>;
}
