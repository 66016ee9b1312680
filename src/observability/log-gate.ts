import type { Clock } from '../domain/clock';

const windowMs = 1_000;

/**
 * Lets a bounded number of lines a second through, so that a flood of one kind of request does not become a flood of
 * log lines. open → (limit reached) shut → (next second) open; the first line after it says how many were held back.
 */
export class LogGate {
  private windowStartMs = 0;
  private lines = 0;
  private heldBack = 0;

  constructor(
    private readonly clock: Clock,
    private readonly linesASecond: number,
  ) {}

  /** Null: do not log. Otherwise fields to log with the line. */
  pass(): { readonly suppressed?: number } | null {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.windowStartMs >= windowMs || nowMs < this.windowStartMs) {
      this.windowStartMs = nowMs;
      this.lines = 0;
    }
    if (++this.lines > this.linesASecond) {
      this.heldBack++;
      return null;
    }
    const suppressed = this.heldBack;
    this.heldBack = 0;
    return suppressed === 0 ? {} : { suppressed };
  }
}
