import type { CallData, Notification } from '../../domain/notification';

/**
 * A call as a notification that the system shows, for phones whose app the vendor does not wake. What is shown at the end of the
 * call takes the place of what was shown at its beginning. Other notifications are as they were.
 */
export function shownCall(notification: Notification): Notification {
  const { kind, call } = notification;
  if (kind !== 'call' || call === null) return notification;
  const isInvite = call.action === 'invite';
  return { ...notification, kind: 'alert', sound: isInvite ? 'default' : null, collapseId: callKey(call) };
}

export function callKey({ callId }: CallData): string {
  return `call:${callId}`;
}
