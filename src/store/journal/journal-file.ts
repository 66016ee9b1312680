import type { InboxEntry } from '../../domain/inbox-entry';
import type { Lane } from '../../domain/lane';
import { openEmbeddedInbox, type StandaloneInbox } from '../embedded/store';
import type { InboxEvent } from '../ports/inbox';
import type { StoreFinding } from '../ports/store';
import type { JournaledWrite } from './journaled-write';
import { toRecords } from './journal-record';
import type { JournalContext, JournalOptions } from './options';

/** The journal is its inbox's only holder, and holds what it could not hand on until it can. */
const forEverMs = 2 ** 50;
/** A disk that takes longer than this takes nothing: whoever waits for it is answered below a second. */
const commitTimeoutMs = 850;
const defaults = { maxBytes: 1024 ** 3, minFreeDiskShare: 0.1 };
const never = new AbortController().signal;

/** What waits for the store, in order; and copies of what the store took but has not replicated. */
export type Shelf = 'log' | 'copies';
const laneOf: Readonly<Record<Shelf, Lane>> = { log: 'direct', copies: 'bulk' };

/**
 * The journal on disk: the embedded inbox, one lane as the log, the other for the copies.
 *
 * An entry is waiting (a row) → taken (held by the drain, for as long as this process lives) → settled (no row). A restart finds
 * what was waiting and what was taken, in its order.
 */
export class JournalFile {
  /** Appends that are not yet on disk. */
  writing = 0;
  /** Appends that have reached the disk. */
  written = 0;
  readonly #waiting: Record<Shelf, number> = { log: 0, copies: 0 };
  #settled: { readonly id: string; readonly bodyId: string }[] = [];
  #settling: Promise<void> | null = null;

  private constructor(private readonly inbox: StandaloneInbox) {}

  /** Throws StoreConfigurationError: the directory cannot be used, or another process holds it. */
  static async open(options: JournalOptions, context: JournalContext): Promise<JournalFile> {
    const { directory, maxBytes = defaults.maxBytes, minFreeDiskShare = defaults.minFreeDiskShare } = options;
    const inbox = await openEmbeddedInbox(
      {
        directory,
        name: 'the journal',
        maxBytes,
        minFreeDiskShare,
        plentyFreeBytes: maxBytes / minFreeDiskShare,
        claimTimeMs: forEverMs,
        commitTimeoutMs,
      },
      context,
    );
    const file = new JournalFile(inbox);
    const { depth } = await inbox.inbox.stats();
    file.#waiting.log = depth[laneOf.log];
    file.#waiting.copies = depth[laneOf.copies];
    return file;
  }

  /** Entries that wait, those that are taken but not handed on included. */
  waiting(shelf: Shelf): number {
    return this.#waiting[shelf];
  }

  usedBytes(): number {
    return this.inbox.usedBytes();
  }

  health(): Promise<readonly StoreFinding[]> {
    return this.inbox.health();
  }

  /** Resolves when it is on disk. Rejects with StoreUnavailableError: no room, or the disk fails. */
  async append(write: JournaledWrite, shelf: Shelf): Promise<void> {
    const records = toRecords(write, laneOf[shelf]);
    this.writing++;
    try {
      const [only] = records;
      if (records.length === 1 && only !== undefined) await this.#append(only, shelf);
      else await Promise.all(records.map((record) => this.#append(record, shelf)));
      this.written++;
    } finally {
      this.writing--;
    }
  }

  /** Up to `max` entries, the oldest first. */
  take(shelf: Shelf, max: number): Promise<InboxEntry[]> {
    const none = { direct: 0, bulk: 0 };
    return this.inbox.inbox.claim({ ...none, [laneOf[shelf]]: max }, 0, never);
  }

  /** Entries that have left; `flush` says when that is on disk. Until then a crash repeats them. */
  settle(shelf: Shelf, entries: readonly { readonly id: string; readonly bodyId: string }[]): void {
    this.#waiting[shelf] = Math.max(0, this.#waiting[shelf] - entries.length);
    for (const { id, bodyId } of entries) this.#settled.push({ id, bodyId });
    void this.flush().catch(() => {});
  }

  /** Rejects with StoreUnavailableError; the next flush tries again. */
  async flush(): Promise<void> {
    while (this.#settling !== null) await this.#settling;
    if (this.#settled.length === 0) return;
    const settled = this.#settled;
    this.#settled = [];
    this.#settling = this.inbox.inbox
      .settle(settled.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })))
      .finally(() => (this.#settling = null));
    try {
      await this.#settling;
    } catch (error) {
      this.#settled = settled.concat(this.#settled);
      throw error;
    }
  }

  /** No more can be taken, and so many are: what else is left, if anything, cannot be read. */
  onlyWaiting(shelf: Shelf, entries: number): void {
    this.#waiting[shelf] = entries;
  }

  /** See Store. */
  halt(): Promise<void> {
    return this.inbox.halt();
  }

  async close(): Promise<void> {
    await this.flush().catch(() => {});
    await this.inbox.close();
  }

  async #append(record: InboxEvent, shelf: Shelf): Promise<void> {
    const entries = record.recipients.reduce((count, group) => count + (group.length > 0 ? 1 : 0), 0);
    await this.inbox.inbox.append(record);
    this.#waiting[shelf] += entries;
  }
}
