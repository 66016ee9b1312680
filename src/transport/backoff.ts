import type { Random } from '../domain/clock';

const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/**
 * When the next connection may be tried. Clear: at once. Backing off: after a failure, not before a moment that moves
 * away with each further one (half of it by chance, so that replicas do not knock together). Any answer clears it; a mere
 * connect does not, because a peer that accepts and hangs up would then be called without a pause.
 */
export class Backoff {
  private failures = 0;
  private notBeforeMs = 0;

  constructor(private readonly random: Random) {}

  get active(): boolean {
    return this.failures > 0;
  }

  remainingMs(nowMs: number): number {
    return this.failures === 0 ? 0 : Math.max(0, this.notBeforeMs - nowMs);
  }

  fail(nowMs: number): void {
    const ceilingMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.failures, 20));
    this.failures += 1;
    this.notBeforeMs = nowMs + ceilingMs * (0.5 + this.random() / 2);
  }

  clear(): void {
    this.failures = 0;
    this.notBeforeMs = 0;
  }
}
