import type { IncomingHttpHeaders } from 'node:http';
import type { ApnsSender } from './apns-authentication';
import { refusal, type ApnsRefusal } from './apns-reasons';
import type { Exchange } from '../exchange';
import { isObject } from '../../shared/json-object';

/** A request that is right, but for what is known of its device. */
export interface CheckedPush {
  readonly ok: true;
  readonly token: string;
  readonly topic: string;
  readonly pushType: string;
  readonly apnsId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Topic suffix by push type; null: the topic is another thing than a bundle id.
 * @see https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
const topicSuffixes: Readonly<Record<string, string | null>> = {
  alert: '',
  background: '',
  voip: '.voip',
  complication: '.complication',
  fileprovider: '.pushkit.fileprovider',
  location: '.location-query',
  liveactivity: '.push-type.liveactivity',
  pushtotalk: '.voip-ptt',
  widgets: '.push-type.widgets',
  controls: '.push-type.controls',
  mdm: null,
};

const suffixes = Object.values(topicSuffixes).filter(
  (suffix) => suffix !== null && suffix !== '',
) as string[];
const pathPrefix = '/3/device/';
const maxPayloadBytes = 4096;
const maxVoipPayloadBytes = 5120;
const maxCollapseIdBytes = 64;
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The device token of a path, in lower case; empty when there is none. */
export function tokenOfPath(path: string): string {
  return path.startsWith(pathPrefix) ? path.slice(pathPrefix.length).toLowerCase() : '';
}

/** Everything that APNs refuses whatever the device. `newApnsId` stands in for an absent apns-id. */
export function checkPush(
  exchange: Exchange,
  sender: ApnsSender,
  newApnsId: () => string,
): CheckedPush | ApnsRefusal {
  const { headers, path } = exchange;
  const token = tokenOfPath(path);
  const wrong = checkPath(exchange.method, path, token) ?? checkDuplicates(exchange) ?? checkHeaders(headers);
  if (wrong !== null) return wrong;
  const pushType = header(headers, 'apns-push-type') ?? '';
  const topic = header(headers, 'apns-topic') ?? sender.defaultTopic;
  if (topic === null || topic === '') return refusal('MissingTopic', 'no apns-topic');
  const wrongTopic = checkTopic(topic, pushType, sender);
  if (wrongTopic !== null) return wrongTopic;
  const payload = readPayload(exchange, pushType);
  if (!payload.ok) return payload;
  return {
    ok: true,
    token,
    topic,
    pushType,
    apnsId: header(headers, 'apns-id') ?? newApnsId(),
    payload: payload.payload,
  };
}

function checkPath(method: string, path: string, token: string): ApnsRefusal | null {
  if (!path.startsWith(pathPrefix)) return refusal('BadPath', 'not /3/device/TOKEN');
  if (method !== 'POST') return refusal('MethodNotAllowed', 'not POST');
  if (token === '') return refusal('MissingDeviceToken', 'no device token in the path');
  if (token.includes('/') || token.includes('?')) return refusal('BadPath', 'more than /3/device/TOKEN');
  if (!/^([\da-f]{2})+$/.test(token)) return refusal('BadDeviceToken', 'not bytes in hexadecimal');
  return null;
}

function checkDuplicates(exchange: Exchange): ApnsRefusal | null {
  return exchange.hasDuplicateHeaders ? refusal('DuplicateHeaders', 'a header stands twice') : null;
}

function checkHeaders(headers: IncomingHttpHeaders): ApnsRefusal | null {
  const pushType = header(headers, 'apns-push-type');
  if (pushType === undefined || !Object.hasOwn(topicSuffixes, pushType)) {
    return refusal('InvalidPushType', pushType === undefined ? 'no apns-push-type' : `"${pushType}"`);
  }
  const priority = header(headers, 'apns-priority') ?? '10';
  if (priority !== '10' && priority !== '5' && priority !== '1')
    return refusal('BadPriority', `"${priority}"`);
  if (pushType === 'background' && priority === '10')
    return refusal('BadPriority', 'background needs priority 5');
  const expiration = header(headers, 'apns-expiration');
  if (expiration !== undefined && !/^\d{1,10}$/.test(expiration)) {
    return refusal('BadExpirationDate', `"${expiration}" is not seconds since the epoch`);
  }
  const apnsId = header(headers, 'apns-id');
  if (apnsId !== undefined && !uuid.test(apnsId)) return refusal('BadMessageId', `"${apnsId}" is not a UUID`);
  const collapseId = header(headers, 'apns-collapse-id');
  // Node hands header bytes over as Latin-1: a character is a byte.
  if (collapseId !== undefined && collapseId.length > maxCollapseIdBytes) {
    return refusal('BadCollapseId', `${collapseId.length} bytes`);
  }
  return null;
}

function checkTopic(topic: string, pushType: string, sender: ApnsSender): ApnsRefusal | null {
  const suffix = topicSuffixes[pushType] ?? null;
  if (suffix === null) return null;
  if (!topic.endsWith(suffix)) return refusal('BadTopic', `${pushType} needs a topic that ends in ${suffix}`);
  const bundleId = topic.slice(0, topic.length - suffix.length);
  if (sender.topics.length === 0 || sender.topics.includes(bundleId)) {
    const other = suffix === '' ? suffixes.find((end) => topic.endsWith(end)) : undefined;
    return other === undefined ? null : refusal('BadTopic', `${pushType} to a ${other} topic`);
  }
  const other = suffixes.find((end) => bundleId.endsWith(end));
  return other === undefined
    ? refusal('TopicDisallowed', `"${bundleId}" is not among ${sender.topics.join(', ')}`)
    : refusal('BadTopic', `${pushType} to a ${other} topic`);
}

type Payload = { readonly ok: true; readonly payload: Readonly<Record<string, unknown>> } | ApnsRefusal;

function readPayload(exchange: Exchange, pushType: string): Payload {
  const max = pushType === 'voip' ? maxVoipPayloadBytes : maxPayloadBytes;
  if (exchange.bodyBytes === 0) return refusal('PayloadEmpty', 'no body');
  if (exchange.bodyBytes > max)
    return refusal('PayloadTooLarge', `${exchange.bodyBytes} bytes, ${max} allowed`);
  let payload: unknown;
  try {
    payload = JSON.parse(exchange.body.toString('utf8'));
  } catch {
    return refusal('PayloadEmpty', 'the body is not JSON');
  }
  if (!isObject(payload)) return refusal('PayloadEmpty', 'the body is not an object');
  if (pushType !== 'mdm' && !isObject(payload.aps)) return refusal('PayloadEmpty', 'no aps object');
  return { ok: true, payload };
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
