import { isUtf8 } from 'node:buffer';
import { peerOf, type Message } from '../domain/message';
import type { Rests } from '../domain/rests';
import { inflateUids } from './compressed-uids';
import type { CompressionLoss } from './compressed-uids';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { decodeMessage, type DecodedMessage } from './decode-message';
import { isObject } from './field-reader';
import { parseJsonBody, type JsonBody } from './json-body';
import { rawTopLevelInteger } from './message-id';
import { collectFew, collectRecipients } from './recipients';
import type { Recipients, UidList } from './recipients';
import { isAddressable } from './uid';
import { UidArray } from './uid-array';

export interface OfflineEvent {
  readonly message: Message;
  readonly recipients: Recipients;
  /** Recipients that the body named and nobody can read any more; how many is unknown. */
  readonly loss: CompressionLoss | null;
  /** Fields that were not what they must be and read as their defaults; null: none. */
  readonly odd: readonly string[] | null;
}

export interface OfflineLimits {
  readonly groupSize: number;
  readonly maxInflatedBytes: number;
  readonly rests: Pick<Rests, 'rest'>;
}

interface NamedUids {
  readonly lists: readonly UidList[];
  readonly loss: CompressionLoss | null;
}

/** From here on a body is worth a look before it is parsed at once. */
const largeBytes = 256 * 1024;

/** `array` null: it stands in `root`. */
async function uidsOf(
  root: Readonly<Record<string, unknown>>,
  array: UidArray | null,
  limits: OfflineLimits,
): Promise<Decoded<NamedUids>> {
  const plain = root['to_uids'] ?? [];
  if (!Array.isArray(plain)) return broken('type', '$.to_uids', 'an array of strings');
  const lists: UidList[] = [{ path: '$.to_uids', slices: array?.slices() ?? [plain as readonly unknown[]] }];
  const packed = root['compress_to_uids'] ?? '';
  const method = root['compress'] ?? '';
  if (typeof packed !== 'string' || typeof method !== 'string')
    return decoded({ lists, loss: 'compression_unknown' });
  if (packed === '')
    return decoded({
      lists,
      loss: method !== '' && (array?.isEmpty ?? plain.length === 0) ? 'gzip_truncated' : null,
    });
  if (method !== 'gzip' && method !== '') return decoded({ lists, loss: 'compression_unknown' });
  const { uids, loss } = await inflateUids(packed, limits.maxInflatedBytes);
  lists.push({ path: '$.compress_to_uids', slices: [uids] });
  return decoded({ lists, loss });
}

/**
 * `msg.offline` of both dialects: `to_uids` and `compress_to_uids` may be there, both, or neither. At once where it is for
 * few, as most are.
 */
export function decodeOffline(
  body: Buffer,
  receivedAtMs: number,
  limits: OfflineLimits,
): Decoded<OfflineEvent> | Promise<Decoded<OfflineEvent>> {
  const array = body.length > largeBytes && isUtf8(body) ? UidArray.find(body) : null;
  return array === null
    ? decodeWhole(body, receivedAtMs, limits)
    : decodeLarge(body, array, receivedAtMs, limits);
}

function decodeWhole(
  body: Buffer,
  receivedAtMs: number,
  limits: OfflineLimits,
): Decoded<OfflineEvent> | Promise<Decoded<OfflineEvent>> {
  const json = parseJsonBody(body);
  return json.ok ? decodeParsed(json.value, null, receivedAtMs, limits) : json;
}

async function decodeLarge(
  body: Buffer,
  array: UidArray,
  receivedAtMs: number,
  limits: OfflineLimits,
): Promise<Decoded<OfflineEvent>> {
  const inSlices = await decodeAround(array, receivedAtMs, limits);
  // What is wrong with it is told by the whole.
  return inSlices?.ok ? inSlices : decodeWhole(body, receivedAtMs, limits);
}

/** Null where it is no JSON. */
async function decodeAround(
  array: UidArray,
  receivedAtMs: number,
  limits: OfflineLimits,
): Promise<Decoded<OfflineEvent> | null> {
  const text = array.textAround();
  try {
    return await decodeParsed({ root: JSON.parse(text) as unknown, text }, array, receivedAtMs, limits);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function decodeParsed(
  { root, text }: JsonBody,
  array: UidArray | null,
  receivedAtMs: number,
  limits: OfflineLimits,
): Decoded<OfflineEvent> | Promise<Decoded<OfflineEvent>> {
  if (!isObject(root)) return broken('type', '$', 'an object');
  const message = decodeMessage(root, '$', receivedAtMs, () => rawTopLevelInteger(text, 'message_id'));
  if (!message.ok) return message;
  const few = array === null ? plainFew(root) : null;
  return few === null
    ? withMany(message.value, root, array, limits)
    : decoded(ended(message.value, few, null));
}

/** Recipients of an event that says nothing of compression; null where there is more to look at. */
function plainFew(root: Readonly<Record<string, unknown>>): Recipients | null {
  const uids = root['to_uids'];
  if (!Array.isArray(uids) || (root['compress'] ?? '') !== '' || (root['compress_to_uids'] ?? '') !== '')
    return null;
  return collectFew(uids);
}

async function withMany(
  message: DecodedMessage,
  root: Readonly<Record<string, unknown>>,
  array: UidArray | null,
  limits: OfflineLimits,
): Promise<Decoded<OfflineEvent>> {
  const named = await uidsOf(root, array, limits);
  if (!named.ok) return named;
  const recipients = await collectRecipients(named.value.lists, limits.groupSize, limits.rests);
  return recipients.ok ? decoded(ended(message, recipients.value, named.value.loss)) : recipients;
}

/** Nobody who can be reached is named, but somebody is: between two people the channel says who. */
function ended(
  { message, odd }: DecodedMessage,
  recipients: Recipients,
  loss: CompressionLoss | null,
): OfflineEvent {
  const peer = recipients.count === 0 && recipients.unaddressable > 0 ? peerOf(message) : null;
  return {
    message,
    recipients:
      peer === null || !isAddressable(peer) ? recipients : { ...recipients, groups: [[peer]], count: 1 },
    loss,
    odd,
  };
}
