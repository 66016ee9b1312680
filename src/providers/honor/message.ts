import type { Delivery, Notification } from '../../domain/notification';
import { fitting, mostBadge, sharedBadge, type Badge } from '../many-tokens/fitting';
import { filledClick } from '../many-tokens/click-template';
import { replaceNumber } from '../many-tokens/replace-id';
import { shownCall } from '../many-tokens/shown-call';
import { secondsLeft } from '../many-tokens/time-left';
import type { Unsendable } from '../many-tokens/vendor';
import { stringFields } from '../wire/string-fields';
import { toJson, type Texts } from '../wire/text';
import type { HonorOptions } from './options';

/** Bytes of a request without its device tokens. */
const maximumBytes = 4096;
/** 15 days. */
const lifeSeconds = { min: 1, max: 1_296_000 };

/** What all devices of a notification share. */
export class HonorMessage {
  readonly #notification: Notification;
  readonly #texts: Texts;
  readonly #options: HonorOptions;
  readonly #builtAtMs: number;

  /** `builtAtMs`: a life in seconds is told from here. */
  constructor(notification: Notification, texts: Texts, options: HonorOptions, builtAtMs: number) {
    this.#notification = notification;
    this.#texts = texts;
    this.#options = options;
    this.#builtAtMs = builtAtMs;
  }

  /** Whether a call must have devices of one number only: an app's data cannot count up. */
  get needsOneBadge(): boolean {
    return this.#notification.kind === 'badge';
  }

  /** Bytes without device tokens, at most. */
  get bytes(): number {
    return Buffer.byteLength(toJson(this.#request(mostBadge, [])));
  }

  body(deliveries: readonly Delivery[]): Buffer {
    const tokens = deliveries.map(({ token }) => token);
    return Buffer.from(toJson(this.#request(sharedBadge(deliveries), tokens)));
  }

  #request(badge: Badge, token: readonly string[]): object {
    const { kind } = this.#notification;
    const isShown = kind === 'alert';
    const number = kind === 'badge' && typeof badge === 'number' ? { badge: String(badge) } : {};
    const ttl = `${secondsLeft(this.#notification.expiresAtMs, this.#builtAtMs, lifeSeconds)}s`;
    return {
      data: toJson({ ...stringFields(this.#notification), ...number }),
      android: { ttl, ...(isShown ? { notification: this.#shown(badge) } : {}) },
      token,
    };
  }

  #shown(badge: Badge): object {
    const { collapseId, imageUrl, level } = this.#notification;
    const { app, clickIntent, badgeClass, importance } = this.#options;
    const { title, body } = this.#texts;
    const intent = filledClick(clickIntent, this.#notification, app);
    return {
      title,
      body,
      clickAction: intent === null ? { type: 3 } : { type: 1, intent },
      importance: level === 'quiet' ? 'LOW' : importance,
      ...(collapseId === null ? {} : { tag: collapseId, notifyId: replaceNumber(collapseId) }),
      // Honor shows images in notifications of this importance only.
      ...(imageUrl === null || importance !== 'NORMAL' ? {} : { image: imageUrl }),
      ...(badgeClass === null || badge === null ? {} : { badge: { badgeClass, ...changeOf(badge) } }),
    };
  }
}

/** The message of Honor's server API, as far as it fits: developer.honor.com/cn/docs/11002/guides/downlink-message. */
export function honorMessage(
  given: Notification,
  options: HonorOptions,
  nowMs: number,
): HonorMessage | Unsendable {
  const notification = shownCall(given);
  return fitting(notification, maximumBytes, (each, texts) => new HonorMessage(each, texts, options, nowMs));
}

function changeOf(badge: Exclude<Badge, null>): object {
  return badge === 'add' ? { addNum: 1 } : { setNum: Math.min(badge, mostBadge) };
}
