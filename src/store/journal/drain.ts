import { StoreUnavailableError } from '../ports/errors';
import type { DrainPace } from './drain-pace';
import type { JournalFile } from './journal-file';
import { writeTo, type WritableStore } from './journaled-write';
import type { JournalContext } from './options';
import { continues, countEntries, extend, parcelOf, weigh, type Parcel } from './parcel';
import type { StandIn } from './stand-in';
import type { Wake } from './wake';

export interface DrainOptions {
  readonly storeDeadlineMs: number;
  readonly takeoverMs: number;
}

export interface DrainParts {
  readonly store: WritableStore;
  readonly file: JournalFile;
  readonly standIn: StandIn;
  readonly wake: Wake;
  readonly pace: DrainPace;
  readonly context: JournalContext;
  /** Nothing waits but what is set aside. */
  readonly onEmpty: () => void;
}

const roundEntries = { least: 16, most: 128 };
const roundBytes = { few: 262_144, many: 1_048_576 };
/** Handed to the store in one turn of the event loop. */
const aTurn = { parcels: 64, bytes: 131_072 };
/** With so few left, newcomers wait for them: a few milliseconds' worth. */
const handoverEntries = 128;
/** How long newcomers wait for them; a hand-over that takes longer is tried again later, and may then take longer. */
const handoverMs = { least: 20, most: 200 };
/** In between, in so many times its length. */
const handoverRest = 10;
const idleMs = 5_000;
const wrongAgainMs = 60_000;
/** A part of the store may be away alone: what has failed so often while others were taken no longer holds those up. */
const failuresInHand = 3;
const stuckEntries = 1_024;
const lonelyProbes = 10;
/** Nobody waits for the drain, and every deadline missed may be a repeat. */
const patience = 8;

/**
 * Hands on to the store what waits in the journal, in its order, in rounds.
 *
 * idle (nothing waits) → resting (the store has failed: it is left alone) → probing (one event) → draining (rounds, larger while they
 * are light) → idle. What fails stays in hand and comes first in the next round; what fails again and again
 * while the store takes others is stuck: it is tried apart from them, and still nothing goes past the journal. An event that the store rejects with an
 * error of another kind is set aside for a minute, so that it does not hold the others up. Stopped: what was in hand stays in
 * the journal.
 */
export class Drain {
  readonly #stopping = new AbortController();
  #hand: Parcel[] = [];
  #stuck: Parcel[] = [];
  #stuckUntil = 0;
  #probes = 0;
  #aside: Parcel[] = [];
  #asideUntil = 0;
  #size = roundEntries.least;
  #handoverMs = handoverMs.least;
  #handoverNotBefore = 0;
  #drained = 0;
  readonly #startedAtMs: number;
  #running: Promise<void> | null = null;

  constructor(
    private readonly options: DrainOptions,
    private readonly parts: DrainParts,
  ) {
    this.#startedAtMs = parts.context.clock.now();
  }

