import type { Platform } from '../../domain/device';
import type { Delivery, Notification } from '../../domain/notification';
import { Template } from '../wire/template';
import { androidMessage } from './android-message';
import { appleMessage } from './apple-message';
import type { MessageStyle, MessageTexts } from './message-texts';
import { webMessage } from './web-message';

/** What devices of one platform, all with or all without a badge, share of one notification. */
export class FcmMessage {
  private readonly template: Template;
  private readonly places: MessageTexts['places'];

  constructor({ texts, places }: MessageTexts) {
    this.places = places;
    this.template = new Template([...texts.slice(0, -1), `${texts.at(-1)},"token":"`, '"}}']);
  }

  body(delivery: Delivery, badge: number | null): Buffer {
    const values = this.places.map((place) => (place === 'id' ? delivery.id : String(badge)));
    return this.template.fill(...values, delivery.token);
  }
}

/** The messages of one notification, each built at its first delivery; null when it cannot be made to fit. */
export class FcmMessages {
  private readonly built = new Map<string, FcmMessage | null>();

  constructor(
    private readonly notification: Notification,
    private readonly style: MessageStyle,
    /** A life in seconds is told from here. */
    readonly builtAtMs: number,
  ) {}

  of(platform: Platform, hasBadge: boolean): FcmMessage | null {
    const key = hasBadge ? `${platform}/badge` : platform;
    const known = this.built.get(key);
    if (known !== undefined) return known;
    const texts = this.textsOf(platform, hasBadge);
    const message = texts === null ? null : new FcmMessage(texts);
    this.built.set(key, message);
    return message;
  }

  private textsOf(platform: Platform, hasBadge: boolean): MessageTexts | null {
    switch (platform) {
      case 'android':
        return androidMessage(this.notification, this.style, hasBadge, this.builtAtMs);
      case 'ios':
        return appleMessage(this.notification, this.style, hasBadge);
      case 'web':
        return webMessage(this.notification, this.builtAtMs);
      default:
        return platform satisfies never;
    }
  }
}
