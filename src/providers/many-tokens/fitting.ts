import type { Delivery, Notification } from '../../domain/notification';
import { withoutExtras } from '../wire/conversation';
import { jsonBytes, shortenTexts, type Texts } from '../wire/text';
import type { Unsendable } from './vendor';

/** A message whose size the maker limits, device tokens not counted. */
interface Sized {
  readonly bytes: number;
}

/** Makers want a title and a body; Android has no subtitle. Null both: there is nothing to show. */
export function bothTexts({ title, subtitle, body }: Notification): Texts {
  const line = subtitle === null || body === null ? (body ?? subtitle) : `${subtitle}: ${body}`;
  return { title: title ?? line, body: line ?? title };
}

/** The message of at most so many bytes: as it is, with shorter texts, or without what only some apps use. */
export function fitting<Message extends Sized>(
  notification: Notification,
  maximumBytes: number,
  create: (notification: Notification, texts: Texts) => Message,
): Message | Unsendable {
  const texts = bothTexts(notification);
  if (notification.kind === 'alert' && texts.body === null) return { unsendable: 'no_text' };
  for (const each of [notification, withoutExtras(notification)]) {
    if (each === null) continue;
    const message = create(each, texts);
    if (message.bytes <= maximumBytes) return message;
    const shorter = shortenTexts(texts, message.bytes - maximumBytes, jsonBytes);
    const shortened = shorter === null ? null : create(each, shorter);
    if (shortened !== null && shortened.bytes <= maximumBytes) return shortened;
  }
  return { unsendable: 'payload_too_large' };
}

/** The number on the icon. `add`: each phone counts up by itself; null: it stays as it is. */
export type Badge = number | 'add' | null;

/** As much as makers show. */
export const mostBadge = 99;

/**
 * One call has one number. The same for all is set; where they differ, each phone counts up by itself, and the next message to it
 * alone sets its number right.
 */
export function sharedBadge(deliveries: readonly Delivery[]): Badge {
  const badge = deliveries[0]?.badge ?? null;
  return deliveries.every((delivery) => delivery.badge === badge) ? badge : 'add';
}
