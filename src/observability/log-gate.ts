import type { Clock } from '../domain/clock';

/**
 * Lets a bounded number of lines a second (or other time) through, so that a flood of one kind of request does not become a flood of
 * log lines. open → (limit reached) shut → (next one) open; the first line after it says how many were held back.
 */
export class LogGate {
  private windowStartMs = Number.NEGATIVE_INFINITY;
  private passed = 0;
  private heldBack = 0;

  constructor(
    private readonly clock: Clock,
    private readonly lines: number,
    private readonly windowMs = 1_000,
  ) {}

  /** Null: do not log. Otherwise fields to log with the line. */
  pass(): { readonly suppressed?: number } | null {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.windowStartMs >= this.windowMs || nowMs < this.windowStartMs) {
      this.windowStartMs = nowMs;
      this.passed = 0;
    }
    if (++this.passed > this.lines) {
      this.heldBack++;
      return null;
    }
    const suppressed = this.heldBack;
    this.heldBack = 0;
    return suppressed === 0 ? {} : { suppressed };
  }
}
