import { isObject, parseObject, type JsonObject } from '../../shared/json-object';
import { badField, flag, https, oneOf, text, whole, type Fields } from '../makers/field-checks';

/** What Huawei refuses a request for. */
export interface HuaweiFault {
  readonly code: string;
  readonly detail: string;
}

export interface HuaweiRequest {
  readonly tokens: readonly string[];
  /** Without them. */
  readonly message: JsonObject;
}

const messageFields: Fields = {
  data: text,
  android: isObject,
  token: Array.isArray,
};
const androidFields: Fields = {
  collapse_key: whole(-1, 100),
  urgency: oneOf('HIGH', 'NORMAL'),
  category: (value) => typeof value === 'string' && /^[A-Z_]+$/.test(value),
  ttl: (value) =>
    typeof value === 'string' && /^\d+(\.\d+)?s$/.test(value) && Number(value.slice(0, -1)) <= 1_296_000,
  bi_tag: text,
  receipt_id: text,
  target_user_type: oneOf(0, 1),
  notification: isObject,
};
const notificationFields: Fields = {
  title: text,
  body: text,
  click_action: isClick,
  channel_id: text,
  importance: oneOf('LOW', 'NORMAL'),
  default_sound: flag,
  sound: (value) => typeof value === 'string' && value.startsWith('/raw/'),
  tag: text,
  notify_id: whole(-1, 2 ** 31 - 1),
  group: text,
  image: https,
  badge: isBadge,
  foreground_show: flag,
};

function isClick(value: unknown): boolean {
  if (!isObject(value)) return false;
  switch (value['type']) {
    case 1:
      return text(value['intent']) || text(value['action']);
    case 2:
      return https(value['url']);
    case 3:
      return true;
    default:
      return false;
  }
}

/** Without the launcher activity, the icon shows no number. */
function isBadge(value: unknown): boolean {
  if (!isObject(value) || !text(value['class'])) return false;
  const { add_num: added, set_num: set } = value;
  return (added === undefined || whole(1, 99)(added)) && (set === undefined || whole(0, 99)(set));
}

/** A request as Huawei takes it, or what it refuses it for. `hasCallRight`: calls may wake the app. */
export function checkRequest(body: Buffer, hasCallRight: boolean): HuaweiRequest | HuaweiFault {
  const message = parseObject(body.toString('utf8'))?.['message'];
  if (!isObject(message)) return wrong('message');
  const { token, ...rest } = message;
  if (!Array.isArray(token) || token.length === 0 || token.length > 1000 || !token.every(text))
    return { code: '80300010', detail: 'token: 1 to 1000 texts' };
  if (Buffer.byteLength(JSON.stringify({ message: rest })) > 4096)
    return { code: '80300008', detail: 'over 4096 bytes without the device tokens' };
  const { android = {} } = rest;
  const fault =
    faultIn(rest, messageFields, 'message') ??
    faultIn(android as JsonObject, androidFields, 'android') ??
    notificationFault(rest, android as JsonObject) ??
    rightFault(android as JsonObject, hasCallRight);
  return fault ?? { tokens: token as string[], message: rest };
}

function notificationFault(message: JsonObject, { notification }: JsonObject): HuaweiFault | null {
  if (notification === undefined)
    return message['data'] === undefined
      ? { code: '80100003', detail: 'neither notification nor data' }
      : null;
  if (!isObject(notification)) return wrong('notification');
  const missing = ['title', 'body', 'click_action'].find((name) => notification[name] === undefined);
  if (missing !== undefined) return { code: '80100003', detail: `notification.${missing} is missing` };
  return faultIn(notification, notificationFields, 'notification');
}

function rightFault({ urgency, category }: JsonObject, hasCallRight: boolean): HuaweiFault | null {
  const isCall = urgency === 'HIGH' || category === 'VOIP';
  return isCall && !hasCallRight ? { code: '80300011', detail: 'no right for urgent data messages' } : null;
}

function faultIn(object: JsonObject, fields: Fields, path: string): HuaweiFault | null {
  const bad = badField(object, fields, path);
  return bad === null ? null : wrong(bad);
}

function wrong(path: string): HuaweiFault {
  return path === 'android.ttl' ? { code: '80100004', detail: path } : { code: '80100001', detail: path };
}
