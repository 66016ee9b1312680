import type { WorkBody } from '../../domain/body';

/**
 * When a piece of work is no longer worth sending, ms since the epoch. A message's own expiry counts from its timestamp
 * or its reception, whichever is earlier, because the two clocks may differ; the relay's maximum age from reception.
 */
export function deadlineMs(body: WorkBody, receivedAtMs: number, maxAgeMs: number): number {
  return Math.min(receivedAtMs + maxAgeMs, ownExpiryMs(body, receivedAtMs));
}

/** Until when the provider may keep trying to reach the phone. */
export function providerExpiryMs(body: WorkBody, receivedAtMs: number, ttlMs: number): number | null {
  if (body.kind === 'push' && body.push.ttlSeconds === 0) return null;
  return Math.min(
    ownExpiryMs(body, receivedAtMs),
    body.kind === 'message' ? receivedAtMs + ttlMs : Infinity,
    receivedAtMs + providerMaxTtlMs,
  );
}

/** FCM keeps a message for at most four weeks, APNs for thirty days. */
const providerMaxTtlMs = 2_419_200_000;

/** Until when the message itself, or the push, is of use; Infinity where it does not say. */
export function ownExpiryMs(body: WorkBody, receivedAtMs: number): number {
  switch (body.kind) {
    case 'message': {
      const { expireSeconds, timestampSeconds } = body.message;
      if (expireSeconds <= 0) return Infinity;
      return Math.min(timestampSeconds * 1000 || receivedAtMs, receivedAtMs) + expireSeconds * 1000;
    }
    case 'push':
      return body.push.ttlSeconds === null || body.push.ttlSeconds === 0
        ? Infinity
        : receivedAtMs + body.push.ttlSeconds * 1000;
    default:
      return body;
  }
}
