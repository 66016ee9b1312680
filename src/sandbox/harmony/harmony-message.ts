import { isObject, parseObject, type JsonObject } from '../../shared/json-object';
import { badField, flag, https, oneOf, text, whole, type Fields } from '../makers/field-checks';

/** What Huawei refuses a request for. */
export interface HarmonyFault {
  readonly code: string;
  readonly detail: string;
}

export interface HarmonyRequest {
  readonly tokens: readonly string[];
  /** Without them. */
  readonly message: JsonObject;
}

const requestFields: Fields = { payload: isObject, target: isObject, pushOptions: isObject };
const optionFields: Fields = {
  ttl: whole(1, 1_296_000),
  receiptId: text,
  biTag: text,
  collapseKey: whole(-1, 100),
  testMessage: flag,
};
const notificationFields: Fields = {
  category: (value) => typeof value === 'string' && /^[A-Z_]+$/.test(value),
  title: text,
  body: text,
  clickAction: (value) =>
    isObject(value) &&
    oneOf(0, 1)(value['actionType']) &&
    (value['data'] === undefined || isObject(value['data'])),
  notifyId: whole(0, 2 ** 31 - 1),
  appMessageId: (value) => typeof value === 'string' && /^[A-Za-z0-9+/=_ -]{1,64}$/.test(value),
  image: https,
  sound: text,
  badge: isBadge,
  foregroundShow: flag,
};

function isBadge(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { addNum, setNum, ...others } = value;
  if (Object.keys(others).length > 0) return false;
  return (addNum === undefined || whole(1, 99)(addNum)) && (setNum === undefined || whole(0, 99)(setNum));
}

/** A request as Push Kit takes it, or what it refuses it for. `pushType`: of the header. */
export function checkRequest(body: Buffer, pushType: unknown): HarmonyRequest | HarmonyFault {
  const request = parseObject(body.toString('utf8'));
  if (request === null) return wrong('body');
  const { target, ...message } = request;
  const tokens = isObject(target) ? target['token'] : null;
  if (!isTokens(tokens)) return { code: '80300010', detail: 'target.token: 1 to 1000 texts' };
  if (Buffer.byteLength(JSON.stringify(message)) > 4096)
    return { code: '80300008', detail: 'over 4096 bytes without the device tokens' };
  const bad =
    badField(request, requestFields) ??
    badField((message['pushOptions'] ?? {}) as JsonObject, optionFields, 'pushOptions') ??
    badPayload(message['payload'], pushType);
  return bad === null ? { tokens, message } : wrong(bad);
}

function badPayload(payload: unknown, pushType: unknown): string | null {
  if (!isObject(payload)) return 'payload';
  switch (pushType) {
    case '0': {
      const { notification } = payload;
      if (!isObject(notification)) return 'payload.notification';
      const missing = ['title', 'body', 'clickAction'].find((name) => notification[name] === undefined);
      if (missing !== undefined) return `payload.notification.${missing}`;
      return badField(notification, notificationFields, 'payload.notification');
    }
    case '6':
    case '10':
      return text(payload['extraData']) ? null : 'payload.extraData';
    default:
      return 'push-type';
  }
}

/** Takes back what was shown under the id. */
export function checkRevoke(body: Buffer, pushType: unknown): HarmonyRequest | HarmonyFault {
  const request = parseObject(body.toString('utf8'));
  if (request === null) return wrong('body');
  const { token, ...message } = request;
  if (!isTokens(token)) return { code: '80300010', detail: 'token: 1 to 1000 texts' };
  if (pushType !== '0' && pushType !== '2') return wrong('push-type');
  const bad = badField(message, { notifyId: whole(0, 2 ** 31 - 1) });
  return bad === null && message['notifyId'] !== undefined ? { tokens: token, message } : wrong('notifyId');
}

function isTokens(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.length <= 1000 && value.every(text);
}

function wrong(path: string): HarmonyFault {
  return { code: '80100001', detail: path };
}
