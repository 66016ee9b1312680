import { channelTypes, isMessageId, type Message } from '../../domain/message';
import { isObject } from '../../shared/json-object';
import { tooLongText } from './body-fields';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { FieldReader } from './field-reader';
import { exactMessageId } from './message-id';

const maxUidBytes = 256;
/** A canonical person channel holds two uids, and the server may hash or suffix ids. */
const maxIdBytes = 1024;
const maxTopicBytes = 4096;
const maxUint32 = 0xffff_ffff;
const maxChannelType = 255;
/** The last second that a date can be made of. */
const maxTimestampSeconds = 8.64e12;
/** A client's packet holds 1 MiB at most (GoProto `MaxRemaingLength`), which is this much base64. */
const maxPayloadLength = Math.ceil((1024 * 1024) / 3) * 4;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const channelTypeText = /^\d{1,3}$/;
const noHeader = {};

export interface DecodedMessage {
  readonly message: Message;
  /** Fields that were not what they must be and read as their defaults; null: none. */
  readonly odd: readonly string[] | null;
}

/** What is no base64 is a message all the same: its text is the neutral one. */
function payloadOf(root: Readonly<Record<string, unknown>>, fields: FieldReader): string {
  const payload = root['payload'] ?? '';
  if (
    typeof payload === 'string' &&
    payload.length <= maxPayloadLength &&
    payload.length % 4 === 0 &&
    base64.test(payload)
  )
    return payload;
  return fields.leaveOut('payload', '');
}

/** Go writes an empty text where there is none. */
function isIdText(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (typeof value === 'string' && isMessageId(value))
  );
}

/** Null: nobody can say what kind of channel it is. */
function channelTypeOf(value: unknown): number | null {
  const type = typeof value === 'string' && channelTypeText.test(value) ? Number(value) : value;
  return typeof type === 'number' && Number.isInteger(type) && type >= 0 && type <= maxChannelType
    ? type
    : null;
}

/**
 * Null: the message belongs nowhere. Between two people the sender says where; and a channel whose name is too long still
 * has somebody who wrote something.
 */
function channelIdOf(
  root: Readonly<Record<string, unknown>>,
  channelType: number,
  fields: FieldReader,
): string | null {
  const id = root['channel_id'];
  if ((typeof id === 'string' && id !== '') || id === tooLongText)
    return fields.text('channel_id', maxIdBytes);
  if (Number.isSafeInteger(id)) return fields.leaveOut('channel_id', String(id));
  return channelType === channelTypes.person ? fields.leaveOut('channel_id', '') : null;
}

/**
 * The message fields that `msg.offline` and `msg.notify` share (v2 `internal/types/message.go`, main
 * `internal/runtime/webhook/mapper.go`). Without its id and its channel a message means nothing; any other field that is
 * absent or odd has a default. A message without a timestamp was sent when it was received. main writes 0 as the red dot of whatever its
 * HTTP API sends, and then names no source (`access/api/message_send.go`): without a source the red dot is taken as set. `rawId` gives
 * the text of `message_id`.
 */
export function decodeMessage(
  root: unknown,
  path: string,
  receivedAtMs: number,
  rawId: () => string | null,
): Decoded<DecodedMessage> {
  if (!isObject(root)) return broken('type', path, 'an object');
  const messageId = exactMessageId(root['message_idstr'], root['message_id'], rawId);
  if (messageId === null) return broken('missing', `${path}.message_id`, 'a positive integer');
  const channelType = channelTypeOf(root['channel_type']);
  if (channelType === null)
    return broken('missing', `${path}.channel_type`, `a number from 0 to ${maxChannelType}`);
  const fields = new FieldReader(root);
  if (!isIdText(root['message_idstr'])) fields.leaveOut('message_idstr', null);
  const channelId = channelIdOf(root, channelType, fields);
  if (channelId === null) return broken('missing', `${path}.channel_id`, 'a string that is not empty');

  const headerObject = root['header'] ?? noHeader;
  const header = new FieldReader(isObject(headerObject) ? headerObject : fields.leaveOut('header', noHeader));
  const message: Message = {
    messageId,
    messageSeq: fields.integer('message_seq', Number.MAX_SAFE_INTEGER),
    clientMsgNo: fields.text('client_msg_no', maxIdBytes),
    fromUid: fields.text('from_uid', maxUidBytes),
    channelId,
    channelType,
    topic: fields.text('topic', maxTopicBytes),
    setting: fields.integer('setting', 255),
    noPersist: header.flag('no_persist'),
    redDot: header.flag('red_dot') || (root['source_id'] ?? null) === null,
    syncOnce: header.flag('sync_once'),
    expireSeconds: fields.integer('expire', maxUint32),
    timestampSeconds: fields.integer('timestamp', maxTimestampSeconds) || Math.floor(receivedAtMs / 1000),
    payload: payloadOf(root, fields),
  };
  return decoded({ message, odd: unionOf(fields.odd, header.odd) });
}

function unionOf(some: readonly string[] | null, others: readonly string[] | null): readonly string[] | null {
  if (some === null || others === null) return some ?? others;
  return [...some, ...others];
}
