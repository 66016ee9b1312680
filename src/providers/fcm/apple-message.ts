import type { Notification } from '../../domain/notification';
import { appleHeaders } from '../wire/apple-headers';
import { applePayload } from '../wire/apple-payload';
import { toJson } from '../wire/text';
import type { MessageStyle, MessageTexts } from './message-texts';

/**
 * An iOS device that is reached through Firebase gets what it would get from APNs itself: the same payload, the same
 * headers. Nothing stands in `data`, which Firebase would merge into that payload.
 */
export function appleMessage(
  notification: Notification,
  style: MessageStyle,
  hasBadge: boolean,
): MessageTexts | null {
  const payload = applePayload(notification, 'alert', hasBadge, style);
  if (payload === null) return null;
  const headers = toJson(appleHeaders(notification, 'alert', hasBadge, style.apnsTopic));
  const head = `{"message":{"apns":{"headers":${headers.slice(0, -1)},"apns-id":"`;
  const image =
    notification.imageUrl === null ? '' : `,"fcm_options":${toJson({ image: notification.imageUrl })}`;
  const [first, rest] = payload;
  return rest === undefined
    ? { texts: [head, `"},"payload":${first}${image}}`], places: ['id'] }
    : { texts: [head, `"},"payload":${first}`, `${rest}${image}}`], places: ['id', 'badge'] };
}
