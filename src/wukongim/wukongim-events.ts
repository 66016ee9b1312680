import type { Registry } from 'prom-client';
import type { Logger } from '../domain/logger';
import { countServiceCalls } from '../observability/metrics/service-calls';

/** One function for each thing that happens at WuKongIM's API; none of them throws. */
export function createWukongimEvents({
  logger,
  registry,
}: {
  readonly logger: Logger;
  readonly registry: Registry;
}) {
  const asked = countServiceCalls(registry, {
    requests: {
      name: 'relay_wukongim_requests_total',
      help: "Calls to WuKongIM's API, by what came of them",
    },
    seconds: {
      name: 'relay_wukongim_request_seconds',
      help: "Time until WuKongIM's API answered, or was given up",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2],
    },
  });
  return {
    asked,
    failed: (reason: string) =>
      logger.warn(
        { event: 'wukongim_api_away', reason },
        "WuKongIM's API does not answer; users who are online get pushes, too",
      ),
    recovered: (forMs: number) =>
      logger.info({ event: 'wukongim_api_back', forMs }, "WuKongIM's API answers again"),
  };
}

export type WukongimEvents = ReturnType<typeof createWukongimEvents>;
