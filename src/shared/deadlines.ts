import type { Clock } from '../domain/clock';

/**
 * live: its deadline has not come. over: it has, beyond doubt. doubtful: it has by the wall clock only, which may be wrong; nothing
 * is sent and nothing given up.
 */
export type DeadlineVerdict = 'live' | 'doubtful' | 'over';

/**
 * Judges deadlines, which are times of the wall clock, without giving up what only a wrong clock calls too late.
 *
 * A time that is believed goes on with the monotonic clock. The wall clock is believed again after a step once it has kept that
 * step for a quarter of an hour: who puts a clock right does it sooner. At a start the wall clock is compared with what the store
 * knows of the time; where it is ahead of that, the relay was down so long or the clock is wrong, which is the same doubt.
 */
export class Deadlines {
  /** Believed minus monotonic; null: nothing is believed yet. */
  #offsetMs: number | null;
  #stepped: { readonly offsetMs: number; readonly sinceMs: number } | null = null;
  /** Until the store has said what it knows, or cannot, everything is in doubt. */
  readonly compared: Promise<void>;
  readonly #clock: Clock;

  /** `storeTimeMs`: the latest time that the store knows of, null where it knows none; absent: the wall clock is believed. */
  constructor(clock: Clock, storeTimeMs?: Promise<number | null>) {
    this.#clock = clock;

    this.#offsetMs = storeTimeMs === undefined ? this.#wallOffset() : null;
    this.compared = Promise.resolve(
      storeTimeMs?.then(
        (knownMs) => this.#compare(knownMs),
        () => {},
      ),
    );
  }

  of(deadlineMs: number): DeadlineVerdict {
    if (this.#clock.now() < deadlineMs) return 'live';
    return this.nowMs() < deadlineMs ? 'doubtful' : 'over';
  }

  /** What nobody doubts: the time is this, or later. */
  nowMs(): number {
    const wallMs = this.#clock.now();
    const offsetMs = this.#believed();
    return offsetMs === null
      ? Number.NEGATIVE_INFINITY
      : Math.min(wallMs, offsetMs + this.#clock.monotonicMs());
  }

  #compare(knownMs: number | null): void {
    const wallMs = this.#clock.now();
    const isPlausible = knownMs === null || wallMs - knownMs <= shortDowntimeMs;
    this.#offsetMs ??= isPlausible ? this.#wallOffset() : knownMs - this.#clock.monotonicMs();
  }

  #believed(): number | null {
    const wall = this.#wallOffset();
    if (this.#offsetMs !== null && Math.abs(wall - this.#offsetMs) <= driftMs) {
      this.#offsetMs = wall;
      this.#stepped = null;
      return wall;
    }
    const monotonicMs = this.#clock.monotonicMs();
    if (this.#stepped === null || Math.abs(wall - this.#stepped.offsetMs) > driftMs)
      this.#stepped = { offsetMs: wall, sinceMs: monotonicMs };
    else if (monotonicMs - this.#stepped.sinceMs >= believedAfterMs) this.#offsetMs = wall;
    return this.#offsetMs;
  }

  #wallOffset(): number {
    return this.#clock.now() - this.#clock.monotonicMs();
  }
}

/** Between two looks; more is a step. */
const driftMs = 2_000;
const shortDowntimeMs = 60_000;
const believedAfterMs = 15 * 60_000;
/** How long a doubtful delivery waits in the store before it is judged again. */
export const doubtWaitMs = 15_000;
