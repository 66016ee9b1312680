import { Counter, Histogram, type Registry } from 'prom-client';
import type { Logger } from '../domain/logger';
import { serviceResults, type ServiceResult } from '../shared/service-reply';

const states = ['fresh', 'stale', 'missing'] as const;

/** One function for each thing that happens at the resolver; none of them throws. */
export function createResolverEvents({
  logger,
  registry,
}: {
  readonly logger: Logger;
  readonly registry: Registry;
}) {
  const registers = [registry];
  const requests = new Counter({
    name: 'relay_resolver_requests_total',
    help: 'Calls to the resolver, by what came of them',
    labelNames: ['result'],
    registers,
  });
  const cache = new Counter({
    name: 'relay_resolver_cache_total',
    help: 'What was to be known, by how the cache had it',
    labelNames: ['state'],
    registers,
  });
  const seconds = new Histogram({
    name: 'relay_resolver_request_seconds',
    help: 'Time until the resolver answered, or was given up',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
    registers,
  });
  for (const result of serviceResults) requests.inc({ result }, 0);
  for (const state of states) cache.inc({ state }, 0);
  return {
    looked: (state: (typeof states)[number]) => cache.inc({ state }),
    asked: (result: ServiceResult, duration: number) => {
      requests.inc({ result });
      seconds.observe(duration);
    },
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
