import type { InboxEvent } from '../ports/inbox';
import { StoreUnavailableError } from '../ports/errors';
import type { DurableQueue } from '../queue/durable-queue';
import { QueueDrain } from '../queue/queue-drain';
import type { Deadlines } from '../../shared/deadlines';
import { within } from '../../shared/within';
import { writeTo, type JournaledWrite, type WritableStore } from './journaled-write';
import { decodeWrite, encodeWrite } from './journaled-write-codec';
import type { JournalContext } from './options';

/** Its repeat would no longer be dropped as a duplicate. Not in doubt: a copy may be all that is left of its event. */
export function isTooOldToRepeat(
  { receivedAtMs }: InboxEvent,
  deadlines: Deadlines,
  maxAgeMs: number,
): boolean {
  return deadlines.of(receivedAtMs + maxAgeMs) === 'over';
}

export interface CopiesOptions {
  readonly maxAgeMs: number;
  /** How long the store may take for one. */
  readonly deadlineMs: number;
}

export interface CopiesParts {
  readonly store: WritableStore;
  readonly queue: DurableQueue;
  /** Rejects with StoreUnavailableError while the store is away: then no copy can be appended either. */
  readonly deadlines: () => Promise<Deadlines>;
  readonly context: JournalContext;
}

/**
 * Copies of events that Redis took but no replica confirmed in time. Should that Redis die, they are lost there, so they
 * are appended once more as soon as an append is confirmed again; where they were not lost, the duplicate marks drop the repeat.
 *
 * none → kept (a copy is on disk) → tried (one of them is appended again, rarely, or soon after a live append was confirmed; each
 * attempt that is not confirmed either makes the next one wait longer, because it leaves a repeat behind) → confirmed, and
 * the others follow in rounds → none. Past `maxAgeMs` a copy leaves by itself: the marks would no longer drop its repeat.
 */
export class UnreplicatedCopies {
  readonly drain: QueueDrain<JournaledWrite>;
  /**
   * Appended again and not yet answered; true: again not confirmed. By the event itself: its body's id is also that of its
   * other portions, which may be on their way for the first time.
   */
  readonly #again = new Map<InboxEvent, boolean>();
  /** Live appends that were not confirmed and whose answer is on its way. */
  readonly #unconfirmed = new Set<string>();
  #confirmed = true;
  /** Since it was last told. */
  readonly #left = { confirmed: 0, expired: 0 };
  readonly #options: CopiesOptions;
  readonly #parts: CopiesParts;

  constructor(options: CopiesOptions, parts: CopiesParts) {
    this.#options = options;
    this.#parts = parts;
    const { queue, context } = parts;
    this.drain = new QueueDrain({
      queue,
      decode: decodeWrite,
      send: (write) => this.#appendAgain(write),
      isOutage: () => true,
      roundTimeoutMs: options.deadlineMs * 2,
      stopTimeoutMs: options.deadlineMs,
      restMs: { least: 1_000, most: 60_000 },
      roundItems: { least: 1, most: 64 },
      loneProbes: Number.POSITIVE_INFINITY,
      isUrgent: () => false,
      listener: {
        sent: () => this.#tellLeft(),
        failed: () => (this.#confirmed = false),
        setAside: (error) => context.events.failed(error),
        roundTaken: () => {},
        emptied: () => {},
        broken: (error) => context.events.failed(error),
      },
    });
  }

  /** Resolves when copies are on disk. Rejects with StoreUnavailableError. */
  async keep(events: readonly InboxEvent[]): Promise<void> {
    const fresh = events.filter((event) => !this.#again.has(event));
    for (const event of events) if (this.#again.has(event)) this.#again.set(event, true);
    for (const { bodyId } of fresh) this.#unconfirmed.add(bodyId);
    if (fresh.length === 0) return;
    this.#confirmed = false;
    this.drain.rest();
    await Promise.all(fresh.map((event) => this.#parts.queue.append(encodeWrite({ kind: 'append', event }))));
    this.#parts.context.events.copied(fresh.length);
    this.drain.wake();
  }

  /** The store has taken a live event, with or without a replica. */
  appended(bodyId: string): void {
    if (this.#unconfirmed.size > 0 && this.#unconfirmed.delete(bodyId)) return;
    if (this.#confirmed) return;
    this.#confirmed = true;
    this.drain.hurry();
  }

  /** The store has refused a live event. */
  refused(bodyId: string): void {
    this.#unconfirmed.delete(bodyId);
  }

  #tellLeft(): void {
    for (const why of ['confirmed', 'expired'] as const) {
      if (this.#left[why] > 0) this.#parts.context.events.copiesLeft(this.#left[why], why);
      this.#left[why] = 0;
    }
  }

  /** Resolves when the store has it on a replica, or has none, or the copy is too old to be appended. */
  async #appendAgain(write: JournaledWrite): Promise<void> {
    if (write.kind !== 'append') return;
    const { event } = write;
    const deadlines = await this.#parts.deadlines();
    await deadlines.compared;
    if (isTooOldToRepeat(event, deadlines, this.#options.maxAgeMs)) return void this.#left.expired++;
    this.#again.set(event, false);
    try {
      const written = writeTo(this.#parts.store, write).then(() => true);
      const isAnswered = await within(this.#options.deadlineMs, written, false);
      if (!isAnswered || this.#again.get(event) !== false)
        throw new StoreUnavailableError('no replica has confirmed it');
      this.#left.confirmed++;
    } finally {
      this.#again.delete(event);
    }
  }
}
