/*
 * Open this file first: it registers what Node and the operating system tell. `build-info.ts` names version and store, and
 * `event-loop-delay.ts` watches for stalls. `tallied-counter.ts` and `tallied-histogram.ts` count cheaply, `service-calls.ts` counts calls to a service, and `shared-scrape.ts` is how metrics are read.
 */

import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges whose names end in `_total`, which Prometheus keeps for counters. `nodejs_active_{handles,…}` by type remain. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** What Node and the operating system know of this process: CPU, memory, event loop, garbage collection. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
}
