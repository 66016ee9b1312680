import type { ClaimedDelivery } from './retries';

/**
 * Deliveries whose credential is paused, a set for each route. They enter as pending deliveries with `parked: true`
 * and are no waiting work: neither depth nor retries count them.
 */
export interface Parked {
  /** One of the route's, leased like a retry, to probe the credential with; null when there is none. */
  claimOne(route: string): Promise<ClaimedDelivery | null>;
  /** Up to `max` that are past their deadline (their `dueAtMs`), leased, to become dead letters. */
  claimExpired(route: string, max: number): Promise<ClaimedDelivery[]>;
  /** Moves up to `max` back to the retries, due now. Resolves with how many; call again until 0. */
  release(route: string, max: number): Promise<number>;
  /** Parked deliveries by route; routes without any are left out. */
  counts(): Promise<Readonly<Record<string, number>>>;
}
