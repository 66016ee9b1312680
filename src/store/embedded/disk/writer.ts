import type { OutageLog } from '../../outage-log';
import { StoreUnavailableError } from '../../ports/errors';
import { Batch } from './batch';
import type { Counters } from './counters';
import { writeFault } from './data-directory';

/**
 * `grow`: refused while disk or limit leave no room. `work`: goes on then, because it is what makes room. `later`: work that
 * nobody waits for, which joins the next transaction, or makes one of its own after a moment.
 */
export type WriteKind = 'grow' | 'work' | 'later';

const defaultSliceMs = 5;
const defaultPatienceMs = 10;
const maxQueued = 100_000;
/** After a failed transaction growth waits this long, so that a full disk is asked four times a second and not for each message. */
const growthRestMs = 250;

interface Queued {
  readonly kind: WriteKind;
  readonly operation: (batch: Batch) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
  error: unknown;
  failed: boolean;
}

export interface WriterOptions {
  /** Runs `operations` on the event loop inside one transaction; resolves after its flush. */
  readonly transact: (operations: () => void) => Promise<unknown>;
  /** A transaction that takes longer is given up as far as its callers are concerned (it may still happen). */
  readonly commitTimeoutMs: number;
  /** Why nothing may grow now, while so many growing operations are on their way; null when it may. */
  readonly refuseGrowth: (growing: number) => string | null;
  /** Whether the disk has no room now. */
  readonly isFull: () => boolean;
  /** A transaction failed. */
  readonly onFailure: () => void;
  /** Operations run on the event loop; past this the rest waits for the next transaction. Default 5. */
  readonly sliceMs?: number;
  /** How long work of kind `later` waits for company; 0: not at all. Default 10. */
  readonly patienceMs?: number;
}

/**
 * Group commit: every write of the store goes through here, one transaction at a time.
 *
 * idle → committing (one LMDB transaction: its operations run on the event loop, then pages and the meta page are
 * written and flushed on another thread) → idle, or committing again with all that was queued in the meantime. So a
 * lone write starts at once, and many share one flush. Where only work is queued that can wait, idle lasts a moment longer. `stuck`: the transaction has outlived its time-out; everything
 * is refused until it ends. `closed`: nothing is taken, what is queued finishes. `halted`: the last transaction ends, and
 * nothing is answered, so that nobody acts on a refusal in a process that is about to end.
 *
 * LMDB commits without MDB_NOSYNC and without overlapping sync: its commit returns after fdatasync of the pages and
 * the synchronous write of the meta page, so a promise of `run` resolves after both.
 */
export class Writer {
  #queue: Queued[] = [];
  #running: Queued[] = [];
  #growing = 0;
  /** Runs while all that is queued can wait; null while a transaction is under way, or nothing is queued. */
  #patience: NodeJS.Timeout | null = null;
  #committing = false;
  #startedAt = 0;
  #watchedAt = 0;
  /** For the transaction that is committing, while the process ran. */
  #waitedMs = 0;
  #stuck = false;
  #closed = false;
  #halted: (() => void) | null = null;
  /** Transactions that came to nothing, or were given up. */
  failures = 0;
  #lastFailure: string | null = null;
  #failedAt = 0;
  /** The disk, at the last failure. */
  #wasFull = false;
  #idle: (() => void)[] = [];
  readonly #batch: Batch;
  readonly #watchdog: NodeJS.Timeout;
  readonly #counters: Counters;
  readonly #options: WriterOptions;
  readonly #outages: Pick<OutageLog, 'refused'>;

  constructor(counters: Counters, options: WriterOptions, outages: Pick<OutageLog, 'refused'>) {
    this.#counters = counters;
    this.#options = options;
    this.#outages = outages;

    this.#batch = new Batch(counters);
    const everyMs = Math.max(20, options.commitTimeoutMs / 10);
    this.#watchdog = setInterval(() => this.#watch(everyMs), everyMs);
    this.#watchdog.unref();
  }

  /**
   * Runs `operation` inside a transaction, atomically: all that it put, or nothing. Resolves with its result after the
   * flush. Rejects with what it threw, or with StoreUnavailableError.
   */
  run<T>(operation: (batch: Batch) => T, kind: WriteKind = 'work'): Promise<T> {
    if (this.#halted !== null) return new Promise(() => {});
    const refusal = this.#refusal(kind);
    if (refusal !== null) {
      if (!this.#closed) this.#outages.refused(refusal);
      return Promise.reject(new StoreUnavailableError(refusal));
    }
    return new Promise<T>((resolve, reject) => {
      if (kind === 'grow') this.#growing++;
      this.#queue.push({
        kind,
        operation,
        resolve: resolve as (value: unknown) => void,
        reject,
        result: undefined,
        error: undefined,
        failed: false,
      });
      if (kind === 'later') this.#startSoon();
      else this.#start();
    });
  }

  /** A transaction is under way: what its operations have written may still come to nothing. */
  get isCommitting(): boolean {
    return this.#committing;
  }

