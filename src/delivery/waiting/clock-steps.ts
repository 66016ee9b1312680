import type { Clock } from '../../domain/clock';

/** Tells whether the wall clock was set since the last look: it and the monotonic clock have moved apart. */
export class ClockSteps {
  #offsetMs: number;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;

    this.#offsetMs = clock.now() - clock.monotonicMs();
  }

  seen(): boolean {
    const offsetMs = this.#clock.now() - this.#clock.monotonicMs();
    const hasStepped = Math.abs(offsetMs - this.#offsetMs) > stepMs;
    // Slow drift adds up to no step.
    this.#offsetMs = offsetMs;
    return hasStepped;
  }
}

const stepMs = 1_000;
