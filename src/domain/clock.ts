/**
 * Two readings, passed in everywhere, so that tests own the time. Both are in milliseconds.
 *
 * - `now`: the wall clock, since the epoch. It may step in either direction at any moment. It dates things, and tells the
 *   time to others.
 * - `monotonicMs`: a clock that never steps. It starts at the wall clock's time at the start of the process, right or wrong.
 *   Only its differences mean something, and only within one process: it measures every "how long since" and "how long until".
 */
export interface Clock {
  now(): number;
  monotonicMs(): number;
}

/** A number in [0, 1). */
export type Random = () => number;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.timeOrigin + performance.now(),
};

export const systemRandom: Random = () => Math.random();
