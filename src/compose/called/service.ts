import type { Registry } from 'prom-client';
import type { ReadinessCheck } from '../../api/services';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';

export interface Surroundings {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  /** PEM to trust instead of Node's own; null: Node's own. */
  readonly ca: string | null;
}

export interface Outage {
  readonly sinceMs: number;
  readonly reason: string;
}

/** Without an answer the relay goes on, with less. */
export function answersCheck(
  name: string,
  service: string,
  outage: Outage | null,
  consequence: string,
): ReadinessCheck {
  if (outage === null) return { name, status: 'ok', detail: `${service} answers, or has not been asked.` };
  const since = new Date(outage.sinceMs).toISOString();
  return {
    name,
    status: 'degraded',
    detail: `${service} has not answered since ${since}: ${outage.reason}. ${consequence}`,
  };
}
