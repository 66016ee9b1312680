import { failureText, StoreUnavailableError } from '../ports/errors';
import type { DrainPace } from './drain-pace';
import { InFlight, type Ticketed } from './in-flight';
import type { JournalFile } from './journal-file';
import { writeTo, type JournaledWrite, type WritableStore } from './journaled-write';
import type { JournalContext, JournalEvents } from './options';

interface Job extends Ticketed {
  readonly write: JournaledWrite;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  place: 'store' | 'held' | 'journal' | 'done';
  /** Times by `performance.now()`. */
  readonly submittedAt: number;
  placedAt: number;
  /** The journal has refused it: the store's answer is its last. */
  lastResort: boolean;
}

export interface StandInOptions {
  readonly storeDeadlineMs: number;
  readonly takeoverMs: number;
}

export interface StandInParts {
  readonly store: WritableStore;
  readonly file: JournalFile;
  readonly context: JournalContext;
  readonly pace: DrainPace;
  /** There is something for the drain to do. */
  readonly onWork: () => void;
}

/** No webhook is to wait for a second: an event that is nowhere by then is refused. */
const answerDeadlineMs = 900;
/** What comes to the journal late, because the process stood still before, is given so long there all the same. */
const leastAtJournalMs = 500;
/** Late is better than refused, which loses the event: WuKongIM waits five seconds for an answer. */
const starvedMs = 3_000;

/** An outage, for those who ask. */
export interface Outage {
  readonly sinceMs: number;
  readonly reason: string;
}

/**
 * The way of everything that a webhook waits for: to the store, or to the journal.
 *
 * direct (nothing waits in the journal: the store is asked) → journal (the store failed, or missed its deadline: everything
 * goes to the journal, what was under way first, in its order; the drain asks the store again after `takeoverMs`, and
 * while it hands on, newcomers go behind) → handover (few are left: newcomers are held back in memory until the
 * journal is empty, for some milliseconds) → direct.
 * Where the journal refuses, the store is asked all the same if it answers the drain. Closed: what is under way ends.
 * Retired: the journal is not needed any more, and the store is asked as if there had never been one.
 */
export class StandIn {
  readonly #atStore: InFlight<Job>;
  readonly #atJournal: InFlight<Job>;
  readonly #events: JournalEvents;
  #held: Job[] = [];
  #handover: NodeJS.Timeout | null = null;
  #mode: 'direct' | 'journal' | 'handover' | 'retired' = 'direct';
  #answers = true;
  #openUntil = 0;
  #outage: Outage | null = null;
  #open = 0;
  #closed: (() => void) | null = null;

  constructor(
    private readonly options: StandInOptions,
    private readonly parts: StandInParts,
  ) {
    this.#events = parts.context.events;
    const { storeDeadlineMs } = options;
    const placedAt = (job: Job): number => job.placedAt;
    const countedFrom = (job: Job): number =>
      Math.max(job.submittedAt, job.placedAt + leastAtJournalMs - answerDeadlineMs);
    this.#atStore = new InFlight<Job>(storeDeadlineMs, placedAt, () =>
      this.takeOver(new StoreUnavailableError(`it did not answer within ${storeDeadlineMs} ms`)),
    );
    const refuseLate = (): void => {
      for (const job of this.#atJournal.takeLate())
        this.#refuse(job, new StoreUnavailableError('the disk does not finish a write'));
    };
    this.#atJournal = new InFlight<Job>(answerDeadlineMs, countedFrom, refuseLate, starvedMs);
    if (parts.file.waiting('log') === 0) return;
    this.#mode = 'journal';
    this.#answers = false;
  }

  /** Null while the store has not failed. */
  get outage(): Outage | null {
    return this.#outage;
  }

  get isDirect(): boolean {
    return this.#mode === 'direct';
  }

  /** Newcomers are held back in memory. */
  get isHandingOver(): boolean {
    return this.#mode === 'handover';
  }

  get isRetired(): boolean {
    return this.#mode === 'retired';
  }

  /** How long the store is to be left alone. */
  get restMs(): number {
    return this.#openUntil - performance.now();
  }

  /** False: the store's last answer was a failure. */
  get answers(): boolean {
    return this.#answers;
  }

