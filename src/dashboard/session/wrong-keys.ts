import type { Clock } from '../../domain/clock';

const windowMs = 60_000;
const mostOfOne = 10;
/** Of all callers together, who may have many addresses. It also bounds what is remembered. */
const mostOfAll = 200;

/** Slows down whoever tries keys: counts the wrong ones of the current minute, by address. */
export class WrongKeys {
  readonly #clock: Clock;
  readonly #counts = new Map<string, number>();
  #all = 0;
  #endsAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds until the address may try again; 0: now. */
  waitSeconds(address: string): number {
    const leftMs = this.#endsAtMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return 0;
    const isOver = this.#all >= mostOfAll || (this.#counts.get(address) ?? 0) >= mostOfOne;
    return isOver ? Math.ceil(leftMs / 1000) : 0;
  }

  add(address: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#endsAtMs) {
      this.#endsAtMs = nowMs + windowMs;
      this.#counts.clear();
      this.#all = 0;
    }
    this.#all += 1;
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
  }
}
