import { createHash } from 'node:crypto';
import type { Notification } from '../../domain/notification';
import { plainBytes, shortenTexts, toJson, type Texts } from '../wire/text';
import { bytesOf, dataFields, maximumBytes, textFields, ttlSeconds } from './data-fields';
import type { MessageTexts } from './message-texts';

/**
 * A browser: the `webpush` block, whose headers are those of RFC 8030. Null when it cannot be made to fit.
 * firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#WebpushConfig
 */
export function webMessage(notification: Notification, nowMs: number): MessageTexts | null {
  const data = dataFields(notification);
  const headers = toJson(headersOf(notification, nowMs));
  const isShown = notification.kind !== 'background';
  const texts = isShown ? textsOf(notification) : { title: null, body: null };
  const display = isShown ? displayOf(notification) : {};
  const excess = bytesOf(textFields(texts)) + bytesOf(display) + bytesOf(data) - maximumBytes;
  const fitting = excess <= 0 ? texts : shortenTexts(texts, excess, plainBytes);
  if (fitting === null) return null;
  const head = `{"message":{"data":${toJson(data)},"webpush":{"headers":${headers}`;
  if (!isShown) return { texts: [`${head}}`], places: [] };
  const silent = notification.sound === null ? { silent: true } : {};
  return {
    texts: [`${head},"notification":${toJson({ ...textFields(fitting), ...display, ...silent })}}`],
    places: [],
  };
}

/** A browser has no subtitle. */
function textsOf({ title, subtitle, body }: Notification): Texts {
  return { title, body: subtitle === null || body === null ? (body ?? subtitle) : `${subtitle}: ${body}` };
}

function displayOf({ imageUrl, collapseId }: Notification): Record<string, string> {
  const display: Record<string, string> = {};
  if (imageUrl !== null) display['image'] = imageUrl;
  if (collapseId !== null) display['tag'] = collapseId;
  return display;
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