  /** Resolves when durable, in store or journal. Rejects with StoreUnavailableError when both refuse. */
  submit(write: JournaledWrite): Promise<void> {
    const mode = this.#mode;
    if (mode === 'retired') return writeTo(this.parts.store, write);
    if (this.#closed !== null) return Promise.reject(new StoreUnavailableError('the journal is closed'));
    return new Promise((resolve, reject) => {
      const submittedAt = performance.now();
      const job: Job = {
        write,
        resolve,
        reject,
        place: 'held',
        submittedAt,
        placedAt: submittedAt,
        lastResort: false,
      };
      this.#open++;
      switch (mode) {
        case 'direct':
          return this.#toStore(job);
        case 'journal':
          return this.#toJournal(job);
        case 'handover':
          this.#held.push(job);
          return;
        default:
          return mode satisfies never;
      }
    });
  }

  /** The store has failed, at a webhook's event or at the drain's. */
  takeOver(error: unknown): void {
    this.#answers = false;
    this.#openUntil = performance.now() + this.options.takeoverMs;
    if (this.#outage === null) {
      const reason = failureText(error);
      this.#outage = { sinceMs: this.parts.context.clock.now(), reason };
      this.#events.tookOver(reason);
    }
    this.#mode = 'journal';
    for (const job of this.#atStore.takeAll()) {
      if (job.lastResort) this.#refuse(job, error);
      else this.#toJournal(job);
    }
    for (const job of this.#endHandover()) this.#toJournal(job);
    this.parts.onWork();
  }

  /** The store has taken something from the drain. */
  answered(): void {
    this.#answers = true;
  }

  /**
   * Few entries are left: newcomers wait for them, or the journal would never be empty under load. Not longer than
   * `forMs`: then they go behind them all the same.
   */
  beginHandover(forMs: number): void {
    if (this.#mode !== 'journal' || this.#closed !== null) return;
    this.#mode = 'handover';
    this.#handover = setTimeout(() => this.#giveUpHandover(), forMs);
    this.#handover.unref();
  }

  /** Nothing waits in the journal. */
  handBack(): void {
    this.#mode = 'direct';
    this.#outage = null;
    this.#openUntil = 0;
    const placedAt = performance.now();
    for (const job of this.#endHandover()) {
      job.placedAt = placedAt;
      this.#toStore(job);
    }
  }

  /** Nothing waits in the journal, and nothing is to wait there again: what is at the store has as long as that takes. */
  retire(): void {
    this.#mode = 'retired';
    this.#atStore.takeAll();
  }

  /** Resolves when nothing is under way; the deadlines see to that. */
  async close(): Promise<void> {
    if (this.#mode === 'handover') this.#giveUpHandover();
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    this.#closed ??= () => {};
    this.#atStore.close();
    this.#atJournal.close();
  }

  #toStore(job: Job): void {
    job.place = 'store';
    this.#atStore.add(job);
    writeTo(this.parts.store, job.write).then(
      () => {
        if (job.place !== 'store') return;
        this.#atStore.remove(job);
        this.#end(job).resolve();
      },
      (error: unknown) => this.#failedAtStore(job, error),
    );
  }

  #failedAtStore(job: Job, error: unknown): void {
    if (job.place !== 'store') return;
    if (this.#mode === 'retired') return this.#end(job).reject(error);
    if (error instanceof StoreUnavailableError) return this.takeOver(error);
    this.#atStore.remove(job);
    if (job.lastResort) return this.#refuse(job, error);
    // Only this one is wrong for the store. It is kept, and later ones go behind it until the drain has seen it.
    if (this.#mode === 'direct') this.#mode = 'journal';
    this.#toJournal(job);
  }

  #toJournal(job: Job): void {
    job.place = 'journal';
    job.placedAt = performance.now();
    this.#atJournal.add(job);
    this.parts.file.append(job.write, 'log').then(
      () => {
        this.parts.onWork();
        if (job.place !== 'journal') return;
        this.#atJournal.remove(job);
        this.#events.appended();
        this.parts.pace.answered(performance.now() - job.submittedAt);
        this.#end(job).resolve();
      },
      (error: unknown) => {
        this.parts.onWork();
        if (job.place !== 'journal') return;
        this.#atJournal.remove(job);
        if (!this.#answers) return this.#refuse(job, error);
        job.lastResort = true;
        job.placedAt = performance.now();
        this.#toStore(job);
      },
    );
  }

  #giveUpHandover(): void {
    this.#mode = 'journal';
    for (const job of this.#endHandover()) this.#toJournal(job);
  }

  #endHandover(): Job[] {
    if (this.#handover !== null) clearTimeout(this.#handover);
    this.#handover = null;
    return this.#held.splice(0);
  }

  #refuse(job: Job, error: unknown): void {
    this.#events.refused(error);
    this.#end(job).reject(new StoreUnavailableError('store and journal both refuse', { cause: error }));
  }

  #end(job: Job): Job {
    job.place = 'done';
    this.#open--;
    if (this.#open === 0) this.#closed?.();
    return job;
  }
}
