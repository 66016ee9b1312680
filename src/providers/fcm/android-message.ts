import type { Notification } from '../../domain/notification';
import { plainBytes, shortenTexts, toJson, type Texts } from '../wire/text';
import { ttlSeconds } from '../wire/web-display';
import { bytesOf, dataFields, isSurelySmall, maximumBytes, textFields } from './data-fields';
import type { AndroidDisplay } from './wire-message';
import type { MessageStyle, MessageTexts } from './message-texts';

/**
 * `notification` mode: a notification that the system shows. `data` mode: title, body and what belongs to them in
 * `data`. A background push has no text in either; a call is for the app in both. Null when it cannot be made to fit.
 * firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#AndroidConfig
 */
export function androidMessage(
  notification: Notification,
  style: MessageStyle,
  hasBadge: boolean,
  nowMs: number,
): MessageTexts | null {
  const parts = partsOf(notification, style);
  const isHigh = notification.priority === 'high' && !isSilent(notification);
  const android = `"priority":"${isHigh ? 'HIGH' : 'NORMAL'}","ttl":"${ttlSeconds(notification, nowMs)}s"`;
  const write = parts.shownBy === 'system' ? systemMessage : appMessage;
  const message = write(parts, parts.texts, android, hasBadge);
  if (isSurelySmall(message.texts)) return message;
  const texts = fit(parts, hasBadge);
  if (texts === parts.texts) return message;
  return texts === null ? null : write(parts, texts, android, hasBadge);
}

/** There is nothing for the system to show, whatever the mode. */
function isSilent({ kind }: Notification): boolean {
  return kind === 'background' || kind === 'badge';
}

const badgeBytes = 'notification_count'.length + '2147483647'.length;

interface Parts {
  readonly shownBy: 'system' | 'app';
  readonly texts: Texts;
  readonly data: Record<string, string>;
  /** Of the android block; empty where the app shows it. */
  readonly display: AndroidDisplay;
}

function partsOf(notification: Notification, style: MessageStyle): Parts {
  const data = dataFields(notification);
  const { title, body, subtitle, imageUrl, sound, collapseId } = notification;
  if (isSilent(notification))
    return { shownBy: 'app', texts: { title: null, body: null }, data, display: {} };
  const channelId = channelOf(notification, style);
  // The app rings, whoever shows other notifications.
  if (notification.kind === 'call') {
    if (channelId !== null) data['android_channel_id'] = channelId;
    return { shownBy: 'app', texts: { title, body }, data, display: {} };
  }
  if (style.androidMode === 'data') {
    if (subtitle !== null) data['subtitle'] = subtitle;
    if (imageUrl !== null) data['image_url'] = imageUrl;
    if (sound !== null) data['sound'] = sound;
    if (collapseId !== null) data['tag'] = collapseId;
    return { shownBy: 'app', texts: { title, body }, data, display: {} };
  }
  const display: AndroidDisplay = {};
  if (collapseId !== null) display.tag = collapseId;
  if (channelId !== null) display.channel_id = channelId;
  if (sound !== null) display.sound = sound;
  if (imageUrl !== null) display.image = imageUrl;
  // Android has no subtitle.
  const line = subtitle === null || body === null ? (body ?? subtitle) : `${subtitle}: ${body}`;
  return { shownBy: 'system', texts: { title, body: line }, data, display };
}

/** What the operator says of the message's type goes before its category. */
function channelOf({ androidChannelId, category }: Notification, style: MessageStyle): string | null {
  const ofCategory = category === null ? null : style.androidChannelIds?.[category];
  return androidChannelId ?? ofCategory ?? style.androidChannelId;
}

function fit(parts: Parts, hasBadge: boolean): Texts | null {
  const { texts, data, display } = parts;
  const bytes = bytesOf(textFields(texts)) + bytesOf(data) + bytesOf(display) + (hasBadge ? badgeBytes : 0);
  const excess = bytes - maximumBytes;
  return excess <= 0 ? texts : shortenTexts(texts, excess, plainBytes);
}

/** The count that a launcher shows; 0 is to Android as if it were not there. */
function systemMessage(parts: Parts, texts: Texts, android: string, hasBadge: boolean): MessageTexts {
  const notification = toJson(textFields(texts));
  const shown = notification === '{}' ? '' : `"notification":${notification},`;
  const display = toJson(parts.display);
  const head = `{"message":{${shown}"data":${toJson(parts.data)},"android":{${android},"notification":`;
  if (!hasBadge) return { texts: [`${head}${display}}`], places: [] };
  return { texts: [`${head}{"notification_count":`, `${following(display)}}`], places: ['badge'] };
}

function appMessage(parts: Parts, texts: Texts, android: string, hasBadge: boolean): MessageTexts {
  const fields: Record<string, string> = { ...parts.data, ...textFields(texts) };
  if (hasBadge) delete fields['badge'];
  const data = toJson(fields);
  const head = `{"message":{"android":{${android}},"data":`;
  if (!hasBadge) return { texts: [`${head}${data}`], places: [] };
  return { texts: [`${head}{"badge":"`, `"${following(data)}`], places: ['badge'] };
}

/** The members of an object after one that stands before them. */
function following(json: string): string {
  return json === '{}' ? '}' : `,${json.slice(1)}`;
}
