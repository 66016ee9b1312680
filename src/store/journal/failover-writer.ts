import type { DurableQueue } from '../queue/durable-queue';
import { QueueDrain } from '../queue/queue-drain';
import { failureText, StoreUnavailableError } from '../ports/errors';
import { InFlight, type Ticketed } from './in-flight';
import { writeTo, type JournaledWrite, type WritableStore } from './journaled-write';
import { decodeWrite, encodeWrite } from './journaled-write-codec';
import type { JournalContext, JournalEvents, JournalOptions } from './options';

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

export type FailoverOptions = Pick<JournalOptions, 'storeDeadlineMs' | 'takeoverMs'>;

export interface FailoverParts {
  readonly store: WritableStore;
  /** What waits for the store. */
  readonly queue: DurableQueue;
  readonly context: JournalContext;
}

/** No webhook is to wait for a second: an event that is nowhere by then is refused. */
const answerDeadlineMs = 900;
/** What comes to the journal late, because the process stood still before, is given so long there all the same. */
const leastAtJournalMs = 500;
/** Late is better than refused, which loses the event: WuKongIM waits five seconds for an answer. */
const starvedMs = 3_000;
/** With so few left, newcomers wait for them: a few milliseconds' worth. */
const handoverItems = 128;
/** How long newcomers wait for them; a hand-over that takes longer is tried again later, and may then take longer. */
const handoverMs = { least: 20, most: 200 };
/** In between, in so many times its length. */
const handoverRest = 10;
/** Nobody waits for the drain, and every deadline missed may be a repeat. */
const patience = 8;

/** An outage, for those who ask. */
export interface Outage {
  readonly sinceMs: number;
  readonly reason: string;
}

/**
 * Writes everything that a webhook waits for to the store, or to the journal's queue.
 *
 * direct (nothing waits in the journal: the store is asked) → journal (the store failed, or missed its deadline: everything
 * goes to the journal, what was under way first, in its order; the drain asks the store again after `takeoverMs`, and
 * while it hands on, newcomers go behind) → handover (few are left: newcomers are held back in memory until the
 * journal is empty, for some milliseconds) → direct.
 * Where the journal refuses, the store is asked all the same if it answers the drain. Closed: what is under way ends.
 */
export class FailoverWriter {
  readonly drain: QueueDrain<JournaledWrite>;
  readonly #atStore: InFlight<Job>;
  readonly #atJournal: InFlight<Job>;
  readonly #events: JournalEvents;
  #held: Job[] = [];
  #handover: NodeJS.Timeout | null = null;
  #handoverMs = handoverMs.least;
  #handoverNotBefore = 0;
  #mode: 'direct' | 'journal' | 'handover' = 'direct';
  #outage: Outage | null = null;
  #drained = 0;
  #open = 0;
  #closed: (() => void) | null = null;
  /** The outage, or this run, by the monotonic clock. */
  #beganAtMs: number;
  readonly #options: FailoverOptions;
  readonly #parts: FailoverParts;

