import { parseObject } from '../../shared/json-object';
import { characters, https, matching } from '../makers/field-checks';

/** What Xiaomi refuses a request for. */
export interface XiaomiFault {
  readonly code: number;
  readonly detail: string;
}

export interface XiaomiRequest {
  readonly tokens: readonly string[];
  /** The form without them. */
  readonly message: Readonly<Record<string, string>>;
}

/** Everything in a form is a text. */
type Check = (value: string) => boolean;

const whole =
  (min: number, max: number): Check =>
  (value) =>
    /^-?\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
const bytes =
  (max: number): Check =>
  (value) =>
    value !== '' && Buffer.byteLength(value) <= max;
const fields: Readonly<Record<string, Check>> = {
  restricted_package_name: matching(/^\w+(\.\w+)+$/),
  pass_through: matching(/^0$/),
  title: characters(49),
  description: characters(127),
  payload: bytes(4096),
  notify_type: matching(/^(-1|[1-7])$/),
  notify_id: whole(0, 2 ** 31 - 1),
  time_to_live: whole(1, 864_000_000),
  'extra.channel_id': bytes(128),
  'extra.notify_foreground': matching(/^[01]$/),
  'extra.notify_effect': matching(/^[123]$/),
  'extra.intent_uri': (value) => value.startsWith('intent:') && value.endsWith(';end') && bytes(1014)(value),
  'extra.jobkey': matching(/^[0-9A-Za-z-][\w-]{0,19}$/),
  'extra.callback': https,
  'extra.callback.type': whole(1, 4095),
  'extra.template_id': bytes(64),
  'extra.template_param': isTemplate,
};
const required = ['restricted_package_name', 'pass_through', 'title', 'description', 'payload', 'notify_id'];

/** Variables of 1 to 128 characters, without emoji and other symbols. */
function isTemplate(value: string): boolean {
  const variables = Object.values(parseObject(value) ?? {});
  const isVariable = (each: unknown) =>
    typeof each === 'string' &&
    characters(128)(each) &&
    !/[\p{So}\p{Extended_Pictographic}\p{Cn}]/u.test(each);
  return variables.length > 0 && variables.length <= 9 && variables.every(isVariable);
}

/** A request as Xiaomi takes it, or what it refuses it for: dev.mi.com/xiaomihyperos/documentation/detail?pId=1559, 1560, 2314. */
export function checkRequest(body: Buffer, packageName: string): XiaomiRequest | XiaomiFault {
  const form = new URLSearchParams(body.toString('utf8'));
  const { registration_id: ids = '', ...message } = Object.fromEntries(form);
  const tokens = ids.split(',');
  if (ids === '' || tokens.includes('')) return { code: 66007, detail: 'registration_id' };
  if (tokens.length > 1000) return { code: 200002, detail: 'over 1000 registration ids' };
  if (message['restricted_package_name'] !== packageName)
    return { code: 22022, detail: 'restricted_package_name is not of this app' };
  const missing = required.find((name) => message[name] === undefined);
  if (missing !== undefined) return { code: 10016, detail: `${missing} is missing` };
  const bad = Object.keys(message).find((name) => fields[name]?.(message[name] ?? '') !== true);
  if (bad === 'extra.template_param') return { code: 10041, detail: bad };
  if (bad !== undefined) return { code: 10017, detail: bad };
  return { tokens, message };
}
