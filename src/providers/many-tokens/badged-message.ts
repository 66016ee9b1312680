import type { Delivery, Notification } from '../../domain/notification';
import { toJson, type Texts } from '../wire/text';
import { mostBadge, sharedBadge, type Badge } from './fitting';
import { secondsLeft } from './time-left';

/** 15 days. */
const lifeSeconds = { min: 1, max: 1_296_000 };

/** What all devices of a notification share, at a maker whose request has one number and the device tokens: Huawei, Honor. */
export abstract class BadgedMessage<Options> {
  protected readonly notification: Notification;
  protected readonly texts: Texts;
  protected readonly options: Options;
  readonly #builtAtMs: number;

  /** `builtAtMs`: a life in seconds is told from here. */
  constructor(notification: Notification, texts: Texts, options: Options, builtAtMs: number) {
    this.notification = notification;
    this.texts = texts;
    this.options = options;
    this.#builtAtMs = builtAtMs;
  }

  /** Whether a call must have devices of one number only: an app's data cannot count up. */
  get needsOneBadge(): boolean {
    return this.notification.kind === 'badge';
  }

  /** Bytes without device tokens, at most. */
  get bytes(): number {
    return Buffer.byteLength(toJson(this.request(mostBadge, [])));
  }

  body(deliveries: readonly Delivery[]): Buffer {
    const tokens = deliveries.map(({ token }) => token);
    return Buffer.from(toJson(this.request(sharedBadge(deliveries), tokens)));
  }

  /** The whole body. */
  protected abstract request(badge: Badge, token: readonly string[]): object;

  protected get ttl(): string {
    return `${secondsLeft(this.notification.expiresAtMs, this.#builtAtMs, lifeSeconds)}s`;
  }
}
