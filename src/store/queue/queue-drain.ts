import { nextTurn } from '../../runtime/slice';
import { StoreUnavailableError } from '../ports/errors';
import type { DurableQueue } from './durable-queue';
import { HeldItem } from './held-item';
import { Wake } from './wake';

/** What a drain does with a queue, one function each; none of them throws. */
export interface DrainListener {
  /** So many items have left the queue for the receiver. */
  sent(items: number): void;
  /** The receiver has taken nothing of what it was sent, and is left alone for a while. */
  failed(error: unknown): void;
  /** An item is set aside: it failed as often as it may. Once per item. */
  setAside(error: unknown): void;
  /** All that a round sent was taken, in so many milliseconds. */
  roundTaken(tookMs: number): void;
  /** Nothing waits, except items set aside that the receiver calls wrong. */
  emptied(): void;
  /** The queue cannot be read, or an end not be written, now; it is tried again. */
  broken(error: unknown): void;
}

export interface DrainOptions<T> {
  readonly queue: DurableQueue;
  /** Throws on bytes that nobody wrote; such an item is set aside. */
  readonly decode: (bytes: Buffer) => T;
  /** Resolves when the receiver has the item. */
  readonly send: (value: T) => Promise<void>;
  /** True: the receiver is away, and waiting helps. False: it refuses this one item. */
  readonly isOutage: (error: unknown) => boolean;
  /** A round that takes longer is given up. Nobody waits for it, and each item given up may be sent twice. */
  readonly roundTimeoutMs: number;
  /** While it stops, a round that takes longer is given up. */
  readonly stopTimeoutMs: number;
  /** How long a receiver that failed is left alone: at first, and at most, twice as long each time. */
  readonly restMs: { readonly least: number; readonly most: number };
  /** Items per round, at first and at most. */
  readonly roundItems: { readonly least: number; readonly most: number };
  /** Lone items that are sent to a receiver that failed, before a round of the least size is tried. */
  readonly loneProbes: number;
  /** Where a pause between rounds is out of place now. */
  readonly isUrgent: () => boolean;
  readonly listener: DrainListener;
}

const roundBytes = 1_048_576;
/** Sent in one turn of the event loop. */
const turn = { items: 64, bytes: 131_072 };
/** An item is set aside after so many failures while the receiver took others, or refusals of the item alone. */
const failuresUntilAside = 3;
const refusedAgainMs = 60_000;
const idleMs = 5_000;
/** A pause as long as the round, but no longer: the processor is left to others for half of the time. */
const longestPauseMs = 4;

/**
 * Sends the items of a queue to a receiver, in their order, in rounds.
 *
 * idle (nothing waits) → draining (rounds, larger while all is taken) → resting (the receiver has taken nothing: it is left alone)
 * → probing (one item) → draining → idle. An item that fails stays in hand and comes first in the next round; one that fails again
 * and again while others are taken is set aside, and tried alone until one of those gets through. Stopped: what was in hand stays
 * in the queue.
 */
export class QueueDrain<T> {
  readonly #stopping = new AbortController();
  #hand: HeldItem<T>[] = [];
  #aside: HeldItem<T>[] = [];
  #asideUntil = 0;
  /** An item that was set aside has got through: the others follow. */
  #asideOpen = false;
  #answers: boolean;
  #probes = 0;
  #restUntil = 0;
  #restMs: number;
  #size: number;
  #depthBefore = 0;
  #running: Promise<void> | null = null;
  readonly #wake = new Wake();
  readonly #options: DrainOptions<T>;

  constructor(options: DrainOptions<T>) {
    this.#options = options;
    this.#size = options.roundItems.least;
    this.#restMs = options.restMs.least;
    this.#answers = options.queue.depth === 0;
  }

  /** False: the receiver took nothing when it was last asked. */
  get answers(): boolean {
    return this.#answers;
  }

  /** Items set aside. */
  get setAside(): number {
    return this.#aside.length;
  }

  /** Items set aside because a part of the receiver is away. */
  get blocked(): number {
    return this.#aside.reduce((count, { isOutage }) => count + (isOutage ? 1 : 0), 0);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** An item has been appended. */
  wake(): void {
    this.#wake.call();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.call();
    await this.#running;
  }

  /** The receiver has failed, here or for somebody else: it is left alone, and then asked with one item. */
  rest(): void {
    this.#answers = false;
    const now = performance.now();
    if (now < this.#restUntil) return;
    this.#restUntil = now + this.#restMs;
    this.#restMs = Math.min(this.#options.restMs.most, this.#restMs * 2);
  }

  /** The receiver has answered somebody else: it is asked soon, after the shortest rest. */
  hurry(): void {
    this.#restMs = this.#options.restMs.least;
    this.#restUntil = Math.min(this.#restUntil, performance.now() + this.#restMs);
    this.#wake.call();
  }

  async #run(): Promise<void> {
    const { queue, listener } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const restMs = this.#restUntil - performance.now();
      if (restMs > 0) {
        await this.#wake.wait(restMs);
        continue;
      }
      try {
        const { writing } = queue;
        this.#fill();
        if (this.#hand.length > 0) await this.#round();
        else if (writing + queue.writing === 0) await this.#idle();
        else await this.#wake.wait(idleMs);
      } catch (error) {
        listener.broken(error);
        await this.#sleep(1_000);
      }
    }
  }

  async #idle(): Promise<void> {
    const leftMs = this.#aside.length === 0 ? idleMs : Math.max(1, this.#asideUntil - performance.now());
    if (this.blocked === 0) {
      this.#answers = true;
      this.#options.queue.onlyLeft(this.#aside.length);
      this.#options.listener.emptied();
    }
    await this.#wake.wait(Math.min(idleMs, leftMs));
  }

