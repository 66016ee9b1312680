import { Counter, type Registry } from 'prom-client';
import type { Logger } from '../domain/logger';
import { countServiceCalls } from '../observability/metrics/service-calls';

const states = ['fresh', 'stale', 'missing'] as const;

/** One function for each thing that happens at the resolver; none of them throws. */
export function createResolverEvents({
  logger,
  registry,
}: {
  readonly logger: Logger;
  readonly registry: Registry;
}) {
  const asked = countServiceCalls(registry, {
    requests: {
      name: 'relay_resolver_requests_total',
      help: 'Calls to the resolver, by what came of them',
    },
    seconds: {
      name: 'relay_resolver_request_seconds',
      help: 'Time until the resolver answered, or was given up',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
    },
  });
  const cache = new Counter({
    name: 'relay_resolver_cache_total',
    help: 'What was to be known, by how the cache had it',
    labelNames: ['state'],
    registers: [registry],
  });
  for (const state of states) cache.inc({ state }, 0);
  return {
    looked: (state: (typeof states)[number]) => cache.inc({ state }),
    asked,
    failed: (reason: string) =>
      logger.warn(
        { event: 'resolver_away', reason },
        'the resolver does not answer; pushes go out without it, and without text where preferences are unknown',
      ),
    recovered: (forMs: number) =>
      logger.info({ event: 'resolver_back', forMs }, 'the resolver answers again'),
  };
}

export type ResolverEvents = ReturnType<typeof createResolverEvents>;
