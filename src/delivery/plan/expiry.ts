import type { Call } from '../../content/calls/render-call';
import type { WorkBody } from '../../domain/body';
import type { DeliveryOptions } from '../options';

export type LifeOptions = Pick<DeliveryOptions, 'maxAgeMs' | 'ttlMs' | 'callTtlMs'>;

/** What says how long an event is of use. */
export interface Life {
  readonly body: WorkBody;
  readonly call: Call | null;
  readonly receivedAtMs: number;
}

/**
 * When a piece of work is no longer worth sending, ms since the epoch. A message's own expiry counts from its timestamp
 * or its reception, whichever is earlier, because the two clocks may differ; the relay's maximum age from reception.
 */
export function deadlineMs(life: Life, maxAgeMs: number): number {
  return Math.min(life.receivedAtMs + maxAgeMs, ownExpiryMs(life));
}

/** Until when the provider may keep trying to reach the phone. */
export function providerExpiryMs(life: Life, ttlMs: number): number | null {
  const { body, receivedAtMs } = life;
  if (body.kind === 'push' && body.push.ttlSeconds === 0) return null;
  return Math.min(
    ownExpiryMs(life),
    body.kind === 'push' ? Infinity : receivedAtMs + ttlMs,
    receivedAtMs + providerMaxTtlMs,
  );
}

/** FCM keeps a message for at most four weeks, APNs for thirty days. */
const providerMaxTtlMs = 2_419_200_000;

/**
 * Until when the message itself, the push or the call is of use; Infinity where it does not say. A call that was given up is a missed
 * call from then on, which is of use as long as a message.
 */
export function ownExpiryMs({ body, call, receivedAtMs }: Life): number {
  if (call !== null) return call.action === 'cancel' ? Infinity : call.endsAtMs;
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
    case 'call':
      return Infinity;
    default:
      return body;
  }
}
