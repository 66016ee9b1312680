import type { Notification } from '../../domain/notification';
import { plainBytes, shortenTexts, toJson } from '../wire/text';
import { browserTexts, topicOf, ttlSeconds, urgencyOf } from '../wire/web-display';
import { bytesOf, dataFields, maximumBytes, textFields } from './data-fields';
import type { MessageTexts } from './message-texts';
import type { WebDisplay } from './wire-message';

/**
 * A browser: the `webpush` block, whose headers are those of RFC 8030. Null when it cannot be made to fit.
 * firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#WebpushConfig
 */
export function webMessage(notification: Notification, nowMs: number): MessageTexts | null {
  const data = dataFields(notification);
  const headers = toJson(headersOf(notification, nowMs));
  const isShown = notification.kind !== 'background';
  const texts = isShown ? browserTexts(notification) : { title: null, body: null };
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

function displayOf({ imageUrl, conversation, collapseId }: Notification): WebDisplay {
  const display: WebDisplay = {};
  if (conversation !== null && conversation.avatarUrl !== null) display.icon = conversation.avatarUrl;
  if (imageUrl !== null) display.image = imageUrl;
  if (collapseId !== null) display.tag = collapseId;
  return display;
}

function headersOf(notification: Notification, nowMs: number): Record<string, string> {
  const headers: Record<string, string> = {
    TTL: String(ttlSeconds(notification, nowMs)),
    Urgency: urgencyOf(notification),
  };
  if (notification.collapseId !== null) headers['Topic'] = topicOf(notification.collapseId);
  return headers;
}
