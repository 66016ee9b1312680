import { createHash } from 'node:crypto';
import type { Notification } from '../../domain/notification';
import { plainBytes, shortenTexts, toJson } from '../wire/text';
import { bytesOf, dataFields, maximumBytes, ttlSeconds } from './data-fields';
import type { MessageTexts } from './message-texts';

/**
 * A browser: the `webpush` block, whose headers are those of RFC 8030. Null when it cannot be made to fit.
 * firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#WebpushConfig
 */
export function webMessage(notification: Notification, nowMs: number): MessageTexts | null {
  const data = dataFields(notification);
  const headers = toJson(headersOf(notification, nowMs));
  if (notification.kind === 'background')
    return form(`{"message":{"data":${toJson(data)},"webpush":{"headers":${headers}}`);
  const line = [notification.subtitle, notification.body].filter((text) => text !== null).join(': ');
  const texts = { title: notification.title, body: line === '' ? null : line };
  const display: Record<string, string> = {};
  if (notification.imageUrl !== null) display['image'] = notification.imageUrl;
  if (notification.collapseId !== null) display['tag'] = notification.collapseId;
  const named = { title: texts.title ?? '', body: texts.body ?? '' };
  const excess = bytesOf(named) + bytesOf(display) + bytesOf(data) - maximumBytes;
  const fitting = excess <= 0 ? texts : shortenTexts(texts, excess, plainBytes);
  if (fitting === null) return null;
  const shown = {
    ...(fitting.title === null ? {} : { title: fitting.title }),
    ...(fitting.body === null ? {} : { body: fitting.body }),
    ...display,
    ...(notification.sound === null ? { silent: true } : {}),
  };
  return form(
    `{"message":{"data":${toJson(data)},"webpush":{"headers":${headers},"notification":${toJson(shown)}}`,
  );
}

function form(text: string): MessageTexts {
  return { texts: [text], places: [] };
}

function headersOf(notification: Notification, nowMs: number): Record<string, string> {
  const isHigh = notification.priority === 'high' && notification.kind !== 'background';
  const headers: Record<string, string> = {
    TTL: String(ttlSeconds(notification, nowMs)),
    Urgency: isHigh ? 'high' : 'normal',
  };
  if (notification.collapseId !== null) headers['Topic'] = topicOf(notification.collapseId);
  return headers;
}

/** A later message replaces an undelivered one of the same topic: 32 characters of base64url at most (RFC 8030 §5.4). */
function topicOf(collapseId: string): string {
  return createHash('sha256').update(collapseId).digest('base64url').slice(0, 32);
}
