import type { Random } from '../domain/clock';

const firstMs = 250;
const longestMs = 30_000;

/**
 * When the next connection may be tried. Clear: at once. Backing off: after a failure, not before a moment that moves
 * away with each further one (half of it by chance, so that replicas do not knock together). Any answer clears it; a mere
 * connect does not, because a peer that accepts and hangs up would then be called without a pause.
 */
export class Backoff {
  #failures = 0;
  #notBeforeMs = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get active(): boolean {
    return this.#failures > 0;
  }

  remainingMs(nowMs: number): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#notBeforeMs - nowMs);
  }

  /** Connecting failed. */
  failed(nowMs: number): void {
    this.#pause(nowMs, Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 20)));
  }

  /** A connection ended before it was of any use. The first time that is no reason to wait: peers restart. */
  lost(nowMs: number): void {
    if (this.#failures === 0) this.#pause(nowMs, 0);
    else this.failed(nowMs);
  }

  clear(): void {
    this.#failures = 0;
    this.#notBeforeMs = 0;
  }

  #pause(nowMs: number, ceilingMs: number): void {
    this.#failures += 1;
    this.#notBeforeMs = nowMs + ceilingMs * (0.5 + this.#random() / 2);
  }
}
