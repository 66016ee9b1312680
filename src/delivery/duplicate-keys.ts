import { hash } from 'node:crypto';
import type { WorkBody } from '../domain/body';
import { canonicalChannel, channelTypes } from '../domain/message';
import type { MarkRequest } from '../store/ports/duplicate-marks';

/**
 * What two copies of one message have in common for a recipient: the message id, and where the client numbered it
 * (sender, channel, number), because a client's resend gets a new message id on v2 (facts: WuKongIM #94).
 */
export function markRequests(body: WorkBody, uids: readonly string[]): MarkRequest[] {
  if (body.kind === 'push') {
    const keys = [`p:${body.push.id}`];
    return uids.map((uid) => ({ uid, keys }));
  }
  const { message } = body;
  const byId = `m:${message.messageId}`;
  if (message.clientMsgNo === '') {
    const keys = [byId];
    return uids.map((uid) => ({ uid, keys }));
  }
  const keysFor = (uid: string) => [
    byId,
    `c:${digest(message.fromUid, canonicalChannel(message, uid), message.clientMsgNo)}`,
  ];
  if (message.channelType === channelTypes.person) return uids.map((uid) => ({ uid, keys: keysFor(uid) }));
  // Every member knows a group by the same name.
  const keys = keysFor('');
  return uids.map((uid) => ({ uid, keys }));
}

/** Lengths stand before the parts, because a uid may hold any separator that one could choose. */
function digest(fromUid: string, channel: string, clientMsgNo: string): string {
  const text = `${fromUid.length}:${fromUid}${channel.length}:${channel}${clientMsgNo}`;
  return hash('sha1', text, 'base64url');
}
