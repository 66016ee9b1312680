import type { Notification } from '../../domain/notification';
import { ownFields, withoutExtras } from '../wire/conversation';
import { Template } from '../wire/template';
import { jsonBytes, shortenTexts, toJson, type Texts } from '../wire/text';
import { browserTexts } from '../wire/web-display';
import { clickUrl } from './click-url';
import { mostPlainBytes } from './encryption';
import type { WebPushOptions } from './options';

export type MessageStyle = Pick<WebPushOptions, 'app' | 'baseUrl' | 'icon' | 'fallbackTitle' | 'dataStyle'>;

/** Mozilla hands pushes for Firefox on Android on through Google's service, whose limit counts the encrypted body in base64. */
const mostMozillaBytes = 2_600;
const mozilla = /(?:^|\.)push\.services\.mozilla\.com$/;

/** The most that the push service takes, before encryption. */
export function mostBytesFor(host: string): number {
  return mozilla.test(host) ? mostMozillaBytes : mostPlainBytes;
}

/** The longest badge, twice. */
const badgeBytes = ',"app_badge":"2147483647","app_badge":2147483647'.length;

/**
 * The JSON of one notification, the same for all its devices but for the badge. Safari shows it by itself (Declarative Web Push), and
 * the service workers of other browsers read the same: https://webkit.org/blog/16535/meet-declarative-web-push/. A member of a
 * wrong type would make Safari drop all of it.
 */
export class WebPushMessages {
  readonly #templates = new Map<number, Template | null>();
  readonly #notification: Notification;
  readonly #style: MessageStyle;

  constructor(notification: Notification, style: MessageStyle) {
    this.#notification = notification;
    this.#style = style;
  }

  /** Null: it cannot be made to fit. */
  bytes(mostBytes: number, badge: number | null): Buffer | null {
    let template = this.#templates.get(mostBytes);
    if (template === undefined) {
      template = templateOf(this.#notification, this.#style, mostBytes);
      this.#templates.set(mostBytes, template);
    }
    if (template === null) return null;
    return badge === null
      ? template.fill('', '')
      : template.fill(`,"app_badge":"${String(badge)}"`, `,"app_badge":${String(badge)}`);
  }
}

function templateOf(notification: Notification, style: MessageStyle, mostBytes: number): Template | null {
  const texts = fittingTexts(notification, style, mostBytes);
  if (texts !== null) return new Template([texts, '}', '}']);
  const bare = withoutExtras(notification);
  const rest = bare === null ? null : fittingTexts(bare, style, mostBytes);
  return rest === null ? null : new Template([rest, '}', '}']);
}

/** The JSON up to the end of `notification`. */
function fittingTexts(notification: Notification, style: MessageStyle, mostBytes: number): string | null {
  const texts = browserTexts(notification);
  const whole = { ...texts, title: texts.title ?? style.fallbackTitle };
  const json = messageJson(notification, style, whole);
  const excess = Buffer.byteLength(json) + badgeBytes + 2 - mostBytes;
  if (excess <= 0) return json;
  const fitting = shortenTexts(whole, excess, jsonBytes);
  return fitting === null ? null : messageJson(notification, style, fitting);
}

function messageJson(notification: Notification, style: MessageStyle, { title, body }: Texts): string {
  const { sound, collapseId, imageUrl, conversation } = notification;
  const icon = conversation?.avatarUrl ?? style.icon;
  const shown = {
    title,
    ...(body === null ? {} : { body }),
    navigate: clickUrl(style.baseUrl, style.app, notification),
    dir: 'auto',
    ...(collapseId === null ? {} : { tag: collapseId }),
    silent: sound === null,
    ...(icon === null ? {} : { icon }),
    ...(imageUrl === null ? {} : { image: imageUrl }),
    data: dataOf(notification, style),
  };
  return `{"web_push":8030,"notification":${toJson(shown).slice(0, -1)}`;
}

/** The app server's data can never stand in for what the relay says. */
function dataOf(notification: Notification, { dataStyle }: MessageStyle): object {
  const own = ownFields(notification);
  if (own === null) return notification.data;
  return { ...notification.data, ...(dataStyle === 'nested' ? { wukongim: own } : own) };
}
