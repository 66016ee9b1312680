import type { Delivery, Notification } from '../../domain/notification';
import { filledClick } from '../wire/click-template';
import { bothTexts } from '../many-tokens/fitting';
import { replaceNumber } from '../many-tokens/replace-id';
import { shownCall } from '../many-tokens/shown-call';
import { fieldsWithin } from '../many-tokens/texts';
import { secondsLeft } from '../many-tokens/time-left';
import type { Unsendable } from '../many-tokens/vendor';
import { stringFields } from '../wire/string-fields';
import { toJson } from '../wire/text';
import type { VivoOptions } from './options';
import { vivoTexts } from './texts';

/** Of `clientCustomMap`, and of `skipContent`. */
const mostBytes = 1024;
/** Of `clientCustomMap`. */
const mostFields = 10;
/** vivo keeps a message for a day. */
const lifeSeconds = { min: 60, max: 86_400 };
/** `notifyType`: sound and vibration, or neither. */
const loud = 4;
const silent = 1;
/** `classification`: a message between people, or one of the operator's, by day only. */
const system = 1;
const operation = 0;

/** What all devices of a notification share. */
export class VivoMessage {
  readonly #shared: object;
  readonly #options: VivoOptions;

  constructor(shared: object, options: VivoOptions) {
    this.#shared = shared;
    this.#options = options;
  }

  /** For one device. */
  single(delivery: Delivery): Buffer {
    return Buffer.from(
      toJson({ ...this.#shared, regId: delivery.token, requestId: delivery.id, ...this.#mode() }),
    );
  }

  /** To be kept by vivo, which answers by a task id. */
  kept(): Buffer {
    return Buffer.from(toJson(this.#shared));
  }

  /** What vivo keeps, for several devices. `requestId`: a repeat for the same devices has the same. */
  list(taskId: string, deliveries: readonly Delivery[]): Buffer {
    const { appId } = this.#options;
    const regIds = deliveries.map(({ token }) => token);
    return Buffer.from(toJson({ appId, regIds, taskId, requestId: deliveries[0]?.id, ...this.#mode() }));
  }

  #mode(): { readonly pushMode: 0 | 1 } {
    return { pushMode: this.#options.testMode ? 1 : 0 };
  }
}

/** The message of vivo's server API: dev.vivo.com.cn/documentCenter/doc/362. */
export function vivoMessage(
  given: Notification,
  options: VivoOptions,
  nowMs: number,
): VivoMessage | Unsendable {
  const notification = shownCall(given);
  if (notification.kind !== 'alert') return { unsendable: 'shows_nothing' };
  const { collapseId, sound, expiresAtMs } = notification;
  const texts = bothTexts(notification);
  if (texts.body === null) return { unsendable: 'no_text' };
  const fields = fieldsOf(notification);
  if (fields === null) return { unsendable: 'payload_too_large' };
  const { category, skipContent, app } = options;
  const opened = filledClick(skipContent, notification, app);
  return new VivoMessage(
    {
      appId: options.appId,
      ...vivoTexts(texts),
      notifyType: sound === null ? silent : loud,
      timeToLive: secondsLeft(expiresAtMs, nowMs, lifeSeconds),
      ...(opened === null || Buffer.byteLength(opened) > mostBytes
        ? { skipType: 1 }
        : { skipType: 4, skipContent: opened }),
      networkType: -1,
      ...(category === null ? { classification: operation } : { classification: system, category }),
      clientCustomMap: fields,
      ...(collapseId === null ? {} : { notifyId: replaceNumber(collapseId) }),
      foregroundShow: false,
    },
    options,
  );
}

/** What an app needs to find the conversation goes before what the message has no room for. */
function fieldsOf(notification: Notification): Record<string, string> | null {
  const fields = fieldsWithin(notification, mostBytes);
  const all = Object.entries(fields ?? stringFields(notification));
  const place = all.filter(([name]) => ofPlace.includes(name));
  const others = all.filter(([name]) => !ofPlace.includes(name));
  if (fields !== null) return Object.fromEntries([...place, ...others].slice(0, mostFields));
  if (Object.keys(notification.data).length > 0) return null;
  const fewest = Object.fromEntries(place);
  return Buffer.byteLength(toJson(fewest)) <= mostBytes ? fewest : null;
}

const ofPlace = ['message_id', 'channel_id', 'channel_type', 'conversation_hash', 'kind'];
