import type { Clock, Random } from '../../domain/clock';
import type { Deadlines } from '../../shared/deadlines';
import type { Reception } from '../../shared/reception';
import type { DurableQueue, QueueItem } from './durable-queue';
import { Wake } from './wake';

export type GivenUp = 'expired' | 'refused' | 'unreadable';

/** What one request carries. */
export interface Carried {
  /** It is given up by the age of this, ms since the epoch. */
  readonly receivedAtMs: number;
}

/** What a drain does with what a request carries, one function each; none of them throws. */
export interface LaneListener<T> {
  /** The receiver has taken it. */
  taken(carried: T): void;
  /** The receiver takes nothing now. Once per attempt. */
  away(carried: T, reason: string): void;
  /** The receiver does not want this; it is sent again. */
  refused(carried: T, reason: string): void;
  /** The queue cannot be read, or a dead letter not be written, now; it is tried again. */
  broken(error: unknown): void;
}

/** Requests that a receiver has taken. */
export interface ReceiverProgress {
  taken: number;
}

export interface LaneOptions<T extends Carried> {
  readonly queue: DurableQueue;
  /** Items of the queue that one request carries, 1 or more. */
  readonly itemsPerRequest: number;
  /** Requests at a time. 1: items reach the receiver in their order. */
  readonly parallel: number;
  /** Requests in memory; what they carry stays the same at each attempt, and the rest waits on disk. Default: one where `parallel` is 1, else 64. */
  readonly heldRequests?: number;
  readonly maxAgeMs: number;
  /** Shared by all lanes to one receiver. Default: it has only this one. */
  readonly progress?: ReceiverProgress;
  /** Judges the age: what only a wrong clock calls too old is sent. */
  readonly deadlines: Pick<Deadlines, 'of'>;
  /** What the receiver refused so often is given up. */
  readonly mostRefusals: number;
  /** Throws on bytes that no version of the relay wrote. */
  readonly decode: (items: readonly Buffer[]) => T;
  readonly send: (carried: T) => Promise<Reception>;
  /** Keeps what is not sent any more; null: it cannot be read. Rejects with StoreUnavailableError; then it is asked again. */
  readonly giveUp: (carried: T | null, why: GivenUp, detail: string) => Promise<void>;
  /** Between attempts: at first, and at most, twice as long each time. */
  readonly restMs: { readonly least: number; readonly most: number };
  readonly listener: LaneListener<T>;
  readonly clock: Clock;
  readonly random: Random;
}

interface Held<T> {
  readonly sequences: readonly number[];
  readonly carried: T | null;
  readonly bytes: number;
  /** Attempts that met a receiver which took nothing, and what it had taken before the latest one. */
  failures: number;
  takenBefore: number;
  /** Of those, how many met a receiver that took others meanwhile. */
  aloneFailures: number;
  refusals: number;
  /** By the monotonic clock. */
  dueAtMs: number;
  isSending: boolean;
}

/** More wait on disk, and not in memory. */
const heldBytes = 4 * 1024 * 1024;
const usuallyHeld = 64;
const idleMs = 5_000;

/**
 * Sends the items of a queue to a receiver, one or more per request.
 *
 * idle → sending → (the receiver is away) resting, then probing with one request, each time another one → sending. What the
 * receiver refuses, or what fails again after others were taken, is sent again by itself, while others pass it where the lane
 * allows that. Where it does not, either is given up after as many attempts. Stopped: what was not taken stays on disk.
 */
export class LaneDrain<T extends Carried> {
  readonly #held: Held<T>[] = [];
  #sending = 0;
  #awayUntilMs = 0;
  #failures = 0;
  #isStopped = false;
  #running: Promise<void> | null = null;
  readonly #wake = new Wake();
  readonly #progress: ReceiverProgress;
  readonly #options: LaneOptions<T>;

