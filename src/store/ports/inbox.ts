import type { InboxEntry } from '../../domain/inbox-entry';
import type { Lane } from '../../domain/lane';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { MarkRequest } from './duplicate-marks';

/** One event to be worked off: its body once, its recipients in groups of at most 500, each group an entry. */
export interface InboxEvent {
  /** Unique; names the body. The same id appended twice is one body, and its entries are two (dedup drops them later). */
  readonly bodyId: string;
  readonly lane: Lane;
  readonly receivedAtMs: number;
  /** Opaque to the store. */
  readonly body: Buffer;
  readonly recipients: readonly (readonly string[])[];
  /**
   * Duplicate marks for the recipients of a single group, which the entry takes with it where the store can do that in
   * the same step. A store may leave them: whoever works the entry off claims them in any case.
   */
  readonly marks?: EventMarks | undefined;
}

export interface EventMarks {
  readonly requests: readonly MarkRequest[];
  readonly ttlMs: number;
}

/**
 * How an entry ended: acknowledged, with what has to be tried later. Atomic: both or nothing. A delivery that `collects` is
 * added to the one of its id, which keeps its time, and is left out where this is not the entry's end: it counts once.
 */
export interface EntrySettlement {
  readonly id: string;
  readonly bodyId: string;
  readonly pending: readonly PendingDelivery[];
}

export interface InboxStats {
  /** Entries not settled (claimed ones included). */
  readonly depth: Readonly<Record<Lane, number>>;
  /** Reception of the oldest entry not settled, ms since the epoch; null when empty. */
  readonly oldestReceivedAtMs: number | null;
}

/**
 * Durable queue of entries, first in first out within a lane, any number of holders.
 *
 * An entry is waiting → claimed (by one holder, until its claim runs out) → settled. A claim that is not renewed within
 * the claim time is handed out again, to any holder, with `claims` one higher.
 *
 * Whatever ended the holder may be one of the entries that it had, and it raises the claims of all of them. So a holder has
 * at most 64 entries at a time that are handed out for the second time, and from the third time on one alone: what goes on
 * to end its holders is found, and what was in hand with it is worked off. Entries
 * that are handed out for the first time are not held up by it.
 * Where a method rejects nothing is half done, but it may still have happened.
 */
export interface Inbox {
  /** Whether `append` takes the duplicate marks of an event in the same step; where not, they need not be worked out. */
  readonly takesMarks: boolean;
  /**
   * Resolves when durable: the answer 200 waits for this. An event without recipients is a no-op. Rejected, an event of
   * several groups may have happened for some of them.
   */
  append(event: InboxEvent): Promise<void>;
  /**
   * Up to `wanted` entries a lane, oldest first, those with run-out claims, as many as there is room for, before fresh ones. Waits at most `waitMs` for
   * the first one; resolves with [] then, or when `signal` aborts.
   */
  claim(wanted: Readonly<Record<Lane, number>>, waitMs: number, signal: AbortSignal): Promise<InboxEntry[]>;
  /** Prolongs the claims and stores their progress (null leaves what is stored). Resolves with the ids that are no longer held: stop working on them. */
  renew(
    claims: readonly { readonly id: string; readonly progress: Buffer | null }[],
  ): Promise<readonly string[]>;
  /** Resolves when durable. An id no longer held is left alone, its pending deliveries are stored all the same (same ids replace). */
  settle(settlements: readonly EntrySettlement[]): Promise<void>;
  /** Gives claimed entries back immediately, e.g. on drain or when the store failed under the holder: this claim does not count. */
  release(ids: readonly string[]): Promise<void>;
  /** Counts now; others may change them meanwhile. */
  stats(): Promise<InboxStats>;
}
