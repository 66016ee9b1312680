import { createHash } from 'node:crypto';
import { conversationId, type Message } from '../domain/message';

/** What replaces what on a phone. message: a repeat its first. conversation: a message those before it. */
export type Collapse = 'message' | 'conversation';

/** APNs' limit, in bytes of UTF-8: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
const maxBytes = 64;

/** The message id itself, so that an app can find the notification by it; its SHA-256 where it is longer than APNs allows. */
export function collapseIdOf(messageId: string): string {
  if (messageId.length * 3 <= maxBytes || Buffer.byteLength(messageId) <= maxBytes) return messageId;
  return createHash('sha256').update(messageId).digest('base64url');
}

/** One for each conversation, such as `1:alice`. Where it must not be named, its hash. */
export function threadIdOf(message: Message, isHidden: boolean): string {
  const id = `${message.channelType}:${conversationId(message)}`;
  return isHidden ? conversationHash(id) : id;
}

/** Under which a notification of the message is found on the phone. */
export function messageCollapseId(message: Message, collapse: Collapse, isHidden: boolean): string {
  return collapseIdOf(collapse === 'message' ? message.messageId : threadIdOf(message, isHidden));
}

/**
 * An app that knows the conversation computes the same: the first 16 bytes of its SHA-256 as base64url without padding.
 */
export function conversationHash(conversation: string): string {
  return createHash('sha256').update(conversation).digest().subarray(0, 16).toString('base64url');
}
