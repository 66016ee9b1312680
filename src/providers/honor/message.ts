import type { Notification } from '../../domain/notification';
import { fitting, mostBadge, type Badge } from '../many-tokens/fitting';
import { BadgedMessage } from '../many-tokens/badged-message';
import { filledClick } from '../wire/click-template';
import { replaceNumber } from '../many-tokens/replace-id';
import { shownCall } from '../many-tokens/shown-call';
import type { Unsendable } from '../many-tokens/vendor';
import { stringFields } from '../wire/string-fields';
import { toJson } from '../wire/text';
import type { HonorOptions } from './options';

/** Bytes of a request without its device tokens. */
const maximumBytes = 4096;

/** What all devices of a notification share. */
export class HonorMessage extends BadgedMessage<HonorOptions> {
  protected override request(badge: Badge, token: readonly string[]): object {
    const { kind } = this.notification;
    const isShown = kind === 'alert';
    const number = kind === 'badge' && typeof badge === 'number' ? { badge: String(badge) } : {};
    return {
      data: toJson({ ...stringFields(this.notification), ...number }),
      android: { ttl: this.ttl, ...(isShown ? { notification: this.#shown(badge) } : {}) },
      token,
    };
  }

  #shown(badge: Badge): object {
    const { collapseId, imageUrl, level } = this.notification;
    const { app, clickIntent, badgeClass, importance } = this.options;
    const { title, body } = this.texts;
    const intent = filledClick(clickIntent, this.notification, app);
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