  /** Why writes fail now; null when they do not. */
  failure(): string | null {
    return this.#stuck ? 'the disk does not finish a write' : this.#lastFailure;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#queue.length > 0) this.#start();
    if (this.#committing && !this.#stuck) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearInterval(this.#watchdog);
  }

  /** Resolves when no transaction is under way; none follows. */
  halt(): Promise<void> {
    return new Promise((resolve) => {
      this.#halted = resolve;
      if (!this.#committing) resolve();
    });
  }

  #refusal(kind: WriteKind): string | null {
    if (this.#closed) return 'the store is closed';
    if (this.#stuck) return 'the disk does not finish a write';
    if (this.#queue.length >= maxQueued) return `${this.#queue.length} writes wait for the disk`;
    if (kind !== 'grow') return null;
    if (this.#isResting()) return this.#lastFailure;
    return this.#options.refuseGrowth(this.#growing);
  }

  /** After a failure; but a disk that was full and is not any more takes the first write at once. */
  #isResting(): boolean {
    if (this.#lastFailure === null || performance.now() - this.#failedAt >= growthRestMs) return false;
    return !this.#wasFull || this.#options.isFull();
  }

  #startSoon(): void {
    const { patienceMs = defaultPatienceMs } = this.#options;
    if (patienceMs === 0) return this.#start();
    if (this.#committing || this.#patience !== null) return;
    this.#patience = setTimeout(() => this.#start(), patienceMs);
  }

  #start(): void {
    if (this.#committing || this.#halted !== null) return;
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#patience = null;
    this.#committing = true;
    this.#startedAt = performance.now();
    this.#waitedMs = 0;
    this.#options
      .transact(() => this.#runQueued())
      .then(
        () => this.#ended(null),
        (error: unknown) => this.#ended(error),
      );
  }

  #runQueued(): void {
    const { sliceMs = defaultSliceMs } = this.#options;
    const started = performance.now();
    const queue = this.#queue;
    let count = 0;
    while (count < queue.length) {
      const queued = queue[count];
      if (queued !== undefined) this.#execute(queued);
      count++;
      if (performance.now() - started > sliceMs) break;
    }
    this.#running = count === queue.length ? queue : queue.slice(0, count);
    this.#queue = count === queue.length ? [] : queue.slice(count);
    this.#counters.write();
  }

  #execute(queued: Queued): void {
    try {
      queued.result = queued.operation(this.#batch);
      this.#batch.apply();
    } catch (error) {
      this.#batch.discard();
      queued.failed = true;
      queued.error = error;
    }
  }

  #ended(error: unknown): void {
    if (this.#halted !== null) return this.#halted();
    const ended = this.#running.length > 0 || error === null ? this.#running : this.#queue.splice(0);
    this.#running = [];
    this.#committing = false;
    for (const { kind } of ended) if (kind === 'grow') this.#growing--;
    if (error === null) {
      this.#counters.commit();
      this.#recovered();
      for (const queued of ended) {
        if (queued.failed) queued.reject(queued.error);
        else queued.resolve(queued.result);
      }
    } else {
      this.#counters.rollback();
      this.failures += 1;
      this.#failed(error);
      for (const queued of ended)
        queued.reject(new StoreUnavailableError('the store could not be written', { cause: error }));
    }
    if (this.#queue.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
    else if (this.#closed || this.#queue.some(({ kind }) => kind !== 'later')) this.#start();
    else this.#startSoon();
  }

  #recovered(): void {
    this.#lastFailure = null;
    this.#stuck = false;
  }

  #failed(error: unknown): void {
    this.#stuck = false;
    this.#failedAt = performance.now();
    this.#lastFailure ??= 'the last write failed';
    this.#wasFull = this.#options.isFull();
    this.#options.onFailure();
    // lmdb names the cause in a promise of its own, which must be caught in any case.
    const commitError =
      typeof error === 'object' && error !== null && 'commitError' in error ? error.commitError : error;
    void Promise.resolve(commitError)
      .catch((cause: unknown) => cause)
      .then((cause) => {
        const failure = `the last write failed: ${writeFault(cause)}`;
        if (this.#lastFailure !== null) this.#lastFailure = failure;
        this.#outages.refused(failure);
      });
  }

  /**
   * A process that stood still itself (stopped, starved) must not blame the disk, or it refuses what is about to be done:
   * of each round only its own length counts, and the answers that have arrived meanwhile come first.
   */
  #watch(everyMs: number): void {
    const nowMs = performance.now();
    const sinceMs = Math.max(this.#watchedAt, this.#startedAt);
    this.#watchedAt = nowMs;
    if (!this.#committing || this.#stuck) return;
    this.#waitedMs += Math.min(nowMs - sinceMs, everyMs * 1.5);
    if (this.#waitedMs < this.#options.commitTimeoutMs) return;
    const startedAt = this.#startedAt;
    setImmediate(() => {
      if (this.#committing && !this.#stuck && this.#startedAt === startedAt) this.#giveUp();
    });
  }

  #giveUp(): void {
    this.#stuck = true;
    this.failures += 1;
    this.#outages.refused('the disk does not finish a write');
    const abandoned = this.#queue.splice(0);
    for (const { kind } of abandoned) if (kind === 'grow') this.#growing--;
    for (const queued of [...this.#running, ...abandoned])
      queued.reject(new StoreUnavailableError('the disk does not finish a write'));
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