  constructor(options: LaneOptions<T>) {
    this.#options = options;
    this.#progress = options.progress ?? { taken: 0 };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** An item has been appended. */
  wake(): void {
    this.#wake.call();
  }

  /** Resolves when no request is under way any more; a request has its own time limit. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake.call();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped || this.#sending > 0) {
      try {
        if (!this.#isStopped) this.#fill();
      } catch (error) {
        this.#options.listener.broken(error);
      }
      if (!this.#isStopped) this.#sendDue();
      await this.#wake.wait(this.#waitMs());
    }
  }

  #fill(): void {
    const {
      queue,
      parallel,
      itemsPerRequest,
      heldRequests = parallel === 1 ? 1 : usuallyHeld,
    } = this.#options;
    let bytes = this.#held.reduce((sum, held) => sum + held.bytes, 0);
    while (this.#held.length < heldRequests && bytes < heldBytes) {
      const items = queue.take(itemsPerRequest, heldBytes - bytes);
      if (items.length === 0) return;
      const held = this.#hold(items);
      this.#held.push(held);
      bytes += held.bytes;
    }
  }

  #hold(items: readonly QueueItem[]): Held<T> {
    let carried: T | null = null;
    try {
      carried = this.#options.decode(items.map((item) => item.bytes));
    } catch (error) {
      this.#options.listener.broken(error);
    }
    const sequences = items.map(({ sequence }) => sequence);
    const bytes = items.reduce((sum, item) => sum + item.bytes.length, 0);
    return {
      sequences,
      carried,
      bytes,
      failures: 0,
      takenBefore: 0,
      aloneFailures: 0,
      refusals: 0,
      dueAtMs: 0,
      isSending: false,
    };
  }

  #sendDue(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#awayUntilMs) return;
    for (const item of this.#inTurn()) {
      if (this.#sending >= this.#most()) return;
      if (item.isSending || item.dueAtMs > nowMs) continue;
      item.isSending = true;
      this.#sending += 1;
      void this.#attempt(item).then(() => {
        item.isSending = false;
        this.#sending -= 1;
        this.#wake.call();
      });
    }
  }

  /** A probe is what has failed least: the receiver may fail over one event only, and take all others. What is too old leaves first. */
  #inTurn(): readonly Held<T>[] {
    if (this.#failures === 0) return this.#held;
    const rank = (held: Held<T>): number => (this.#isTooOld(held) ? -1 : held.failures);
    return this.#held.toSorted((one, two) => rank(one) - rank(two));
  }

  #isTooOld({ carried }: Held<T>): boolean {
    const { maxAgeMs, deadlines } = this.#options;
    return carried !== null && deadlines.of(carried.receivedAtMs + maxAgeMs) === 'over';
  }

  /** Never rejects. */
  async #attempt(item: Held<T>): Promise<void> {
    const { mostRefusals, parallel, clock, send, listener } = this.#options;
    const { carried } = item;
    try {
      if (carried === null)
        return await this.#giveUp(item, 'unreadable', 'bytes that no version of the relay wrote');
      if (this.#isTooOld(item))
        return await this.#giveUp(item, 'expired', 'the receiver did not take it in time');
      const reception = await send(carried);
      switch (reception.kind) {
        case 'taken':
          this.#failures = 0;
          this.#progress.taken += 1;
          listener.taken(carried);
          return this.#leave(item);
        case 'away':
          if (this.#failsAlone(item)) {
            item.aloneFailures += 1;
            const holdsOthersUp = parallel === 1;
            if (holdsOthersUp && item.aloneFailures >= mostRefusals)
              return await this.#giveUp(item, 'refused', reception.reason);
            return this.#setBack(item, carried, reception.reason);
          }
          listener.away(carried, reception.reason);
          return this.#rest();
        case 'refused':
          this.#failures = 0;
          item.refusals += 1;
          if (item.refusals >= mostRefusals) return await this.#giveUp(item, 'refused', reception.reason);
          return this.#setBack(item, carried, reception.reason);
        default:
          reception satisfies never;
      }
    } catch (error) {
      listener.broken(error);
      item.dueAtMs = clock.monotonicMs() + this.#options.restMs.least;
    }
  }

  /** Others were taken since its last failure: the fault is its own, and no reason to rest. */
  #failsAlone(item: Held<T>): boolean {
    const isAlone = item.failures > 0 && this.#progress.taken > item.takenBefore;
    item.failures += 1;
    item.takenBefore = this.#progress.taken;
    return isAlone;
  }

  #setBack(item: Held<T>, carried: T, reason: string): void {
    const { listener, clock } = this.#options;
    listener.refused(carried, reason);
    item.dueAtMs = clock.monotonicMs() + this.#restMs(item.refusals + item.aloneFailures - 1);
  }

  /** Of requests that fail together the first one counts. */
  #rest(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs >= this.#awayUntilMs) this.#awayUntilMs = nowMs + this.#restMs(this.#failures++);
  }

  async #giveUp(item: Held<T>, why: GivenUp, detail: string): Promise<void> {
    await this.#options.giveUp(item.carried, why, detail);
    this.#leave(item);
  }

  #leave(item: Held<T>): void {
    this.#held.splice(this.#held.indexOf(item), 1);
    this.#options.queue.settle(item.sequences);
  }

  /** Up to a quarter less, so that replicas do not come together. */
  #restMs(failures: number): number {
    const { restMs, random } = this.#options;
    return Math.min(restMs.most, restMs.least * 2 ** Math.min(failures, 30)) * (1 - random() / 4);
  }

  /** Requests at a time. A receiver that was away is asked with one. */
  #most(): number {
    return this.#failures > 0 ? 1 : this.#options.parallel;
  }

  #waitMs(): number {
    if (this.#isStopped || this.#sending >= this.#most()) return idleMs;
    const nowMs = this.#options.clock.monotonicMs();
    const idle = this.#held.filter(({ isSending }) => !isSending);
    if (idle.length === 0) return idleMs;
    const dueAtMs = Math.min(...idle.map((item) => item.dueAtMs));
    return Math.min(idleMs, Math.max(1, Math.max(dueAtMs, this.#awayUntilMs) - nowMs));
  }
}
