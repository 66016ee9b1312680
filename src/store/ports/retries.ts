import type { PendingDelivery } from '../../domain/pending-delivery';

export interface ClaimedDelivery {
  readonly pending: PendingDelivery;
  /** The inbox body that it refers to. */
  readonly body: Buffer;
  /** When the store was asked for it, by the monotonic clock: the lease is no older. Absent: just now. */
  readonly claimedAtMs?: number;
}

/**
 * `next` null: done, the delivery leaves the store. Otherwise it replaces the old one and its lease ends; where the
 * settlement is `leased` and the lease is another's by now, or the delivery is gone, `next` is left out: whoever was too
 * slow brings nothing back. One that collects and has grown since it was claimed stays as it is, and is due.
 */
export interface PendingSettlement {
  readonly pending: PendingDelivery;
  readonly next: PendingDelivery | null;
  /** Set by whoever was handed the delivery by a claim. */
  readonly leased?: boolean;
}

/**
 * Deliveries that wait: a sorted set by due time for each route, with leases. A leased one that is not settled
 * within the claim time is handed out again. Deliveries enter through `Inbox.settle`, or `settle` here.
 */
export interface Retries {
  /** Up to `max` due deliveries of the route, earliest first; they are leased to the caller. Parked ones are not among them. */
  claimDue(route: string, max: number): Promise<ClaimedDelivery[]>;
  /** Resolves when durable. Each settlement is atomic, all of them together are not. */
  settle(settlements: readonly PendingSettlement[]): Promise<void>;
  /** Removes what waits for the uid, parked deliveries too, leased or not. Resolves with how many there were. */
  eraseUser(uid: string): Promise<number>;
  /**
   * Makes those of the route that `isMeant` chooses due now, parked ones too; leased ones are left alone. Resolves with how many there
   * were. It reads all that waits on the route.
   */
  hasten(route: string, isMeant: (pending: PendingDelivery) => boolean): Promise<number>;
  /** Deliveries that wait by route, parked ones not counted; routes without any are left out. */
  counts(): Promise<Readonly<Record<string, number>>>;
}