  constructor(options: FailoverOptions, parts: FailoverParts) {
    this.#options = options;
    this.#parts = parts;
    this.#events = parts.context.events;
    this.#beganAtMs = parts.context.clock.monotonicMs();
    this.#atStore = new InFlight<Job>(
      options.storeDeadlineMs,
      (job) => job.placedAt,
      () =>
        this.#takeOver(new StoreUnavailableError(`it did not answer within ${options.storeDeadlineMs} ms`)),
    );
    this.#atJournal = new InFlight<Job>(
      answerDeadlineMs,
      (job) => Math.max(job.submittedAt, job.placedAt + leastAtJournalMs - answerDeadlineMs),
      () => {
        for (const job of this.#atJournal.takeLate())
          this.#refuse(job, new StoreUnavailableError('the disk does not finish a write'));
      },
      starvedMs,
    );
    this.drain = this.#createDrain();
    if (parts.queue.depth > 0) this.#mode = 'journal';
  }

  /** Null while the store has not failed. */
  get outage(): Outage | null {
    return this.#outage;
  }

  get isDirect(): boolean {
    return this.#mode === 'direct';
  }

  /** Resolves when durable, in store or journal. Rejects with StoreUnavailableError when both refuse. */
  submit(write: JournaledWrite): Promise<void> {
    const mode = this.#mode;
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

  /** Resolves when nothing is under way, which the deadlines bound, and the drain has stopped. */
  async close(): Promise<void> {
    if (this.#mode === 'handover') this.#giveUpHandover();
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    this.#closed ??= () => {};
    this.#atStore.close();
    this.#atJournal.close();
    await this.drain.stop();
  }

  #createDrain(): QueueDrain<JournaledWrite> {
    const { queue, store } = this.#parts;
    const { storeDeadlineMs, takeoverMs } = this.#options;
    return new QueueDrain({
      queue,
      decode: decodeWrite,
      send: (write) => writeTo(store, write),
      isOutage: (error) => error instanceof StoreUnavailableError,
      roundTimeoutMs: storeDeadlineMs * patience,
      stopTimeoutMs: storeDeadlineMs,
      restMs: { least: takeoverMs, most: takeoverMs },
      roundItems: { least: 16, most: 128 },
      loneProbes: 10,
      isUrgent: () => this.#mode === 'handover',
      listener: {
        sent: (items) => {
          this.#drained += items;
          this.#events.drained(items);
        },
        failed: (error) => this.#takeOver(error),
        setAside: (error) => this.#events.setAside(error),
        roundTaken: (tookMs) => this.#mayHandOver(tookMs),
        emptied: () => this.#handBack(),
        broken: (error) => {
          this.#events.failed(error);
          // Whatever ails the journal must not keep events from a store that answers.
          this.#handBack();
        },
      },
    });
  }

  /** The store has failed, at a webhook's event or at the drain's. */
  #takeOver(error: unknown): void {
    this.drain.rest();
    if (this.#outage === null) {
      const reason = failureText(error);
      const { clock } = this.#parts.context;
      this.#outage = { sinceMs: clock.now(), reason };
      this.#beganAtMs = clock.monotonicMs();
      this.#events.tookOver(reason);
    }
    this.#mode = 'journal';
    for (const job of this.#atStore.takeAll()) {
      if (job.lastResort) this.#refuse(job, error);
      else this.#toJournal(job);
    }
    for (const job of this.#endHandover()) this.#toJournal(job);
    this.drain.wake();
  }

  /**
   * Few items are left: newcomers wait for them, or the journal would never be empty under load. A store that answers slowly
   * would miss the next webhook's deadline: then the journal stays in front of it.
   */
  #mayHandOver(tookMs: number): void {
    const { queue } = this.#parts;
    const now = performance.now();
    if (this.#mode !== 'journal' || this.#closed !== null) return;
    if (now < this.#handoverNotBefore || tookMs > this.#options.storeDeadlineMs / 2) return;
    if (this.drain.blocked > 0 || queue.depth - this.drain.setAside + queue.writing > handoverItems) return;
    this.#mode = 'handover';
    this.#handover = setTimeout(() => this.#giveUpHandover(), this.#handoverMs);
    this.#handover.unref();
    this.#handoverNotBefore = now + this.#handoverMs * (1 + handoverRest);
    this.#handoverMs = Math.min(handoverMs.most, this.#handoverMs * 2);
  }

  /** Nothing waits in the journal. */
  #handBack(): void {
    if (this.#mode === 'direct') return;
    const isTold = this.#outage !== null || this.#drained > 0;
    const forMs = this.#parts.context.clock.monotonicMs() - this.#beganAtMs;
    const drained = this.#drained;
    this.#mode = 'direct';
    this.#outage = null;
    this.#drained = 0;
    this.#handoverMs = handoverMs.least;
    const placedAt = performance.now();
    for (const job of this.#endHandover()) {
      job.placedAt = placedAt;
      this.#toStore(job);
    }
    if (isTold) this.#events.handedBack({ forMs, drained });
  }

  #toStore(job: Job): void {
    job.place = 'store';
    this.#atStore.add(job);
    writeTo(this.#parts.store, job.write).then(
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
    if (error instanceof StoreUnavailableError) return this.#takeOver(error);
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
    this.#parts.queue.append(encodeWrite(job.write)).then(
      () => {
        this.drain.wake();
        if (job.place !== 'journal') return;
        this.#atJournal.remove(job);
        this.#events.appended();
        this.#end(job).resolve();
      },
      (error: unknown) => {
        this.drain.wake();
        if (job.place !== 'journal') return;
        this.#atJournal.remove(job);
        if (!this.drain.answers) return this.#refuse(job, error);
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
