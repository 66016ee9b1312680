import type { Delivery, Notification } from '../../domain/notification';
import { cutCharacters, withoutSymbols } from '../many-tokens/characters';
import { bothTexts } from '../many-tokens/fitting';
import { filledClick } from '../wire/click-template';
import { messageKey } from '../many-tokens/message-key';
import { replaceNumber } from '../many-tokens/replace-id';
import { shownCall } from '../many-tokens/shown-call';
import { templateValues } from '../many-tokens/template-values';
import { fieldsWithin, shownText } from '../many-tokens/texts';
import { secondsLeft } from '../many-tokens/time-left';
import type { Unsendable } from '../many-tokens/vendor';
import { stringFields } from '../wire/string-fields';
import { toJson, type Texts } from '../wire/text';
import type { XiaomiOptions, XiaomiTemplate } from './options';

/** Characters; the page says "less than" 50 and 128. */
const mostCharacters = { title: 49, description: 127, variable: 128 };
/** Of `payload` and of one `extra` with its name. */
const mostBytes = { payload: 4096, extra: 1024 };
/** Xiaomi keeps a private message for 10 days. */
const lifeSeconds = { min: 1, max: 864_000 };
/** `notify_type`: sound, vibration and light; or light alone. */
const loud = '-1';
const silent = '4';
/** `extra.callback.type`: 16 for a device token that is invalid, 32 for pushes switched off. */
const reportedStates = '48';

/** What all devices of a notification share: a form without its device tokens. */
export class XiaomiMessage {
  readonly #form: string;

  constructor(fields: Readonly<Record<string, string>>) {
    this.#form = new URLSearchParams(fields).toString();
  }

  body(deliveries: readonly Delivery[]): Buffer {
    const tokens = deliveries.map(({ token }) => token).join(',');
    return Buffer.from(`registration_id=${encodeURIComponent(tokens)}&${this.#form}`);
  }
}

/** The message of Xiaomi's server API: dev.mi.com/xiaomihyperos/documentation/detail?pId=1559. */
export function xiaomiMessage(
  given: Notification,
  options: XiaomiOptions,
  nowMs: number,
): XiaomiMessage | Unsendable {
  const notification = shownCall(given);
  if (notification.kind !== 'alert') return { unsendable: 'shows_nothing' };
  const { conversation, call, sound } = notification;
  const texts = bothTexts(notification);
  if (texts.body === null) return { unsendable: 'no_text' };
  const payload = fieldsWithin(notification, mostBytes.payload);
  if (payload === null) return { unsendable: 'payload_too_large' };
  const channelId = (call === null ? null : options.callChannelId) ?? options.channelId;
  return new XiaomiMessage({
    restricted_package_name: options.packageName,
    pass_through: '0',
    title: shownText(texts.title, mostCharacters.title),
    description: shownText(texts.body, mostCharacters.description),
    payload: toJson(payload),
    notify_type: sound === null ? silent : loud,
    notify_id: String(replaceNumber(notification.collapseId ?? identityOf(notification))),
    time_to_live: String(secondsLeft(notification.expiresAtMs, nowMs, lifeSeconds) * 1000),
    'extra.notify_foreground': '0',
    ...clickOf(notification, options),
    ...(channelId === null ? {} : { 'extra.channel_id': channelId }),
    // A phone shows the first of a key and drops the others: a repeat after a cut connection makes no second sound.
    ...(conversation?.kind === 'message'
      ? { 'extra.jobkey': messageKey(options.app, conversation.messageId) }
      : {}),
    ...templateOf(notification, texts, options),
    ...(options.callbackUrl === null
      ? {}
      : { 'extra.callback': options.callbackUrl, 'extra.callback.type': reportedStates }),
  });
}

/** 2: what the intent says. The launcher gets the fields as extras, as far as Xiaomi takes them. */
function clickOf(notification: Notification, options: XiaomiOptions): Record<string, string> {
  const filled = filledClick(options.intentUri, notification, options.app);
  const intent = filled ?? launcherIntent(stringFields(notification), options.packageName);
  if (Buffer.byteLength(intent) > mostBytes.extra - 'intent_uri'.length)
    return { 'extra.notify_effect': '1' };
  return { 'extra.notify_effect': '2', 'extra.intent_uri': intent };
}

function launcherIntent(fields: Readonly<Record<string, string>>, packageName: string): string {
  const begin = 'intent:#Intent;action=android.intent.action.MAIN;category=android.intent.category.LAUNCHER';
  const end = `;launchFlags=0x10000000;package=${packageName};end`;
  let extras = '';
  for (const [name, value] of Object.entries(fields)) {
    const extra = `;S.${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`;
    if (begin.length + extras.length + extra.length + end.length > mostBytes.extra - 'intent_uri'.length)
      break;
    extras += extra;
  }
  return `${begin}${extras}${end}`;
}

/** Xiaomi takes no emoji and no other symbols in a variable: pId=2314. */
function templateOf(
  notification: Notification,
  texts: Texts,
  { templates }: XiaomiOptions,
): Record<string, string> {
  const template = chosenTemplate(notification, templates);
  if (template === null) return {};
  const fit = (text: string) => cutCharacters(withoutSymbols(text.slice(0, 2000)), mostCharacters.variable);
  return {
    'extra.template_id': template.id,
    'extra.template_param': toJson(templateValues(template.variables, notification, texts, fit)),
  };
}

function chosenTemplate(
  { category, parts, call }: Notification,
  templates: XiaomiOptions['templates'],
): XiaomiTemplate | null {
  const usual = (parts?.group ?? null) === null ? templates.direct : (templates.group ?? templates.direct);
  if (call !== null || category === 'call') return templates.call ?? usual;
  return category === 'mention' ? (templates.mention ?? usual) : usual;
}

/** Without a number of its own, a notification would replace any other. */
function identityOf({ title, body, data, expiresAtMs }: Notification): string {
  return JSON.stringify([title, body, data, expiresAtMs]);
}