  #fill(): void {
    const { queue } = this.#options;
    const again = this.#asideOpen ? this.#size : performance.now() > this.#asideUntil ? 1 : 0;
    for (const item of this.#aside.splice(0, Math.max(0, Math.min(again, this.#size - this.#hand.length)))) {
      const bytes = queue.read(item.sequence);
      if (bytes !== null) this.#hold(item, bytes);
    }
    const room = this.#size - this.#hand.length;
    for (const { sequence, bytes } of queue.take(room, roundBytes)) this.#hold(new HeldItem(sequence), bytes);
  }

  #hold(item: HeldItem<T>, bytes: Buffer): void {
    try {
      item.hold(this.#options.decode(bytes), bytes.length);
      this.#hand.push(item);
    } catch (error) {
      this.#putAside(item, error, false);
    }
  }

  async #round(): Promise<void> {
    const { queue, listener, roundItems, restMs } = this.#options;
    const round = this.#answers ? this.#hand : this.#nextProbe();
    const startedAt = performance.now();
    await this.#sendAll(round);
    const tookMs = performance.now() - startedAt;
    const done = round.filter(({ state }) => state === 'done');
    const failed = round.filter(({ state }) => state !== 'done');
    if (done.length > 0) {
      this.#answers = true;
      this.#probes = 0;
      this.#restMs = restMs.least;
      this.#asideOpen ||= done.some(({ failures }) => failures >= failuresUntilAside);
      queue.settle(done.map(({ sequence }) => sequence));
      listener.sent(done.length);
    }
    this.#hand = this.#hand.filter(({ state }) => state !== 'done');
    if (this.#stopping.signal.aborted) return;
    if (failed.length > 0) return this.#fail(failed, done.length > 0);
    if (round.length >= this.#size / 2) this.#size = Math.min(roundItems.most, this.#size * 2);
    listener.roundTaken(tookMs);
    await this.#pause(tookMs);
  }

  #nextProbe(): HeldItem<T>[] {
    const { loneProbes, roundItems } = this.#options;
    return this.#hand.slice(0, this.#probes++ < loneProbes ? 1 : roundItems.least);
  }

  #fail(failed: readonly HeldItem<T>[], othersTaken: boolean): void {
    const { isOutage, roundItems, restMs, listener } = this.#options;
    const outages = failed.filter(({ state, error }) => state === 'waiting' || isOutage(error));
    const isRefusal = outages.length < failed.length;
    if (isRefusal) this.#answers = true;
    for (const item of failed) {
      const outage = outages.includes(item);
      if (othersTaken || !outage) item.failures++;
      if (item.failures >= failuresUntilAside) this.#putAside(item, item.error, outage);
    }
    this.#hand = this.#hand.filter(({ isAside }) => !isAside);
    for (const item of this.#hand) item.state = 'waiting';
    // Room for others beside those that fail.
    this.#size = roundItems.least + (othersTaken ? this.#hand.length : 0);
    const left = outages.filter(({ isAside }) => !isAside);
    if (left.length === 0) return;
    if (othersTaken || isRefusal) {
      this.#restUntil = performance.now() + restMs.least;
      return;
    }
    this.rest();
    listener.failed(left[0]?.error ?? new StoreUnavailableError('it did not answer in time'));
  }

  #putAside(item: HeldItem<T>, error: unknown, isOutage: boolean): void {
    if (item.isNew(isOutage)) this.#options.listener.setAside(error);
    item.letGo(isOutage);
    this.#aside.push(item);
    this.#asideOpen = false;
    const againMs = this.blocked > 0 ? this.#options.restMs.least : refusedAgainMs;
    this.#asideUntil = performance.now() + againMs;
  }

  /** Resolves when the receiver has answered for all, or has taken too long, or the drain stops. */
  async #sendAll(round: readonly HeldItem<T>[]): Promise<void> {
    const answers: Promise<void>[] = [];
    let [count, bytes] = [0, 0];
    for (const item of round) {
      // The answer to an earlier attempt has come meanwhile.
      if (item.state === 'done') continue;
      if (count >= turn.items || bytes > turn.bytes) {
        await nextTurn();
        [count, bytes] = [0, 0];
      }
      answers.push(item.send(this.#options.send));
      count++;
      bytes += item.bytes;
    }
    await this.#inTime(Promise.all(answers));
  }

  #inTime(answers: Promise<unknown>): Promise<void> {
    const { roundTimeoutMs, stopTimeoutMs } = this.#options;
    return new Promise((resolve) => {
      const { signal } = this.#stopping;
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', hurry);
        resolve();
      };
      const hurry = (): void => {
        clearTimeout(timer);
        timer = setTimeout(end, stopTimeoutMs);
      };
      let timer = setTimeout(end, roundTimeoutMs);
      if (signal.aborted) hurry();
      else signal.addEventListener('abort', hurry);
      void answers.then(end);
    });
  }

  /** Only where the queue shrinks: a drain that is slower than what arrives would never end. */
  async #pause(tookMs: number): Promise<void> {
    const { depth } = this.#options.queue;
    const shrinks = depth < this.#depthBefore;
    this.#depthBefore = depth;
    if (shrinks && depth > 0 && !this.#options.isUrgent())
      await this.#sleep(Math.min(tookMs, longestPauseMs));
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
