/** What webhooks may wait for the journal while it hands on; half of what they are promised. */
const slowMs = 25;
/** So many of them may wait longer: a hundredth is what a p99 leaves out. */
const slowShare = 0.01;
const windowMs = 100;
const rest = { leastMs: 1, mostMs: 8 };
/** What waits must become less all the while, and so much faster than it comes. */
const progress = 1.25;

/**
 * How long the journal pauses between two rounds of handing on, so that webhooks come first: both want the same disk, the
 * same event loop and often the same processor.
 *
 * Unhurried (webhooks wait no longer than they should, or there are none: no pause) → pausing (some wait too long: longer
 * pauses from window to window) → unhurried again. But where what waits does not shrink, pauses shrink instead: a
 * drain that never ends would keep the journal in the way for ever.
 */
export class DrainPace {
  #answers = 0;
  #slow = 0;
  #drained = 0;
  #waitedBefore = 0;
  #windowEndsAt = 0;
  #restMs = 0;

  /** Milliseconds to pause now. */
  get restMs(): number {
    return this.#restMs;
  }

  /** A webhook's event is on disk. */
  answered(tookMs: number): void {
    this.#answers++;
    if (tookMs > slowMs) this.#slow++;
  }

  /** A round is over: so many entries have left, so many wait now. Time by `performance.now()`. */
  round(entries: number, waiting: number, now: number): void {
    this.#drained += entries;
    if (now < this.#windowEndsAt) return;
    const arrived = waiting - this.#waitedBefore + this.#drained;
    if (this.#windowEndsAt > 0) this.#adjust(this.#drained > arrived * progress);
    this.#answers = 0;
    this.#slow = 0;
    this.#drained = 0;
    this.#waitedBefore = waiting;
    this.#windowEndsAt = now + windowMs;
  }

  #adjust(shrinks: boolean): void {
    const isSlow = this.#slow > this.#answers * slowShare;
    if (isSlow && shrinks) this.#restMs = Math.min(rest.mostMs, Math.max(rest.leastMs, this.#restMs * 2));
    else this.#restMs = this.#restMs > rest.leastMs ? this.#restMs / 2 : 0;
  }
}
