import { createHash } from 'node:crypto';
import type { WorkBody } from '../domain/body';
import { canonicalChannel } from '../domain/message';
import type { MarkRequest } from '../store/ports/duplicate-marks';

/**
 * What two copies of one message have in common for a recipient: the message id, and where the client numbered it
 * (sender, channel, number), because a client's resend gets a new message id on v2 (facts: WuKongIM #94).
 */
export function markRequest(body: WorkBody, uid: string): MarkRequest {
  if (body.kind === 'push') return { uid, keys: [`p:${body.push.id}`] };
  const { message } = body;
  const keys = [`m:${message.messageId}`];
  if (message.clientMsgNo !== '') {
    keys.push(`c:${digest([message.fromUid, canonicalChannel(message, uid), message.clientMsgNo])}`);
  }
  return { uid, keys };
}

function digest(parts: readonly string[]): string {
  return createHash('sha1').update(JSON.stringify(parts)).digest('base64url');
}
