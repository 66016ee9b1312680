import type { Delivery, Notification } from '../../domain/notification';
import { cutCharacters, lengthOf } from '../many-tokens/characters';
import { bothTexts } from '../many-tokens/fitting';
import { filledClick } from '../wire/click-template';
import { messageKey } from '../many-tokens/message-key';
import { replaceNumber } from '../many-tokens/replace-id';
import { shownCall } from '../many-tokens/shown-call';
import { templateValues, type TemplateVariables } from '../many-tokens/template-values';
import { fieldsWithin, shownText } from '../many-tokens/texts';
import { secondsLeft } from '../many-tokens/time-left';
import type { Unsendable } from '../many-tokens/vendor';
import { toJson, type Texts } from '../wire/text';
import type { OppoClick, OppoOptions } from './options';

/** Characters; an emoji is one. A longer content needs a style of its own. */
const mostCharacters = { title: 50, content: 50, longContent: 128 };
/** Of `action_parameters`. */
const mostParameterBytes = 4000;
/** Characters of what a click opens; of a URL or an intent. */
const mostOpened = { activity: 500, url: 2000 };
/** OPPO keeps a message for 10 days. */
const lifeSeconds = { min: 60, max: 864_000 };
/** In the drawer, without sound. */
const quietLevel = 1;

/** What all devices of a notification share. A call has one message per device, and only the device token differs in it. */
export class OppoMessage {
  readonly #before: string;
  readonly #after: string;

  constructor(notification: object) {
    this.#before = encodeURIComponent('{"target_type":2,"target_value":');
    this.#after = encodeURIComponent(
      `,"verify_registration_id":true,"notification":${toJson(notification)}}`,
    );
  }

  body(deliveries: readonly Delivery[]): Buffer {
    const messages = deliveries.map(
      ({ token }) => `${this.#before}${encodeURIComponent(JSON.stringify(token))}${this.#after}`,
    );
    return Buffer.from(`messages=%5B${messages.join('%2C')}%5D`);
  }
}

/** The notification of OPPO's server API: open.oppomobile.com/new/developmentDoc/info?id=11236. */
export function oppoMessage(
  given: Notification,
  options: OppoOptions,
  nowMs: number,
): OppoMessage | Unsendable {
  const notification = shownCall(given);
  if (notification.kind !== 'alert') return { unsendable: 'shows_nothing' };
  const { conversation, collapseId } = notification;
  const texts = bothTexts(notification);
  if (texts.body === null) return { unsendable: 'no_text' };
  const parameters = fieldsWithin(notification, mostParameterBytes);
  if (parameters === null) return { unsendable: 'payload_too_large' };
  const isLong = lengthOf(texts.body) > mostCharacters.content;
  return new OppoMessage({
    style: isLong ? 2 : 1,
    title: shownText(texts.title, mostCharacters.title),
    content: shownText(texts.body, isLong ? mostCharacters.longContent : mostCharacters.content),
    ...clickOf(notification, options),
    action_parameters: toJson(parameters),
    ...classOf(notification, options),
    ...templateOf(notification, texts, options),
    off_line: true,
    off_line_ttl: secondsLeft(notification.expiresAtMs, nowMs, lifeSeconds),
    ...(collapseId === null ? {} : { notify_id: replaceNumber(collapseId) }),
    // It reaches a device once: a repeat after a cut connection makes no second sound.
    ...(conversation?.kind === 'message'
      ? { app_message_id: messageKey(options.app, conversation.messageId) }
      : {}),
    ...(options.callbackUrl === null ? {} : { call_back_url: options.callbackUrl }),
  });
}

const clicks: Readonly<
  Record<OppoClick['type'], { readonly type: number; readonly field: 'activity' | 'url' }>
> = {
  action: { type: 1, field: 'activity' },
  url: { type: 2, field: 'url' },
  activity: { type: 4, field: 'activity' },
  intent: { type: 5, field: 'url' },
};

/** The launcher, where there is no place to open or its name is too long. */
function clickOf(notification: Notification, { click, app }: OppoOptions): object {
  const value = click === null ? null : filledClick(click.value, notification, app);
  if (click === null || value === null) return { click_action_type: 0 };
  const { type, field } = clicks[click.type];
  return value.length > mostOpened[field]
    ? { click_action_type: 0 }
    : { click_action_type: type, [`click_action_${field}`]: value };
}

/** A category or a channel, never both. */
function classOf({ sound }: Notification, { category, notifyLevel, channelId }: OppoOptions): object {
  if (category !== null) return { category, notify_level: sound === null ? quietLevel : notifyLevel };
  return channelId === null ? {} : { channel_id: channelId };
}

function templateOf(notification: Notification, texts: Texts, { template }: OppoOptions): object {
  if (template === null) return {};
  const valuesOf = (variables: TemplateVariables, limit: number) =>
    toJson(templateValues(variables, notification, texts, (text) => cutCharacters(text, limit).trim()));
  return {
    private_msg_template_id: template.id,
    private_title_parameters: valuesOf(template.title, mostCharacters.title),
    private_content_parameters: valuesOf(template.body, mostCharacters.longContent),
  };
}
