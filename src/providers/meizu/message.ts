import { createHash } from 'node:crypto';
import type { Delivery, Notification } from '../../domain/notification';
import { bothTexts } from '../many-tokens/fitting';
import { shownCall } from '../many-tokens/shown-call';
import { fieldsWithin, shownText } from '../many-tokens/texts';
import { secondsLeft } from '../many-tokens/time-left';
import type { Unsendable } from '../many-tokens/vendor';
import { toJson } from '../wire/text';
import type { MeizuOptions } from './options';

/** Characters. */
const mostCharacters = { title: 32, content: 100 };
const lifeSeconds = { min: 3600, max: 72 * 3600 };
/** Of the parameters, which Meizu does not limit; a notification is for a phone. */
const mostParameterBytes = 4096;
/** `noticeMsgType`: for messages between people, of which there is no quota. */
const isPrivate = 1;

/** What all devices of a notification share. */
export class MeizuMessage {
  readonly #json: string;
  readonly #options: MeizuOptions;

  constructor(message: object, options: MeizuOptions) {
    this.#json = toJson(message);
    this.#options = options;
  }

  /** Signed: the MD5 of all parameters by name, as they are before they are encoded, and the app's secret. */
  body(deliveries: readonly Delivery[]): Buffer {
    const { appId, appSecret } = this.#options;
    const pushIds = deliveries.map(({ token }) => token).join(',');
    const signed = `appId=${appId}messageJson=${this.#json}pushIds=${pushIds}${appSecret}`;
    const sign = createHash('md5').update(signed).digest('hex');
    return Buffer.from(new URLSearchParams({ appId, pushIds, messageJson: this.#json, sign }).toString());
  }
}

/** The message of Meizu's server API: github.com/MEIZUPUSH/PushAPI. */
export function meizuMessage(
  given: Notification,
  options: MeizuOptions,
  nowMs: number,
): MeizuMessage | Unsendable {
  const notification = shownCall(given);
  if (notification.kind !== 'alert') return { unsendable: 'shows_nothing' };
  const { collapseId, sound, expiresAtMs } = notification;
  const { title, body } = bothTexts(notification);
  if (body === null) return { unsendable: 'no_text' };
  const parameters = fieldsWithin(notification, mostParameterBytes);
  if (parameters === null) return { unsendable: 'payload_too_large' };
  const { activity } = options;
  const message = {
    noticeBarInfo: {
      noticeMsgType: isPrivate,
      title: shownText(title, mostCharacters.title),
      content: shownText(body, mostCharacters.content),
    },
    noticeExpandInfo: { noticeExpandType: 0 },
    clickTypeInfo: {
      ...(activity === null ? { clickType: 0 } : { clickType: 1, activity }),
      parameters,
    },
    pushTimeInfo: {
      offLine: true,
      validTime: Math.ceil(secondsLeft(expiresAtMs, nowMs, lifeSeconds) / 3600),
    },
    advanceInfo: {
      notificationType:
        sound === null ? { vibrate: 0, lights: 1, sound: 0 } : { vibrate: 1, lights: 1, sound: 1 },
      ...(collapseId === null ? {} : { notifyKey: notifyKey(collapseId) }),
    },
  };
  return new MeizuMessage(message, options);
}

/** A later notification of the same key replaces this one; 8 characters at most. */
function notifyKey(collapseId: string): string {
  return createHash('sha256').update(collapseId).digest('base64url').slice(0, 8);
}
