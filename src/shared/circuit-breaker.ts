import type { Clock } from '../domain/clock';

/** One slow answer is no outage. */
const failuresToOpen = 3;
const probeEveryMs = 5_000;

/** Told once at each end of an outage. */
export interface OutageEvents {
  readonly failed: (reason: string) => void;
  readonly recovered: (forMs: number) => void;
}

/**
 * Whether it is worth asking a service. Closed: questions are asked and waited for. Open, after three failures in a row: nobody waits
 * any more; every five seconds one question is asked behind, and its answer closes it.
 */
export class CircuitBreaker {
  #failures = 0;
  #openSinceMs: number | null = null;
  #probeAtMs = 0;
  #reason = '';
  readonly #clock: Clock;
  readonly #events: OutageEvents;

  constructor(clock: Clock, events: OutageEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Why the service is not asked, and since when, ms since the epoch; null: it answers. */
  get outage(): { readonly sinceMs: number; readonly reason: string } | null {
    return this.#openSinceMs === null ? null : { sinceMs: this.#openSinceMs, reason: this.#reason };
  }

  /** Whether to ask, and whether to wait for the answer. */
  admit(): 'ask' | 'probe' | 'refuse' {
    if (this.#openSinceMs === null) return 'ask';
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#probeAtMs) return 'refuse';
    this.#probeAtMs = nowMs + probeEveryMs;
    return 'probe';
  }

  answered(): void {
    this.#failures = 0;
    if (this.#openSinceMs === null) return;
    const forMs = Math.max(0, this.#clock.now() - this.#openSinceMs);
    this.#openSinceMs = null;
    this.#events.recovered(forMs);
  }

  failed(reason: string): void {
    this.#failures += 1;
    this.#reason = reason;
    if (this.#openSinceMs !== null || this.#failures < failuresToOpen) return;
    this.#openSinceMs = this.#clock.now();
    this.#probeAtMs = this.#clock.monotonicMs() + probeEveryMs;
    this.#events.failed(reason);
  }
}
