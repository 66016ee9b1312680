import type { CallMedia } from '../../domain/body';
import type { Message } from '../../domain/message';
import type { JsonObject } from '../../shared/json-object';
import { asInteger, asObject, asString, asUid } from '../json-fields';

/** What a message says that is itself an invitation to a call: something rings, and nothing is to be read. */
export interface CallInvite {
  readonly callId: string;
  readonly fromUid: string;
  readonly media: CallMedia;
}

const videoCall = 1;
const longestId = 256;
/** WuKongIM's own sender, where the app server named none. */
export const serverUid = '____system';

/**
 * Reads an invitation. TangSengDaoDao's commands have their fields in `param`: `rtc.p2p.invoke` has `from_uid` and `call_type`,
 * `room.invoke` has `room_id` and `inviter`; a type of the app's own may have them beside its type. A call without an id of its
 * own is known by the message's.
 */
export function readCallInvite(message: Message, payload: JsonObject): CallInvite {
  const param = asObject(payload['param']) ?? payload;
  const isFromServer = message.fromUid === '' || message.fromUid === serverUid;
  const inviter = asUid(param['from_uid']) ?? asUid(param['inviter']);
  return {
    callId: idOf(param['call_id']) ?? idOf(param['room_id']) ?? message.messageId,
    // The sender is who WuKongIM says it is; a payload could name anybody.
    fromUid: isFromServer && inviter !== null ? inviter : message.fromUid,
    media: mediaOf(param),
  };
}

function idOf(value: unknown): string | null {
  const id = asString(value);
  return id === null || id === '' || Buffer.byteLength(id) > longestId ? null : id;
}

function mediaOf(param: JsonObject): CallMedia {
  return asInteger(param['call_type']) === videoCall || param['media'] === 'video' ? 'video' : 'voice';
}
