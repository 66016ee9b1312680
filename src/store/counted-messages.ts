import { hash } from 'node:crypto';
import type { Conversation } from '../domain/people';

/** So many of the last messages of a user and app are known as counted; a claim that runs out repeats far fewer. */
export const countedMessages = 64;
/** Of a digest. */
export const countedBytes = 6;

/** Of so many of the last counted messages of a conversation the sequences are known; of older ones, how many there are. */
export const keptSequences = 64;
/** Conversations of a user and app with a count of their own. Beyond it, the half that nothing happened in for longest is forgotten. */
export const keptConversations = 256;
/** A webhook may tell of a message after its reader has told that it is read, but not much later. */
export const lateMs = 60_000;

/** What a counted message is known by, and nobody can read it back from. */
export function countedDigest(messageId: string): Buffer {
  return hash('sha1', messageId, 'buffer').subarray(0, countedBytes);
}

/** What a conversation is known by, beside its user's counts. */
export function conversationDigest({ channelType, channelId }: Conversation): string {
  return hash('sha1', `${channelType}:${channelId}`, 'base64url').slice(0, 16);
}

/** The digests of some messages. The members of a group follow each other, so each is worked out once for all of them. */
export class MessageDigests {
  #messageId = '';
  #ofMessage = countedDigest('');
  #channelType = 0;
  #channelId = '';
  #ofConversation = conversationDigest({ channelType: 0, channelId: '' });

  ofMessage(messageId: string): Buffer {
    if (messageId !== this.#messageId) {
      this.#messageId = messageId;
      this.#ofMessage = countedDigest(messageId);
    }
    return this.#ofMessage;
  }

  ofConversation({ channelType, channelId }: Conversation): string {
    if (channelId !== this.#channelId || channelType !== this.#channelType) {
      this.#channelType = channelType;
      this.#channelId = channelId;
      this.#ofConversation = conversationDigest({ channelType, channelId });
    }
    return this.#ofConversation;
  }
}
