import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';

export interface TraceEvents {
  /** Steps that no trace tells of. `error`: what the store refused them with; null: they were too many for it. */
  lost(steps: number, error: unknown): void;
  /** The store has taken whatever was told since. */
  kept(): void;
}

/** Says once that traces miss steps, and once that they miss none any more. whole → missing some → whole. */
export function createTraceEvents(registry: Registry, logger: Logger, clock: Clock): TraceEvents {
  const counter = new Counter({
    name: 'relay_trace_steps_lost_total',
    help: 'Steps of messages that are missing in their trace, because the store did not take them, or not in time',
    registers: [registry],
  });
  let missing: { readonly sinceMs: number; steps: number } | null = null;
  return {
    lost: (steps, error) => {
      counter.inc(steps);
      if (missing !== null) {
        missing.steps += steps;
        return;
      }
      missing = { sinceMs: clock.monotonicMs(), steps };
      logger.warn(
        { event: 'traces_incomplete', steps, ...(error === null ? {} : { err: error }) },
        'steps of traces lost',
      );
    },
    kept: () => {
      if (missing === null) return;
      const { sinceMs, steps } = missing;
      missing = null;
      const forMs = Math.max(0, Math.round(clock.monotonicMs() - sinceMs));
      logger.info({ event: 'traces_complete', forMs, steps }, 'the store takes all steps of traces again');
    },
  };
}
