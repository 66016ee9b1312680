import type { TokenKind } from '../../domain/provider-table';
import type { Notification } from '../../domain/notification';
import { ownFields, withoutExtras } from './conversation';
import { jsonBytes, shortenTexts, toJson } from './text';

export interface AppleStyle {
  /** nested: one object `wukongim`; flat: its keys at the top level. */
  readonly dataStyle: 'nested' | 'flat';
  /** Sends `mutable-content: 1` with every alert; an image sends it in any case. */
  readonly mutableContent: boolean;
  /** Sends `content-available: 1` with every alert, so that the app fetches what is new before it is opened. Absent: false. */
  readonly contentAvailable?: boolean;
}

const open = '{"aps":{';
const badgeOpen = `${open}"badge":`;
const largestBadge = 2 ** 31 - 1;
const badgeBytes = `"badge":${largestBadge},`.length;

/** Bytes of a payload, developer.apple.com/documentation/usernotifications/generating-a-remote-notification. */
export const maximumBytes: Readonly<Record<TokenKind, number>> = { alert: 4096, voip: 5120 };

/** A count that can be shown; anything else leaves the badge as it is. */
export function badgeOf(badge: number | null): number | null {
  return badge !== null && Number.isInteger(badge) && badge >= 0 && badge <= largestBadge ? badge : null;
}

/**
 * The JSON that a phone of Apple's gets: one text, or with a badge the texts before and after its number. It keeps
 * within Apple's limit whatever the badge: a long body is shortened, then the title, and pictures go. Null when what is left is still too
 * large, which is the app server's own data then.
 */
export function applePayload(
  notification: Notification,
  tokenKind: TokenKind,
  hasBadge: boolean,
  style: AppleStyle,
): readonly string[] | null {
  const payload = fittingPayload(notification, tokenKind, hasBadge, style);
  if (payload !== null) return payload;
  const bare = withoutExtras(notification);
  return bare === null ? null : fittingPayload(bare, tokenKind, hasBadge, style);
}

function fittingPayload(
  notification: Notification,
  tokenKind: TokenKind,
  hasBadge: boolean,
  style: AppleStyle,
): readonly string[] | null {
  const custom = customJson(notification, style);
  const room = maximumBytes[tokenKind] - (hasBadge ? badgeBytes : 0);
  let json = join(apsJson(notification, tokenKind, notification, style), custom);
  // A UTF-16 unit takes three bytes at most, so a short payload needs no counting.
  const bytes = json.length * 3 <= room ? 0 : Buffer.byteLength(json);
  if (bytes > room) {
    if (!showsText(notification, tokenKind)) return null;
    const texts = shortenTexts(notification, bytes - room, jsonBytes);
    if (texts === null) return null;
    json = join(apsJson(notification, tokenKind, texts, style), custom);
  }
  if (!hasBadge) return [json];
  const rest = json.slice(open.length);
  return [badgeOpen, rest.startsWith('}') ? rest : `,${rest}`];
}

function join(aps: string, custom: string): string {
  return custom === '{}' ? `{"aps":${aps}}` : `{"aps":${aps},${custom.slice(1)}`;
}

function showsText(notification: Notification, tokenKind: TokenKind): boolean {
  const { kind } = notification;
  return (kind !== 'background' && kind !== 'badge') || tokenKind === 'voip';
}

function apsJson(
  notification: Notification,
  tokenKind: TokenKind,
  texts: { readonly title: string | null; readonly body: string | null },
  style: AppleStyle,
): string {
  if (!showsText(notification, tokenKind))
    return notification.kind === 'badge' ? '{}' : '{"content-available":1}';
  const { subtitle, sound, threadId, category, level } = notification;
  let alert = member('', 'title', texts.title);
  alert = member(alert, 'subtitle', subtitle);
  alert = member(alert, 'body', texts.body);
  let aps = alert === '' ? '' : `"alert":{${alert}}`;
  if (tokenKind === 'voip') return `{${aps}}`;
  aps = member(aps, 'sound', sound);
  aps = member(aps, 'thread-id', threadId);
  aps = member(aps, 'category', category);
  aps = member(aps, 'interruption-level', interruptionLevels[level]);
  if (category !== null)
    aps += `${comma(aps)}"relevance-score":${level === 'quiet' ? 0 : relevance[category]}`;
  if (notification.wakesApp || style.contentAvailable === true) aps += `${comma(aps)}"content-available":1`;
  // The app's service extension decrypts.
  const isForExtension =
    notification.imageUrl !== null || (notification.conversation?.ciphertext ?? null) !== null;
  if (style.mutableContent || isForExtension) aps += `${comma(aps)}"mutable-content":1`;
  return `{${aps}}`;
}

/** What is normal is Apple's default. */
const interruptionLevels = { quiet: 'passive', normal: null, urgent: 'time-sensitive' } as const;
/** Of two notifications in one summary, iOS shows the one with the higher score. */
const relevance = { message: 0.5, mention: 0.75, call: 1 } as const;

/** Put together by hand, because objects that are made for each message cost more than their text. */
function member(json: string, name: string, value: string | null): string {
  return value === null ? json : `${json}${comma(json)}"${name}":${toJson(value)}`;
}

function comma(json: string): string {
  return json === '' ? '' : ',';
}

/**
 * The app server's data can never stand in for what the relay says: its own fields win. Without such data, which is every
 * message push, the text is put together by hand, because copying objects costs more than writing them.
 */
function customJson(notification: Notification, style: AppleStyle): string {
  const { conversation, data } = notification;
  // The image of a message is among its fields.
  const imageUrl = conversation !== null && conversation.imageUrl !== null ? null : notification.imageUrl;
  const fields = ownFields(notification);
  const isNested = style.dataStyle === 'nested';
  if (imageUrl === null && !hasMembers(data)) {
    if (fields === null) return '{}';
    return isNested ? `{"wukongim":${toJson(fields)}}` : toJson(fields);
  }
  const own = fields !== null && isNested ? { wukongim: fields } : fields;
  const image = imageUrl === null ? null : { image_url: imageUrl };
  const custom: Record<string, unknown> = { ...data, ...own, ...image };
  delete custom['aps'];
  return toJson(custom);
}

function hasMembers(data: Readonly<Record<string, string>>): boolean {
  for (const _ in data) return true;
  return false;
}
