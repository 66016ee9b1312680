import { hash } from 'node:crypto';
import type { TokenKind } from '../../domain/provider-table';
import type { NotificationKind } from '../../domain/notification';

/** UUIDv5 of "wukongim-push-relay" in the DNS namespace. Changing it makes every repeat look new to the phones. */
const namespace = Buffer.from('af8e2594353455b5a9fda8e9a7c5da88', 'hex');

/**
 * The id of a delivery: UUIDv5 (RFC 9562 §5.5), lower case with hyphens, equal on every attempt and every replica, so
 * that it can be the `apns-id`. `messageId` is the WuKongIM message id, or the id of a POST /push.
 */
export function deliveryId(
  app: string,
  messageId: string,
  uid: string,
  deviceId: string,
  kind: NotificationKind | TokenKind,
): string {
  // Every field but the last is preceded by its length, because a uid may hold any separator that one could choose.
  const name = `${app.length}:${app}${messageId.length}:${messageId}${uid.length}:${uid}${deviceId.length}:${deviceId}${kind}`;
  const input = Buffer.allocUnsafe(16 + name.length * 3);
  namespace.copy(input);
  const end = 16 + input.write(name, 16);
  const digest = hash('sha1', input.subarray(0, end), 'hex');
  const variant = ((parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
