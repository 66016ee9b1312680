import { createHash } from 'node:crypto';
import type { Delivery, Notification } from '../../domain/notification';
import { fitting, mostBadge, sharedBadge, type Badge } from '../many-tokens/fitting';
import { replaceNumber } from '../many-tokens/replace-id';
import { callKey, shownCall } from '../many-tokens/shown-call';
import { secondsLeft } from '../many-tokens/time-left';
import type { Unsendable } from '../many-tokens/vendor';
import { stringFields } from '../wire/string-fields';
import { toJson, type Texts } from '../wire/text';
import type { HarmonyOptions } from './options';

/** Bytes of a request without its device tokens; 80300008 beyond them. */
const maximumBytes = 4096;
/** 15 days. */
const lifeSeconds = { min: 1, max: 1_296_000 };
const callSeconds = { min: 1, max: 60 };

/** alert: the system shows it. call: the app rings. revoke: takes back what was shown or is on its way. */
type Form = 'alert' | 'call' | 'revoke';

/** What all devices of a notification share. */
export class HarmonyMessage {
  readonly form: Form;
  readonly #notification: Notification;
  readonly #texts: Texts;
  readonly #options: HarmonyOptions;
  readonly #builtAtMs: number;

  /** `builtAtMs`: a life in seconds is told from here. */
  constructor(notification: Notification, texts: Texts, options: HarmonyOptions, builtAtMs: number) {
    this.#notification = notification;
    this.#texts = texts;
    this.#options = options;
    this.#builtAtMs = builtAtMs;
    this.form = formOf(notification, options);
  }

  /** Bytes without device tokens, at most. */
  get bytes(): number {
    return Buffer.byteLength(toJson(this.#request(mostBadge, [])));
  }

  /** Of the header. */
  get pushType(): string {
    return this.form === 'call' ? '10' : '0';
  }

  body(deliveries: readonly Delivery[]): Buffer {
    const tokens = deliveries.map(({ token }) => token);
    return Buffer.from(toJson(this.#request(sharedBadge(deliveries), tokens)));
  }

  #request(badge: Badge, token: readonly string[]): object {
    const { collapseId } = this.#notification;
    if (this.form === 'revoke') return { notifyId: replaceNumber(collapseId ?? ''), token };
    return {
      payload: this.form === 'call' ? this.#call() : { notification: this.#alert(badge) },
      target: { token },
      pushOptions: this.#delivery(),
    };
  }

  #alert(badge: Badge): object {
    const notification = this.#notification;
    const { title, body } = this.#texts;
    const { collapseId, imageUrl, sound } = notification;
    const { app, category } = this.#options;
    const appMessageId = messageKey(app, notification);
    return {
      ...(category === null ? {} : { category }),
      title,
      body,
      clickAction: { actionType: 0, data: stringFields(notification) },
      ...(collapseId === null ? {} : { notifyId: replaceNumber(collapseId) }),
      ...(appMessageId === null ? {} : { appMessageId }),
      ...(imageUrl === null ? {} : { image: imageUrl }),
      ...(sound === null || sound === 'default' ? {} : { sound }),
      ...(badge === null
        ? {}
        : { badge: badge === 'add' ? { addNum: 1 } : { setNum: Math.min(badge, mostBadge) } }),
      foregroundShow: false,
    };
  }

  /** The app reads what it needs from one text. */
  #call(): object {
    const { title, body } = this.#texts;
    return {
      extraData: toJson({ ...stringFields(this.#notification), title: title ?? '', body: body ?? '' }),
    };
  }

  #delivery(): object {
    const { receiptId } = this.#options;
    const life = this.form === 'call' ? callSeconds : lifeSeconds;
    return {
      ttl: secondsLeft(this.#notification.expiresAtMs, this.#builtAtMs, life),
      ...(receiptId === null ? {} : { receiptId }),
    };
  }
}

/**
 * The request of Push Kit's scenario API:
 * developer.huawei.com/consumer/en/doc/harmonyos-references/push-scenariozed-api-request-param. Background pushes need a right of
 * their own and two an hour are the most, so there are none.
 */
export function harmonyMessage(
  notification: Notification,
  options: HarmonyOptions,
  nowMs: number,
): HarmonyMessage | Unsendable {
  if (notification.kind === 'background' || notification.kind === 'badge')
    return { unsendable: 'no_silent_pushes' };
  const shown = rings(notification, options) ? notification : withCallKey(shownCall(notification));
  return fitting(shown, maximumBytes, (each, texts) => new HarmonyMessage(each, texts, options, nowMs));
}

function formOf(notification: Notification, options: HarmonyOptions): Form {
  if (rings(notification, options)) return 'call';
  const isRecall = notification.conversation?.kind === 'recall' && notification.collapseId !== null;
  return isRecall && options.clientId !== null ? 'revoke' : 'alert';
}

function rings({ call }: Notification, { callRight }: HarmonyOptions): boolean {
  return callRight && call?.action === 'invite';
}

/** What ends a call takes the place of what was shown of it. */
function withCallKey(notification: Notification): Notification {
  const { call, collapseId } = notification;
  return call === null || collapseId !== null ? notification : { ...notification, collapseId: callKey(call) };
}

/**
 * Of equal ids within 24 hours the phone shows the first, so that an attempt that is repeated rings once. Only for a message
 * itself: what replaces it later must show.
 */
function messageKey(app: string, { conversation }: Notification): string | null {
  if (conversation?.kind !== 'message') return null;
  return createHash('sha256').update(`${app}\n${conversation.messageId}`).digest('base64url').slice(0, 20);
}
