import type { Notification } from '../../domain/notification';
import { BadgedMessage } from '../many-tokens/badged-message';
import { filledClick } from '../wire/click-template';
import { fitting, mostBadge, type Badge } from '../many-tokens/fitting';
import { replaceNumber } from '../many-tokens/replace-id';
import type { Unsendable } from '../many-tokens/vendor';
import { shownCall } from '../many-tokens/shown-call';
import { stringFields } from '../wire/string-fields';
import { toJson } from '../wire/text';
import type { HuaweiOptions } from './options';

/** Bytes of a request without its device tokens; 80300008 beyond them. */
const maximumBytes = 4096;

/** What all devices of a notification share. */
export class HuaweiMessage extends BadgedMessage<HuaweiOptions> {
  protected override request(badge: Badge, token: readonly string[]): object {
    const isShown = this.notification.kind === 'alert';
    return { message: { ...(isShown ? this.#shown(badge) : this.#data(badge)), token } };
  }

  /** The system shows it; a click opens the app with the data. */
  #shown(badge: Badge): object {
    const notification = this.notification;
    const { title, body } = this.texts;
    const { collapseId, imageUrl, level } = notification;
    const { app, clickIntent, badgeClass } = this.options;
    const channelId = channelOf(notification, this.options);
    const intent = filledClick(clickIntent, notification, app);
    const display = {
      title,
      body,
      click_action: intent === null ? { type: 3 } : { type: 1, intent },
      importance: level === 'quiet' ? 'LOW' : 'NORMAL',
      ...soundOf(notification),
      ...(channelId === null ? {} : { channel_id: channelId }),
      ...(collapseId === null ? {} : { tag: collapseId, notify_id: replaceNumber(collapseId) }),
      ...(imageUrl === null ? {} : { image: imageUrl }),
      ...(badgeClass === null || badge === null ? {} : { badge: { class: badgeClass, ...changeOf(badge) } }),
      foreground_show: false,
    };
    return {
      data: toJson(stringFields(notification)),
      android: { ...this.#delivery(), notification: display },
    };
  }

  /** For an app that runs. With the right to ring, it wakes one for a call. */
  #data(badge: Badge): object {
    const { kind } = this.notification;
    const { title, body } = this.texts;
    const texts = kind === 'call' ? { title: title ?? '', body: body ?? '' } : {};
    const number = kind === 'badge' && typeof badge === 'number' ? { badge: String(badge) } : {};
    return {
      data: toJson({ ...stringFields(this.notification), ...texts, ...number }),
      android: {
        ...this.#delivery(),
        ...(kind === 'call' ? { category: 'VOIP', urgency: 'HIGH' } : {}),
      },
    };
  }

  #delivery(): object {
    const { category, receiptId } = this.options;
    return {
      ...(category === null ? {} : { category }),
      ttl: this.ttl,
      ...(receiptId === null ? {} : { receipt_id: receiptId }),
    };
  }
}

/**
 * The message of HMS Core's REST API, as far as it fits:
 * developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197.
 */
export function huaweiMessage(
  notification: Notification,
  options: HuaweiOptions,
  nowMs: number,
): HuaweiMessage | Unsendable {
  const shown = options.callRight ? notification : shownCall(notification);
  return fitting(shown, maximumBytes, (each, texts) => new HuaweiMessage(each, texts, options, nowMs));
}

function changeOf(badge: Exclude<Badge, null>): object {
  return badge === 'add' ? { add_num: 1 } : { set_num: Math.min(badge, mostBadge) };
}

function channelOf({ androidChannelId, category }: Notification, options: HuaweiOptions): string | null {
  const ofCall = category === 'call' ? options.callChannelId : null;
  return androidChannelId ?? ofCall ?? options.channelId;
}

/** A file of the app's `res/raw`, without its ending. */
function soundOf({ sound }: Notification): object {
  if (sound === 'default') return { default_sound: true };
  if (sound === null) return { default_sound: false };
  return { default_sound: false, sound: `/raw/${sound.replace(/\.\w+$/, '')}` };
}
