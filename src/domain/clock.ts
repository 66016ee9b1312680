/** Milliseconds since the epoch, as the process sees it. Passed in everywhere, so that tests own the time. */
export interface Clock {
  now(): number;
}

/** A number in [0, 1). */
export type Random = () => number;

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: Random = () => Math.random();