  /** Entries that the store rejects as wrong. */
  get setAside(): number {
    return countEntries(this.#aside);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.parts.wake.call();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { file, standIn, context } = this.parts;
    while (!this.#stopping.signal.aborted) {
      const restMs = Math.max(standIn.restMs, this.#stuckRestMs());
      if (restMs > 0) {
        await this.#sleep(restMs);
        continue;
      }
      try {
        const { written } = file;
        await this.#fill();
        if (this.#hand.length > 0) await this.#round();
        else if (file.writing > 0 || this.#stuck.length > 0) await this.parts.wake.wait(idleMs);
        else if (file.written === written) await this.#idle();
      } catch (error) {
        context.events.failed(error);
        // Whatever ails the journal must not keep events from a store that answers.
        this.#handBack();
        await this.#sleep(1_000);
      }
    }
  }

  async #idle(): Promise<void> {
    const { file, standIn, wake } = this.parts;
    if (!standIn.isDirect) {
      file.onlyWaiting('log', this.setAside);
      this.#handBack();
      this.#handoverMs = handoverMs.least;
    }
    this.parts.onEmpty();
    await wake.wait(idleMs);
  }

  #handBack(): void {
    const { standIn, context } = this.parts;
    const { outage } = standIn;
    standIn.handBack();
    const sinceMs = outage?.sinceMs ?? this.#startedAtMs;
    if (outage !== null || this.#drained > 0)
      context.events.handedBack({ forMs: context.clock.now() - sinceMs, drained: this.#drained });
    this.#drained = 0;
  }

  /** Takes entries from the journal until a round is full. */
  async #fill(): Promise<void> {
    const { file, context } = this.parts;
    if (this.#aside.length > 0 && performance.now() > this.#asideUntil) this.#takeBackAside();
    if (this.#stuck.length > 0 && performance.now() > this.#stuckUntil) this.#tryStuck();
    const room = this.#size - countEntries(this.#hand);
    if (room <= 0) return;
    for (const entry of await file.take('log', room)) {
      const last = this.#hand[this.#hand.length - 1];
      if (last !== undefined && continues(last, entry)) {
        extend(last, entry);
        continue;
      }
      try {
        this.#hand.push(parcelOf(entry));
      } catch (error) {
        context.events.setAside(error);
      }
    }
  }

  async #round(): Promise<void> {
    const { standIn, file, context } = this.parts;
    const parcels = standIn.answers ? this.#hand : this.#nextProbe();
    const startedAt = performance.now();
    await this.#handOn(parcels);
    const tookMs = performance.now() - startedAt;
    const done = parcels.filter(({ state }) => state === 'done');
    if (done.length > 0) {
      standIn.answered();
      this.#probes = 0;
      this.#drained += done.length;
      context.events.drained(done.length);
      file.settle(
        'log',
        done.flatMap(({ entries }) => entries),
      );
    }
    this.#setAside(parcels.filter(({ state }) => state === 'wrong'));
    const failed = parcels.filter(({ state }) => state === 'failed' || state === 'waiting');
    this.#hand = this.#hand.filter(({ state }) => state !== 'done' && state !== 'wrong');
    for (const parcel of this.#hand) parcel.state = 'waiting';
    if (this.#stopping.signal.aborted) return;
    if (failed.length > 0) return this.#fail(failed, done.length > 0);
    // What was stuck is tried one by one until one gets through.
    if (done.some(({ failures }) => failures >= failuresInHand)) this.#takeBackStuck();
    this.#resize(parcels);
    this.#mayHandOver(tookMs);
    await this.#pauseForWebhooks(countEntries(done));
  }

  /** The first alone; after a while more of them, because that one may be for a part of the store that is away alone. */
  #nextProbe(): Parcel[] {
    return this.#hand.slice(0, this.#probes++ < lonelyProbes ? 1 : roundEntries.least);
  }

  #fail(failed: readonly Parcel[], othersDone: boolean): void {
    this.#size = roundEntries.least + (othersDone ? countEntries(this.#hand) : 0);
    if (othersDone) for (const parcel of failed) parcel.failures++;
    const stuck = failed.filter(({ failures }) => failures >= failuresInHand);
    if (stuck.length > 0) {
      this.#hand = this.#hand.filter((parcel) => !stuck.includes(parcel));
      this.#stuck = [...stuck, ...this.#stuck];
      this.#stuckUntil = performance.now() + this.options.takeoverMs;
    }
    if (othersDone && stuck.length === failed.length) return;
    this.parts.standIn.takeOver(
      failed[0]?.error ?? new StoreUnavailableError(`it did not answer within ${this.#patienceMs} ms`),
    );
  }

  #tryStuck(): void {
    const parcel = this.#stuck.shift();
    if (parcel !== undefined) this.#hand.unshift(parcel);
  }

  #takeBackStuck(): void {
    for (const parcel of this.#stuck) parcel.failures = 0;
    this.#hand = [...this.#stuck, ...this.#hand];
    this.#stuck = [];
  }

  /** With nothing else in hand, or too much stuck, the stuck ones are waited for. */
  #stuckRestMs(): number {
    const entries = countEntries(this.#stuck);
    const alone = this.#hand.length === 0 && this.parts.file.waiting('log') <= entries + this.setAside;
    return entries > stuckEntries || (alone && entries > 0) ? this.#stuckUntil - performance.now() : 0;
  }

  /** Resolves when the store has answered for all, or has taken too long, or the drain stops. */
  async #handOn(parcels: readonly Parcel[]): Promise<void> {
    const answers: Promise<void>[] = [];
    let [count, bytes] = [0, 0];
    for (const parcel of parcels) {
      // The answer to an earlier attempt has come meanwhile.
      if (parcel.state === 'done') continue;
      if (count >= aTurn.parcels || bytes > aTurn.bytes) {
        await new Promise((resolve) => setImmediate(resolve));
        [count, bytes] = [0, 0];
      }
      answers.push(this.#send(parcel));
      count++;
      bytes += weigh(parcel);
    }
    await this.#inTime(Promise.all(answers));
  }

  #inTime(answers: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stopping;
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', hurry);
        resolve();
      };
      const hurry = (): void => {
        clearTimeout(timer);
        timer = setTimeout(end, this.options.storeDeadlineMs);
      };
      let timer = setTimeout(end, this.#patienceMs);
      if (signal.aborted) hurry();
      else signal.addEventListener('abort', hurry);
      void answers.then(end);
    });
  }

  /** Never rejects. An answer that comes after the round was given up still counts while the parcel is in hand. */
  async #send(parcel: Parcel): Promise<void> {
    try {
      await writeTo(this.parts.store, parcel.write);
      parcel.state = 'done';
    } catch (error) {
      if (parcel.state === 'done') return;
      parcel.state = error instanceof StoreUnavailableError ? 'failed' : 'wrong';
      parcel.error = error;
    }
  }

