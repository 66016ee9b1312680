import { createHash } from 'node:crypto';
import type { TokenKind } from '../../domain/provider-table';
import type { Notification } from '../../domain/notification';

const printable = /^[\x21-\x7e]{1,64}$/;

/**
 * The headers that devices share, by
 * developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns.
 * `topic` null leaves the topic to Firebase, which knows it. A background notification with a badge is, by Apple's
 * rules, an alert that shows nothing but the badge. Adds to `headers`.
 */
export function appleHeaders(
  notification: Notification,
  tokenKind: TokenKind,
  hasBadge: boolean,
  topic: string | null,
  headers: Record<string, string> = {},
): Record<string, string> {
  const voip = tokenKind === 'voip';
  const background = notification.kind === 'background' && !voip;
  headers['apns-push-type'] = voip ? 'voip' : background && !hasBadge ? 'background' : 'alert';
  headers['apns-priority'] =
    !voip && (background || notification.kind === 'badge' || notification.priority === 'normal') ? '5' : '10';
  headers['apns-expiration'] = String(expirationSeconds(notification, voip));
  if (topic !== null) headers['apns-topic'] = voip ? `${topic}.voip` : topic;
  if (notification.collapseId !== null) headers['apns-collapse-id'] = collapseHeader(notification.collapseId);
  return headers;
}

/** A call that rings late rings for nobody: Apple tries it once, now or never. */
function expirationSeconds(notification: Notification, voip: boolean): number {
  if (voip || notification.kind === 'call' || notification.expiresAtMs === null) return 0;
  return Math.max(0, Math.floor(notification.expiresAtMs / 1000));
}

/** A header carries printable ASCII, and Apple takes 64 bytes; any other id keeps its identity as a digest. */
export function collapseHeader(collapseId: string): string {
  return printable.test(collapseId)
    ? collapseId
    : createHash('sha256').update(collapseId).digest('base64url');
}
