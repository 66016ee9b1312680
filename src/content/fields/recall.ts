import { isMessageId, type Message } from '../../domain/message';
import type { JsonObject } from '../../shared/json-object';
import { asInteger, asObject, asString, asUid } from '../json-fields';

/** That a message was taken back, as another message tells it. */
export interface Recall {
  /** Of the message that was taken back. */
  readonly messageId: string;
  /** Of the message that was taken back; 0 and empty where nobody says. */
  readonly messageSeq: number;
  readonly clientMsgNo: string;
  /** Who had sent it, as far as this one may say so. */
  readonly fromUid: string;
}

/** WuKongIM's content type of a message that tells of a recall. */
export const recallType = 1006;
const recallCommand = 'messageRevoke';

/**
 * Null: it takes nothing back, or does not say what. Ids beyond 2^53 have to be texts, as TangSengDaoDao writes them: a number has
 * lost its last digits. Only the server may take back what another has sent.
 */
export function readRecall(
  message: Message,
  payload: JsonObject,
  type: number | null,
  command: string | null,
  isFromServer: boolean,
): Recall | null {
  if (type !== recallType && command !== recallCommand) return null;
  const param = asObject(payload['param']);
  const field = (name: string): unknown => param?.[name] ?? payload[name];
  const messageId = asUid(field('message_id'));
  if (messageId === null || !isMessageId(messageId)) return null;
  const named = isFromServer ? asUid(param?.['from_uid']) : null;
  return {
    messageId,
    messageSeq: Math.max(0, asInteger(field('message_seq')) ?? 0),
    clientMsgNo: (asString(field('client_msg_no')) ?? '').slice(0, 256),
    fromUid: named ?? message.fromUid,
  };
}
