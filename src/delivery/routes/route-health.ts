import type { Outcome } from '../../domain/outcome';

/** Why nothing gets through, and since when. */
export interface RouteTrouble {
  readonly kind: 'unavailable' | 'throttled' | 'exhausted';
  readonly reason: string;
  readonly sinceMs: number;
  /** When a quota is there again, ms since the epoch; null where nobody knows. */
  readonly untilMs: number | null;
  /** Attempts in a row that got no real answer. */
  readonly attempts: number;
}

/**
 * Whether a route's provider answers: answering → troubled (from the first attempt without a real answer on) → answering
 * (with the first real answer; after a used-up quota at its time, and not before, as calls in flight are still answered). A trouble counts as an outage after some attempts in a row, or after some time, so that one
 * lost answer among many is none. A rejected push is a real answer. What the relay refused by itself says nothing.
 */
export class RouteHealth {
  #trouble: RouteTrouble | null = null;
  #outage = false;
  #sinceMonotonicMs = 0;
  /** When a used-up quota is there again, by the monotonic clock. */
  #untilMonotonicMs = 0;
  #answeredAtMs: number | null = null;

  /** When the provider last gave a real answer, ms since the epoch; null: not since the start. */
  get answeredAtMs(): number | null {
    return this.#answeredAtMs;
  }

  /** The trouble that an outcome made an outage, or ended as one; null where nothing changed in that. */
  observe(
    outcome: Outcome,
    nowMs: number,
    monotonicMs = nowMs,
  ): { readonly change: 'begins' | 'ends'; readonly trouble: RouteTrouble } | null {
    if (outcome.kind === 'refused_locally' || outcome.kind === 'misconfigured') return null;
    if (outcome.kind !== 'exhausted' && this.#isUsedUp(monotonicMs)) return null;
    const isTrouble =
      outcome.kind === 'unavailable' ||
      outcome.kind === 'exhausted' ||
      (outcome.kind === 'throttled' && outcome.scope === 'project');
    if (!isTrouble) return this.#heal(nowMs);
    const { kind, reason } = outcome;
    const before = this.#trouble;
    const sinceMs = before?.sinceMs ?? nowMs;
    if (before === null) this.#sinceMonotonicMs = monotonicMs;
    const untilMs = outcome.kind === 'exhausted' ? outcome.untilMs : null;
    this.#untilMonotonicMs = monotonicMs + (untilMs ?? nowMs) - nowMs;
    this.#trouble = { kind, reason, sinceMs, untilMs, attempts: (before?.attempts ?? 0) + 1 };
    if (this.#outage) return null;
    const trouble = this.outage(monotonicMs);
    this.#outage = trouble !== null;
    return trouble === null ? null : { change: 'begins', trouble };
  }

  /** The trouble, once it lasts; null while the provider answers, and once its quota is there again, though nobody has asked it since. */
  outage(monotonicMs: number): RouteTrouble | null {
    const trouble = this.#trouble;
    if (trouble === null || (trouble.kind === 'exhausted' && !this.#isUsedUp(monotonicMs))) return null;
    const forMs = monotonicMs - this.#sinceMonotonicMs;
    const lasts =
      trouble.kind === 'exhausted' ||
      (trouble.kind === 'throttled'
        ? forMs >= throttledAtLeastMs
        : trouble.attempts >= attemptsAtLeast || forMs >= silentAtLeastMs);
    return this.#outage || lasts ? trouble : null;
  }

  #isUsedUp(monotonicMs: number): boolean {
    return this.#trouble?.kind === 'exhausted' && monotonicMs < this.#untilMonotonicMs;
  }

  #heal(nowMs: number): { readonly change: 'ends'; readonly trouble: RouteTrouble } | null {
    const trouble = this.#trouble;
    const ended = this.#outage;
    this.#trouble = null;
    this.#outage = false;
    this.#answeredAtMs = nowMs;
    return trouble !== null && ended ? { change: 'ends', trouble } : null;
  }
}

const attemptsAtLeast = 3;
const silentAtLeastMs = 5_000;
const throttledAtLeastMs = 60_000;
