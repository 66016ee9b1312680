import type { ConversationData, Notification } from '../../domain/notification';
import { conversationFields } from '../wire/conversation';
import { plainBytes, type Texts } from '../wire/text';

/** Bytes of keys and values, firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode (INVALID_ARGUMENT). */
export const maximumBytes = 4096;
/** Google keeps a message four weeks at most. */
const maximumTtlSeconds = 2_419_200;
/** Google refuses the whole message for one of these; the API refuses them at the door. */
const reserved = /^(from$|message_type$|google\.|gcm\.)/;

/** The app server's data and the conversation's fields, all of them strings, as FCM wants it. */
export function dataFields(notification: Notification): Record<string, string> {
  const { conversation, data } = notification;
  const own = conversation === null ? {} : stringFields(conversation);
  const given = Object.entries(data).filter(([key]) => !reserved.test(key));
  return given.length === 0 ? own : { ...Object.fromEntries(given), ...own };
}

function stringFields(conversation: ConversationData): Record<string, string> {
  const fields = conversationFields(conversation);
  return {
    message_id: fields.message_id,
    message_seq: String(fields.message_seq),
    client_msg_no: fields.client_msg_no,
    from_uid: fields.from_uid,
    channel_id: fields.channel_id,
    channel_type: String(fields.channel_type),
    timestamp: String(fields.timestamp),
  };
}

/** Whether a message of these texts can be within the limit without being counted: a UTF-16 unit takes three bytes at most. */
export function isSurelySmall(texts: readonly string[]): boolean {
  let units = 0;
  for (const text of texts) units += text.length;
  return units * 3 <= maximumBytes - 32;
}

export function bytesOf(fields: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(fields)) bytes += plainBytes(key) + plainBytes(value);
  return bytes;
}

export function textFields(texts: Texts): Record<string, string> {
  const fields: Record<string, string> = {};
  if (texts.title !== null) fields['title'] = texts.title;
  if (texts.body !== null) fields['body'] = texts.body;
  return fields;
}

/** Whole seconds from now; 0 = now or never. */
export function ttlSeconds(notification: Notification, nowMs: number): number {
  if (notification.expiresAtMs === null) return 0;
  return Math.min(maximumTtlSeconds, Math.max(0, Math.ceil((notification.expiresAtMs - nowMs) / 1000)));
}
