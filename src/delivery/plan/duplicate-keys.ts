import { hash } from 'node:crypto';
import type { WorkBody } from '../../domain/body';
import { canonicalChannel, channelTypes } from '../../domain/message';
import type { MarkRequest } from '../../store/ports/duplicate-marks';

/**
 * What two copies of one message have in common for a recipient: where the client numbered it, sender, channel and number,
 * because a client's resend gets a new message id on v2 (facts: WuKongIM #94); else the message id. One of them is enough: all
 * three are part of the stored message, so they are the same wherever its id is. A call of the app server's begins once, and ends
 * once in each way.
 */
export function markRequests(body: WorkBody, uids: readonly string[]): MarkRequest[] {
  if (body.kind === 'push') return sharing(`p:${body.push.id}`, uids);
  if (body.kind === 'call') return sharing(`k:${digest('', body.call.action, body.call.callId)}`, uids);
  const { message } = body;
  if (message.clientMsgNo === '') return sharing(`m:${message.messageId}`, uids);
  const keyFor = (uid: string) =>
    `c:${digest(message.fromUid, canonicalChannel(message, uid), message.clientMsgNo)}`;
  if (message.channelType === channelTypes.person) return uids.map((uid) => ({ uid, key: keyFor(uid) }));
  // Every member knows a group by the same name.
  return sharing(keyFor(''), uids);
}

function sharing(key: string, uids: readonly string[]): MarkRequest[] {
  return uids.map((uid) => ({ uid, key }));
}

/** Lengths stand before the parts, because a uid may hold any separator that one could choose. */
function digest(fromUid: string, channel: string, clientMsgNo: string): string {
  const text = `${fromUid.length}:${fromUid}${channel.length}:${channel}${clientMsgNo}`;
  return hash('sha1', text, 'base64url');
}
