import { channelTypes, type Message } from '../../domain/message';
import type { JsonObject } from '../../shared/json-object';
import { asUid } from '../json-fields';
import { serverUid } from './call-invite';

/** That a call between two people rings no longer. It names no call. */
export interface CallEnd {
  /** Who ended it: the caller or the callee. */
  readonly fromUid: string;
  /** canceled: the caller gave up. taken: the callee answered or refused, or the call is over. */
  readonly how: 'canceled' | 'taken';
}

/** TangSengDaoDao's, of its module `rtc`. */
const commands: ReadonlyMap<string | null, CallEnd['how']> = new Map([
  ['rtc.p2p.cancel', 'canceled'],
  ['rtc.p2p.accept', 'taken'],
  ['rtc.p2p.refuse', 'taken'],
  ['rtc.p2p.hangup', 'taken'],
]);

/** Null: the command ends no call. Its sender is who WuKongIM says; only where the server sent it, `uid` or `from_uid` names another. */
export function readCallEnd(message: Message, cmd: string | null, param: JsonObject | null): CallEnd | null {
  const how = commands.get(cmd);
  if (how === undefined || message.channelType !== channelTypes.person) return null;
  const isFromServer = message.fromUid === '' || message.fromUid === serverUid;
  const named = asUid(param?.['uid']) ?? asUid(param?.['from_uid']);
  return { fromUid: isFromServer && named !== null ? named : message.fromUid, how };
}
