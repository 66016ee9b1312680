import type { Platform } from '../../domain/provider-table';
import type { Delivery, Notification } from '../../domain/notification';
import { Template } from '../wire/template';
import { withoutExtras } from '../wire/conversation';
import { androidMessage } from './android-message';
import { appleMessage } from './apple-message';
import type { MessageStyle, MessageTexts } from './message-texts';
import { webMessage } from './web-message';

/** What devices of one platform, all with or all without a badge, share of one notification. */
class FcmMessage {
  readonly #template: Template;
  readonly #places: MessageTexts['places'];

  constructor({ texts, places }: MessageTexts) {
    this.#places = places;
    this.#template = new Template([...texts.slice(0, -1), `${texts.at(-1)},"token":"`, '"}}']);
  }

  body(delivery: Delivery, badge: number | null): Buffer {
    const values = this.#places.map((place) => (place === 'id' ? delivery.id : String(badge)));
    return this.#template.fill(...values, delivery.token);
  }
}

/** The request's body, as a sender needs it. */
export type FcmRequest = Pick<FcmMessage, 'body'>;

/** Google checks the request, and delivers nothing. */
export function validateOnly(message: FcmMessage): FcmRequest {
  const start = Buffer.from('{"validate_only":true,');
  return {
    body: (delivery, badge) => Buffer.concat([start, message.body(delivery, badge).subarray(1)]),
  };
}

/** The messages of one notification, each built at its first delivery; null when it cannot be made to fit. */
export class FcmMessages {
  readonly #built = new Map<string, FcmMessage | null>();
  readonly #notification: Notification;
  readonly #style: MessageStyle;

  constructor(
    notification: Notification,
    style: MessageStyle,
    /** A life in seconds is told from here. */
    readonly builtAtMs: number,
  ) {
    this.#notification = notification;
    this.#style = style;
  }

  of(platform: Platform, hasBadge: boolean): FcmMessage | null {
    const key = hasBadge ? `${platform}/badge` : platform;
    const known = this.#built.get(key);
    if (known !== undefined) return known;
    const texts = this.#fittingTexts(platform, hasBadge);
    const message = texts === null ? null : new FcmMessage(texts);
    this.#built.set(key, message);
    return message;
  }

  #fittingTexts(platform: Platform, hasBadge: boolean): MessageTexts | null {
    const texts = this.#textsOf(this.#notification, platform, hasBadge);
    if (texts !== null) return texts;
    const bare = withoutExtras(this.#notification);
    return bare === null ? null : this.#textsOf(bare, platform, hasBadge);
  }

  #textsOf(notification: Notification, platform: Platform, hasBadge: boolean): MessageTexts | null {
    switch (platform) {
      case 'android':
      case 'harmonyos':
        return androidMessage(notification, this.#style, hasBadge, this.builtAtMs);
      case 'ios':
        return appleMessage(notification, this.#style, hasBadge);
      case 'web':
        return webMessage(notification, this.builtAtMs);
      default:
        return platform satisfies never;
    }
  }
}
