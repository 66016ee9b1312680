import type { Notification } from '../../domain/notification';
import { stringFields } from '../wire/string-fields';
import { plainBytes, type Texts } from '../wire/text';

/** Bytes of keys and values, firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode (INVALID_ARGUMENT). */
export const maximumBytes = 4096;
/** Google refuses the whole message for one of these; the API refuses them at the door. */
const reserved = /^(from$|message_type$|google\.|gcm\.)/;

/** The app server's data and the conversation's fields, as FCM wants them. */
export function dataFields(notification: Notification): Record<string, string> {
  return stringFields(notification, isGiven);
}

const isGiven = (key: string): boolean => !reserved.test(key);

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
