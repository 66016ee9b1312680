/*
 * Open this file first: it decodes `msg.offline`. `decode-notify.ts` and `decode-online-status.ts` decode the other two events.
 * `small-json.ts` parses a small body as a whole. For a large one, `body-walk.ts` and `body-fields.ts` read the fields in
 * slices, `text-list.ts` the lists of uids. `decode-message.ts`, `field-reader.ts`, `message-id.ts` and `uid.ts` check the
 * fields of a message. `recipients.ts` puts the uids together, without repeats (`known-uids.ts`), inflated by `inflate.ts`
 * where they are compressed. `decode-failure.ts` is why a body is malformed.
 */

import { isUtf8 } from 'node:buffer';
import { peerOf, type Message } from '../../domain/message';
import { isObject } from '../../shared/json-object';
import { readFields, tooLong, tooLongText } from './body-fields';
import { BodyWalk, walking } from './body-walk';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { decodeMessage, type DecodedMessage } from './decode-message';
import { inflate, inflateSmall, type CompressionLoss, type Inflated } from './inflate';
import { FewRecipients, ManyRecipients, maxFew } from './recipients';
import { parseSmall } from './small-json';
import { emptyList, scanCutTexts, type TextList } from './text-list';
import { isAddressable } from './uid';

export interface OfflineEvent {
  readonly message: Message;
  readonly recipients: FewRecipients | ManyRecipients;
  /** Recipients that the body named and nobody can read any more; how many is unknown. */
  readonly loss: CompressionLoss | null;
  /** Fields that were not what they must be and read as their defaults; null: none. */
  readonly odd: readonly string[] | null;
}

export interface OfflineLimits {
  readonly maxInflatedBytes: number;
  /** False: an event that takes much memory to decode is `heavy`. */
  readonly mayBeHeavy: boolean;
}

/** Not decoded, because that takes much memory: to be done again with `mayBeHeavy`, one after the other. */
export type Heavy = 'heavy';

/** Only the bytes tell an integer that is no exact number. */
const noRawId = (): null => null;

/**
 * `msg.offline` of both dialects: `to_uids` and `compress_to_uids` may be there, both, or neither. A small one is parsed at
 * once, as most are. What is large, or not as it should be, is read in slices: to the same result, but with what is wrong.
 */
export function decodeOffline(
  body: Buffer,
  receivedAtMs: number,
  limits: OfflineLimits,
): Decoded<OfflineEvent> | Promise<Decoded<OfflineEvent> | Heavy> {
  if (body.length === 0) return broken('empty', '$', 'a JSON body');
  if (!isUtf8(body)) return broken('utf8', '$', 'UTF-8');
  return decodeSmall(body, receivedAtMs) ?? decodeLarge(body, receivedAtMs, limits);
}

/** Null: it is not small, or there is more to look at. */
function decodeSmall(body: Buffer, receivedAtMs: number): Decoded<OfflineEvent> | null {
  const root = parseSmall(body);
  if (!isObject(root)) return null;
  const read = decodeMessage(root, '$', receivedAtMs, noRawId);
  if (!read.ok) return null;
  const lists = listsOf(root);
  const recipients = lists === null ? null : FewRecipients.of(lists);
  if (recipients === null) return null;
  const { message, odd } = read.value;
  return decoded({ message, recipients: recipients.orElse(peerOfMessage(message)), loss: null, odd });
}

/** The lists of recipients in a small body; null where they are not small, not whole, or none. */
function listsOf(root: Readonly<Record<string, unknown>>): readonly (readonly unknown[])[] | null {
  const plain = root['to_uids'] ?? [];
  if (!Array.isArray(plain)) return null;
  const packed = root['compress_to_uids'] ?? '';
  const method = root['compress'] ?? '';
  if (packed === '' && method === '') return [plain as readonly unknown[]];
  if (typeof packed !== 'string' || packed === '' || (method !== 'gzip' && method !== '')) return null;
  const bytes = inflateSmall(Buffer.from(packed, 'base64'))?.bytes;
  const unpacked = bytes === undefined || !isUtf8(bytes) ? undefined : parseSmall(bytes);
  // Go writes a nil slice as null.
  if (unpacked !== null && !Array.isArray(unpacked)) return null;
  return [plain as readonly unknown[], (unpacked ?? []) as readonly unknown[]];
}

