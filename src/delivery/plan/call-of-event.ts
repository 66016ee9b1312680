import type { Call } from '../../content/calls/render-call';
import type { MessageContent } from '../../content/message-content';
import type { WorkBody } from '../../domain/body';

/**
 * The call that an event is about; null where it is about none. `ttlMs`: how long a call rings that does not say. A call that comes
 * back from the dead letters is as old as it was.
 */
export function callOf(
  body: WorkBody,
  content: Pick<MessageContent, 'callInvite'> | null,
  receivedAtMs: number,
  ttlMs: number,
): Call | null {
  if (body.kind === 'call') {
    const { callId, action, fromUid, media, atMs, ttlSeconds } = body.call;
    return {
      callId,
      action,
      fromUid,
      media,
      endsAtMs: atMs + (ttlSeconds === null ? ttlMs : ttlSeconds * 1000),
    };
  }
  const invite = content?.callInvite ?? null;
  if (body.kind !== 'message' || invite === null) return null;
  const { callId, fromUid, media } = invite;
  const sentAtMs = body.replay === undefined ? receivedAtMs : body.message.timestampSeconds * 1000;
  return { callId, action: 'invite', fromUid, media, endsAtMs: Math.min(sentAtMs, receivedAtMs) + ttlMs };
}
