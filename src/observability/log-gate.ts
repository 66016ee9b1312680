import type { Clock } from '../domain/clock';

/**
 * Lets a bounded number of lines a second (or other time) through, so that a flood of one kind of request does not become a flood of
 * log lines. open → (limit reached) shut → (next one) open; the first line after it says how many were held back.
 */
export class LogGate {
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #passed = 0;
  #heldBack = 0;
  readonly #clock: Clock;
  readonly #lines: number;
  readonly #windowMs: number;

  constructor(clock: Clock, lines: number, windowMs = 1_000) {
    this.#clock = clock;
    this.#lines = lines;
    this.#windowMs = windowMs;
  }

  /** Null: do not log. Otherwise fields to log with the line. */
  pass(): { readonly suppressed?: number } | null {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= this.#windowMs || nowMs < this.#windowStartMs) {
      this.#windowStartMs = nowMs;
      this.#passed = 0;
    }
    if (++this.#passed > this.#lines) {
      this.#heldBack++;
      return null;
    }
    const suppressed = this.#heldBack;
    this.#heldBack = 0;
    return suppressed === 0 ? {} : { suppressed };
  }
}
