import { badRequest, type FcmFailure, type FieldViolation } from './fcm-errors';
import { sendMessageRequest } from './fcm-schema';
import { isObject, type JsonObject } from '../../shared/json-object';
import { checkField, field } from './proto-json';

/** A `messages:send` body that FCM would take, but for what it knows of the device. */
export interface CheckedMessage {
  readonly ok: true;
  readonly message: JsonObject;
  /** The device token, FID, topic or condition. */
  readonly target: string;
  readonly targetKind: 'token' | 'fid' | 'topic' | 'condition';
  readonly validateOnly: boolean;
}

const targetKinds = ['token', 'fid', 'topic', 'condition'] as const;
const maxTtlSeconds = 2_419_200;
const maxBytes = 4096;
const maxTopicBytes = 2048;
const maxTokenLength = 4096;

/**
 * @see https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 * @see https://firebase.google.com/docs/cloud-messaging/concept-options
 */
export function checkMessage(body: Buffer): CheckedMessage | FcmFailure {
  let request: unknown;
  try {
    request = JSON.parse(body.toString('utf8'));
  } catch {
    return reader([{ description: 'Invalid JSON payload received. Unexpected token.' }]);
  }
  if (!isObject(request))
    return reader([
      { description: 'Invalid JSON payload received. Unknown name "": Root element must be a message.' },
    ]);
  const violations: FieldViolation[] = [];
  checkField(request, sendMessageRequest, '', violations);
  if (violations.length > 0) return reader(violations);
  const { message } = request;
  if (!isObject(message)) return argument('message', 'Message is not set.');
  const given = targetKinds.filter((kind) => message[kind] !== undefined && message[kind] !== null);
  const [targetKind] = given;
  const target = targetKind === undefined ? '' : (message[targetKind] as string);
  if (given.length > 1) {
    const description = `Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '${given[1]}'`;
    return reader([{ field: 'message', description }]);
  }
  if (targetKind === undefined || target === '')
    return argument('message', 'Recipient of the message is not set.');
  const wrong = checkMeaning(message, targetKind, target);
  return (
    wrong ?? { ok: true, message, target, targetKind, validateOnly: field(request, 'validateOnly') === true }
  );
}

function checkMeaning(
  message: JsonObject,
  kind: CheckedMessage['targetKind'],
  target: string,
): FcmFailure | null {
  const android = objectField(message, 'android');
  for (const [path, data] of [
    ['message.data', objectField(message, 'data')],
    ['message.android.data', objectField(android, 'data')],
  ] as const) {
    const reserved = Object.keys(data).find(isReserved);
    if (reserved !== undefined) return argument(path, `Invalid data payload key: ${reserved}`);
  }
  const ttl = field(android, 'ttl');
  if (typeof ttl === 'string' && !isTtl(ttl)) {
    return argument('message.android.ttl', `Invalid TTL: ${ttl}. It must be from 0s to ${maxTtlSeconds}s.`);
  }
  const color = field(objectField(android, 'notification'), 'color');
  if (typeof color === 'string' && !/^#[\da-f]{6}$/i.test(color)) {
    return argument('message.android.notification.color', 'Invalid color. It must be #RRGGBB.');
  }
  if (kind === 'topic' && !/^[\w\-.~%]+$/.test(target))
    return argument('message.topic', 'Malformed topic name');
  if (kind === 'token' && (target.length > maxTokenLength || /[^\x21-\x7e]/.test(target))) {
    return { ...badRequestToken() };
  }
  return checkApns(objectField(message, 'apns')) ?? checkSize(message, android, kind);
}

/** The registration token is no token at all: an FcmError without field violations tells it from a wrong payload. */
function badRequestToken(): FcmFailure {
  return {
    ok: false,
    httpStatus: 400,
    status: 'INVALID_ARGUMENT',
    message: 'The registration token is not a valid FCM registration token',
    errorCode: 'INVALID_ARGUMENT',
  };
}

function checkApns(apns: JsonObject): FcmFailure | null {
  const payload = field(apns, 'payload');
  if (!isObject(payload)) return null;
  if (payload.aps !== undefined && !isObject(payload.aps))
    return argument('message.apns.payload.aps', 'aps is not an object.');
  if (Buffer.byteLength(JSON.stringify(payload)) > maxBytes)
    return argument('message.apns', 'APNS message is too big');
  const headers = objectField(apns, 'headers');
  const priority = headers['apns-priority'];
  return priority === undefined || priority === '10' || priority === '5' || priority === '1'
    ? null
    : argument('message.apns.headers[apns-priority]', 'Invalid apns-priority.');
}

function checkSize(
  message: JsonObject,
  android: JsonObject,
  kind: CheckedMessage['targetKind'],
): FcmFailure | null {
  const data = { ...objectField(message, 'data'), ...objectField(android, 'data') };
  const shown = { ...objectField(message, 'notification'), ...objectField(android, 'notification') };
  const limit = kind === 'topic' || kind === 'condition' ? maxTopicBytes : maxBytes;
  const bytes = sizeOf(data) + sizeOf(shown);
  return bytes > limit ? argument('message', 'Android message is too big') : null;
}

/** Keys and values, as the documentation counts them. */
function sizeOf(fields: JsonObject): number {
  let bytes = 0;
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
  }
  return bytes;
}

function isReserved(key: string): boolean {
  return (
    key === 'from' ||
    key === 'message_type' ||
    key.startsWith('google.') ||
    key.startsWith('gcm.notification.')
  );
}

function isTtl(ttl: string): boolean {
  const seconds = Number(ttl.slice(0, -1));
  return seconds >= 0 && seconds <= maxTtlSeconds;
}

function objectField(object: JsonObject, name: string): JsonObject {
  const value = field(object, name);
  return isObject(value) ? value : {};
}

/** Google's JSON reader refuses: no FcmError, since FCM never saw it. */
function reader(violations: readonly FieldViolation[]): FcmFailure {
  return badRequest(violations.map(({ description }) => description).join('\n'), violations);
}

function argument(path: string, description: string): FcmFailure {
  return badRequest(description, [{ field: path, description }], 'INVALID_ARGUMENT');
}
