import type { Message } from '../domain/message';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { FieldReader, isObject } from './field-reader';
import { exactMessageId } from './message-id';

const maxUidBytes = 256;
/** A canonical person channel holds two uids, and the server may hash or suffix ids. */
const maxIdBytes = 1024;
const maxTopicBytes = 4096;
const maxUint32 = 0xffff_ffff;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const noHeader = {};

function payloadOf(fields: FieldReader): string {
  const payload = fields.text('payload', Number.MAX_SAFE_INTEGER);
  if (payload.length % 4 !== 0 || !base64.test(payload)) fields.fail('type', 'payload', 'base64');
  return payload;
}

/**
 * The message fields that `msg.offline` and `msg.notify` share (v2 `internal/types/message.go`, main
 * `internal/runtime/webhook/mapper.go`). The message's id and channel are required, the rest has defaults; a message
 * without a timestamp was sent when it was received. `rawId` gives the text of `message_id`.
 */
export function decodeMessage(
  root: unknown,
  path: string,
  receivedAtMs: number,
  rawId: () => string | null,
): Decoded<Message> {
  if (!isObject(root)) return broken('type', path, 'an object');
  const headerObject = root['header'] ?? noHeader;
  if (!isObject(headerObject)) return broken('type', `${path}.header`, 'an object');
  const messageId = exactMessageId(root['message_idstr'], root['message_id'], rawId);
  if (messageId === null) return broken('missing', `${path}.message_id`, 'a positive integer');

  const header = new FieldReader(headerObject, `${path}.header`);
  const fields = new FieldReader(root, path);
  if (root['channel_type'] === undefined || root['channel_type'] === null)
    fields.fail('missing', 'channel_type', 'a number');
  const message: Message = {
    messageId,
    messageSeq: fields.integer('message_seq', Number.MAX_SAFE_INTEGER, 0),
    clientMsgNo: fields.text('client_msg_no', maxIdBytes),
    fromUid: fields.text('from_uid', maxUidBytes),
    channelId: fields.requiredText('channel_id', maxIdBytes),
    channelType: fields.integer('channel_type', 255, 0),
    topic: fields.text('topic', maxTopicBytes),
    setting: fields.integer('setting', 255, 0),
    noPersist: header.flag('no_persist'),
    redDot: header.flag('red_dot'),
    syncOnce: header.flag('sync_once'),
    expireSeconds: fields.integer('expire', maxUint32, 0),
    timestampSeconds:
      fields.integer('timestamp', Number.MAX_SAFE_INTEGER, 0) || Math.floor(receivedAtMs / 1000),
    payload: payloadOf(fields),
  };
  const failure = header.failure ?? fields.failure;
  return failure === null ? decoded(message) : { ok: false, failure };
}