async function decodeLarge(
  body: Buffer,
  receivedAtMs: number,
  limits: OfflineLimits,
): Promise<Decoded<OfflineEvent> | Heavy> {
  const fields = await walking(async () => {
    const walk = new BodyWalk(body);
    const read = await readFields(walk, '$');
    walk.cursor.finish();
    return read;
  });
  if (!fields.ok) return fields;
  const { root, rawId, uids } = fields.value;
  if (!uids.ok) return uids;
  const message = decodeMessage(root, '$', receivedAtMs, () => rawId);
  if (!message.ok) return message;
  const plain = uids.value ?? emptyList(body);
  if (plain.size > maxFew && !limits.mayBeHeavy) return 'heavy';
  return withRecipients(message.value, root, plain, limits);
}

async function withRecipients(
  { message, odd }: DecodedMessage,
  root: Readonly<Record<string, unknown>>,
  plain: TextList,
  limits: OfflineLimits,
): Promise<Decoded<OfflineEvent> | Heavy> {
  const ended = (lists: readonly TextList[], loss: CompressionLoss | null): Decoded<OfflineEvent> => {
    const recipients = new ManyRecipients(lists, peerOfMessage(message));
    return decoded({ message, recipients, loss, odd });
  };
  const packed = root['compress_to_uids'] ?? '';
  const method = root['compress'] ?? '';
  if (packed === tooLong || packed === tooLongText) return ended([plain], 'gzip_too_large');
  if (typeof packed !== 'string' || typeof method !== 'string') return ended([plain], 'compression_unknown');
  if (packed === '') return ended([plain], method !== '' && plain.size === 0 ? 'gzip_truncated' : null);
  if (method !== 'gzip' && method !== '') return ended([plain], 'compression_unknown');
  const inflated = await inflateWithin(packed, limits);
  if (inflated === null) return 'heavy';
  const list = await readInflated(inflated);
  if (!list.ok) return list;
  if (list.value.list.size > maxFew && !limits.mayBeHeavy) return 'heavy';
  return ended([plain, list.value.list], list.value.loss);
}

function inflateWithin(base64: string, limits: OfflineLimits): Inflated | Promise<Inflated> | null {
  const bytes = Buffer.from(base64, 'base64');
  const small = inflateSmall(bytes);
  if (small !== null || !limits.mayBeHeavy) return small;
  return inflate(bytes, limits.maxInflatedBytes);
}

/**
 * base64 of a gzip stream of a JSON array of uids. v2 reads its buffer before it closes the stream
 * (`internal/webhook/webhook.go`), so its streams are cut: whatever is whole in them is salvaged.
 */
async function readInflated({
  bytes,
  loss,
}: Inflated): Promise<Decoded<{ readonly list: TextList; readonly loss: CompressionLoss | null }>> {
  // Go writes a nil slice as null.
  if (bytes.length < 16 && bytes.toString().trim() === 'null')
    return decoded({ list: emptyList(bytes), loss });
  const cut = await scanCutTexts(new BodyWalk(bytes), '$.compress_to_uids');
  if (!cut.ok) return cut;
  const list = { ...cut.value.list, isUtf8: isUtf8(bytes) };
  const isWhole = cut.value.isWhole && list.isUtf8;
  return decoded({ list, loss: isWhole ? loss : (loss ?? 'gzip_truncated') });
}

function peerOfMessage(message: Message): () => string | null {
  return () => {
    const peer = peerOf(message);
    return peer !== null && isAddressable(peer) ? peer : null;
  };
}
