import { createHash } from 'node:crypto';

/** APNs' limit, in bytes of UTF-8: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
const maxBytes = 64;

/** The message id itself, so that an app can find the notification by it; its SHA-256 where it is longer than APNs allows. */
export function collapseIdOf(messageId: string): string {
  if (messageId.length * 3 <= maxBytes || Buffer.byteLength(messageId) <= maxBytes) return messageId;
  return createHash('sha256').update(messageId).digest('base64url');
}
