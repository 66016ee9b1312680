import type { InboxEntry } from '../../domain/inbox-entry';
import type { InboxEvent } from '../ports/inbox';
import type { JournalFile } from './journal-file';
import { fromRecord } from './journal-record';
import { writeTo, type WritableStore } from './journaled-write';
import type { JournalContext } from './options';
import type { StandIn } from './stand-in';
import { Wake } from './wake';
import { within } from './within';

export interface CopiesOptions {
  readonly maxAgeMs: number;
  /** How long the store may take for one. */
  readonly deadlineMs: number;
}

export interface CopiesParts {
  readonly store: WritableStore;
  readonly file: JournalFile;
  readonly standIn: StandIn;
  readonly context: JournalContext;
  /** The last copy has left. */
  readonly onEmpty: () => void;
}

const batchEntries = { least: 1, most: 64 };
const restMs = { least: 1_000, most: 60_000 };
const idleMs = 30_000;

/**
 * Copies of events that Redis took but no replica confirmed in time. Should that Redis die, they are lost there, so they
 * are appended once more as soon as an append is confirmed again; where they were not lost, the duplicate marks drop the repeat.
 *
 * none → kept (a copy is on disk) → trying (one of them is appended again, rarely, or when a live append was confirmed; each
 * attempt that is not confirmed either makes the next one wait longer, because it leaves a repeat behind) → confirmed, and
 * the others follow in batches → none. Past `maxAgeMs` a copy leaves by itself: the marks would no longer drop its repeat.
 */
export class UnreplicatedCopies {
  readonly #wake = new Wake();
  /**
   * Appended again and not yet answered; true: again not confirmed. By the event itself: its body's id is also that of its
   * other portions, which may be on their way for the first time.
   */
  readonly #again = new Map<InboxEvent, boolean>();
  /** Live appends that were not confirmed and whose answer is on its way. */
  readonly #unconfirmed = new Set<string>();
  #hand: InboxEntry[] = [];
  #size = batchEntries.least;
  #restMs = restMs.least;
  #triedAt = Number.NEGATIVE_INFINITY;
  #confirmed = true;
  #stopped = false;
  #running: Promise<void> | null = null;

  constructor(
    private readonly options: CopiesOptions,
    private readonly parts: CopiesParts,
  ) {}

  /** Resolves when copies are on disk. Rejects with StoreUnavailableError. */
  async keep(events: readonly InboxEvent[]): Promise<void> {
    const fresh = events.filter((event) => !this.#again.has(event));
    for (const event of events) if (this.#again.has(event)) this.#again.set(event, true);
    for (const { bodyId } of fresh) this.#unconfirmed.add(bodyId);
    if (fresh.length === 0) return;
    if (this.#confirmed) this.#triedAt = performance.now();
    this.#confirmed = false;
    await Promise.all(fresh.map((event) => this.parts.file.append({ kind: 'append', event }, 'copies')));
    this.parts.context.events.copied(fresh.length);
    this.#wake.call();
  }

  /** The store has taken a live event, with or without a replica. */
  appended(bodyId: string): void {
    if (this.#unconfirmed.size > 0 && this.#unconfirmed.delete(bodyId)) return;
    if (this.#confirmed || this.parts.file.waiting('copies') === 0) return;
    this.#confirmed = true;
    this.#wake.call();
  }

  /** The store has refused a live event. */
  refused(bodyId: string): void {
    this.#unconfirmed.delete(bodyId);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.call();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const leftMs = this.#nextTryMs();
      if (leftMs > 0) {
        await this.#wake.wait(leftMs);
        continue;
      }
      try {
        await this.#try();
      } catch (error) {
        this.parts.context.events.failed(error);
        this.#backOff();
      }
    }
  }

  #nextTryMs(): number {
    const { file, standIn } = this.parts;
    if (file.waiting('copies') === 0) return idleMs;
    const restedMs = performance.now() - this.#triedAt;
    if (!standIn.isDirect) return Math.max(restMs.least - restedMs, 100);
    return (this.#confirmed ? Math.min(this.#restMs, restMs.least) : this.#restMs) - restedMs;
  }

  async #try(): Promise<void> {
    const { file } = this.parts;
    const room = this.#size - this.#hand.length;
    if (room > 0) this.#hand.push(...(await file.take('copies', room)));
    if (this.#hand.length === 0) {
      file.onlyWaiting('copies', 0);
      this.parts.onEmpty();
      return;
    }
    const expired = this.#hand.filter((entry) => this.#isExpired(entry));
    this.#leave(expired, 'expired');
    const tried = this.#hand.slice(0, this.#size);
    const results = await Promise.all(tried.map((entry) => this.#appendAgain(entry)));
    const confirmed = tried.filter((_, index) => results[index]);
    this.#leave(confirmed, 'confirmed');
    if (confirmed.length < tried.length) return this.#backOff();
    this.#size = Math.min(batchEntries.most, this.#size * 2);
    this.#restMs = restMs.least;
    // The next batch follows at once.
    this.#triedAt = Number.NEGATIVE_INFINITY;
  }

  #leave(entries: readonly InboxEntry[], why: 'confirmed' | 'expired'): void {
    if (entries.length === 0) return;
    this.parts.file.settle('copies', entries);
    this.parts.context.events.copiesLeft(entries.length, why);
    const left = new Set(entries);
    this.#hand = this.#hand.filter((entry) => !left.has(entry));
    if (this.parts.file.waiting('copies') === 0) this.parts.onEmpty();
  }

  /** True when the store has it on a replica, or has none. */
  async #appendAgain(entry: InboxEntry): Promise<boolean> {
    const write = fromRecord(entry);
    const event = write.kind === 'append' ? write.event : null;
    if (event !== null) this.#again.set(event, false);
    try {
      const answered = await within(
        writeTo(this.parts.store, write).then(() => true),
        this.options.deadlineMs,
      );
      return answered !== null && (event === null || this.#again.get(event) === false);
    } catch {
      return false;
    } finally {
      if (event !== null) this.#again.delete(event);
    }
  }

  #backOff(): void {
    this.#confirmed = false;
    this.#size = batchEntries.least;
    this.#triedAt = performance.now();
    this.#restMs = Math.min(restMs.most, this.#restMs * 2);
  }

  #isExpired(entry: InboxEntry): boolean {
    return this.parts.context.clock.now() - entry.receivedAtMs > this.options.maxAgeMs;
  }
}