  #setAside(wrong: readonly Parcel[]): void {
    if (wrong.length === 0) return;
    this.parts.standIn.answered();
    this.#asideUntil = performance.now() + wrongAgainMs;
    for (const parcel of wrong) {
      this.#aside.push(parcel);
      this.parts.context.events.setAside(parcel.error);
    }
  }

  #takeBackAside(): void {
    for (const parcel of this.#aside) parcel.state = 'waiting';
    this.#hand = [...this.#aside, ...this.#hand];
    this.#aside = [];
  }

  #resize(parcels: readonly Parcel[]): void {
    const bytes = parcels.reduce((sum, parcel) => sum + weigh(parcel), 0);
    if (bytes > roundBytes.many) this.#size = Math.max(1, this.#size >> 2);
    else if (bytes < roundBytes.few && countEntries(parcels) >= this.#size / 2)
      this.#size = Math.min(roundEntries.most, this.#size * 2);
  }

  /** A store that answers slowly would miss the next webhook's deadline: then the journal stays in front of it. */
  #mayHandOver(tookMs: number): void {
    const { file, standIn } = this.parts;
    const now = performance.now();
    if (this.#stuck.length > 0 || now < this.#handoverNotBefore || tookMs > this.options.storeDeadlineMs / 2)
      return;
    if (file.waiting('log') - this.setAside + file.writing > handoverEntries) return;
    standIn.beginHandover(this.#handoverMs);
    this.#handoverNotBefore = now + this.#handoverMs * (1 + handoverRest);
    this.#handoverMs = Math.min(handoverMs.most, this.#handoverMs * 2);
  }

  async #pauseForWebhooks(drained: number): Promise<void> {
    const { pace, standIn, file } = this.parts;
    pace.round(drained, file.waiting('log'), performance.now());
    if (pace.restMs > 0 && !standIn.isHandingOver) await this.#sleep(pace.restMs);
  }

  get #patienceMs(): number {
    return this.options.storeDeadlineMs * patience;
  }

  #sleep(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stopping;
      if (signal.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, forMs);
      timer.unref();
      signal.addEventListener('abort', done);
    });
  }
}
