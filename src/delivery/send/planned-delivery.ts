import type { Clock } from '../../domain/clock';
import type { Device } from '../../domain/device';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { Lane } from '../../domain/lane';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { DropReason } from '../../domain/recipient-result';
import type { RouteState } from '../routes/routes';

/** A delivery with what settling it needs. The provider sees only the {@link Delivery} part. */
export interface PlannedDelivery extends Delivery {
  /** Known once the store has counted. */
  badge: number | null;
  readonly device: Device;
  /** Index of the uid among its entry's recipients. */
  readonly recipient: number;
  /** Attempts made before this one. */
  readonly attempts: number;
  readonly ambiguousAttempts: number;
  /**
   * lane: is the token of the provider's other lane (APNs environment)? credential: does the paused credential work again?
   * A probe never pauses a route, and a paused route lets a credential probe through.
   */
  readonly probe: 'none' | 'lane' | 'credential';
}

/** How a delivery left the dispatcher. Exactly one for each. */
export type DeliveryResult =
  | { readonly kind: 'accepted' }
  /** Over, with nothing to keep. */
  | { readonly kind: 'dropped'; readonly reason: DropReason }
  | { readonly kind: 'pending'; readonly pending: PendingDelivery }
  | { readonly kind: 'dead'; readonly reason: string }
  /** The work was taken away (lost claim, drain): whoever holds it now goes on. */
  | { readonly kind: 'abandoned' };

/** Deliveries of one notification on one route. */
export interface DispatchBatch {
  readonly route: RouteState;
  readonly bodyId: string;
  readonly messageId: string;
  readonly lane: Lane;
  readonly notification: Notification;
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
  readonly planned: readonly PlannedDelivery[];
  /** The W3C `traceparent` of the work that it is part of; null: none. */
  readonly trace: string | null;
  /** It has waited in the store already: for room it waits in memory now, as few as its sender claims. */
  readonly fromStore?: boolean;
  /** False once the claim is lost or the relay drains: nothing new is sent then. */
  readonly mayStillSend: () => boolean;
  /** Told what the provider says of each attempt, before `done`; absent: nobody asks. */
  readonly answered?: (outcome: Outcome) => void;
  readonly done: (planned: PlannedDelivery, result: DeliveryResult) => void;
}

/**
 * When a delivery that waits so long is due, by the monotonic clock. What waits longer than 90 min, for a quota of the day, is looked at
 * again then: a store takes a time more than two hours ahead for one that a wrong clock has set, and hands it out at once, again and again.
 */
export function dueAfter(delayMs: number, clock: Pick<Clock, 'monotonicMs'>): number {
  return clock.monotonicMs() + Math.min(delayMs, longestRestMs);
}

export const longestRestMs = 90 * 60_000;

export function toPending(
  batch: Pick<DispatchBatch, 'bodyId' | 'receivedAtMs'>,
  route: string,
  planned: PlannedDelivery,
  change: Pick<PendingDelivery, 'attempts' | 'ambiguousAttempts' | 'dueAtMs' | 'lastReason' | 'parked'>,
): PendingDelivery {
  return {
    id: planned.id,
    bodyId: batch.bodyId,
    route,
    uid: planned.uid,
    deviceId: planned.deviceId,
    tokenKind: planned.tokenKind,
    receivedAtMs: batch.receivedAtMs,
    ...change,
  };
}

/** Why a delivery waits, or has waited until it was too old. */
export function quotaUsedUp(reason: string): string {
  return `quota used up: ${reason}`;
}

export function noCredential({ provider, lane, app }: Device): string {
  return `no credential for ${provider} ${lane} of app ${app}`;
}
