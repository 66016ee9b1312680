import type { Message } from '../domain/message';
import { inflateUids } from './compressed-uids';
import type { CompressionLoss } from './compressed-uids';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { decodeMessage } from './decode-message';
import { isObject } from './field-reader';
import { parseJsonBody } from './json-body';
import { rawTopLevelInteger } from './message-id';
import { collectRecipients } from './recipients';
import type { Recipients, UidList } from './recipients';

export interface OfflineEvent {
  readonly message: Message;
  readonly recipients: Recipients;
  /** Recipients that the body named and nobody can read any more; how many is unknown. */
  readonly loss: CompressionLoss | null;
}

export interface OfflineLimits {
  readonly groupSize: number;
  readonly maxInflatedBytes: number;
}

interface NamedUids {
  readonly lists: readonly UidList[];
  readonly loss: CompressionLoss | null;
}

async function uidsOf(
  root: Readonly<Record<string, unknown>>,
  limits: OfflineLimits,
): Promise<Decoded<NamedUids>> {
  const plain = root['to_uids'] ?? [];
  if (!Array.isArray(plain)) return broken('type', '$.to_uids', 'an array of strings');
  const lists: UidList[] = [{ path: '$.to_uids', uids: plain as readonly unknown[] }];
  const packed = root['compress_to_uids'] ?? '';
  const method = root['compress'] ?? '';
  if (typeof packed !== 'string') return broken('type', '$.compress_to_uids', 'a base64 string');
  if (typeof method !== 'string') return broken('type', '$.compress', 'a string');
  if (packed === '')
    return decoded({ lists, loss: method !== '' && plain.length === 0 ? 'gzip_truncated' : null });
  if (method !== 'gzip' && method !== '') return decoded({ lists, loss: 'compression_unknown' });
  const { uids, loss } = await inflateUids(packed, limits.maxInflatedBytes);
  lists.push({ path: '$.compress_to_uids', uids });
  return decoded({ lists, loss });
}

/** `msg.offline` of both dialects: `to_uids` and `compress_to_uids` may be there, both, or neither. */
export async function decodeOffline(
  body: Buffer,
  receivedAtMs: number,
  limits: OfflineLimits,
): Promise<Decoded<OfflineEvent>> {
  const json = parseJsonBody(body);
  if (!json.ok) return json;
  const { root, text } = json.value;
  if (!isObject(root)) return broken('type', '$', 'an object');
  const message = decodeMessage(root, '$', receivedAtMs, () => rawTopLevelInteger(text, 'message_id'));
  if (!message.ok) return message;
  const named = await uidsOf(root, limits);
  if (!named.ok) return named;
  const recipients = await collectRecipients(named.value.lists, limits.groupSize);
  if (!recipients.ok) return recipients;
  if (recipients.value.count === 0 && recipients.value.unaddressable > 0)
    return broken('range', '$.to_uids', 'uids of 1 to 256 bytes');
  return decoded({ message: message.value, recipients: recipients.value, loss: named.value.loss });
}
