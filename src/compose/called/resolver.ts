import type { ReadinessCheck } from '../../api/services';
import type { ResolverConfig } from '../../config/sections/called/resolver';
import type { Random } from '../../domain/clock';
import { createResolverEvents } from '../../resolver/resolver-events';
import { Resolver } from '../../resolver/resolver';
import { ResolverClient } from '../../resolver/resolver-client';
import { SharedErasures } from '../../resolver/shared-erasures';
import type { SharedState } from '../../store/ports/shared-state';
import { connectToService } from '../service-client';
import { answersCheck, type Surroundings } from './service';

export interface ResolverParts {
  readonly resolver: Resolver;
  /** Once nothing asks any more. */
  readonly close: () => Promise<void>;
}

export interface ResolverSurroundings extends Surroundings {
  readonly random: Random;
  /** Null: no other process shares it. */
  readonly sharedState: SharedState | null;
}

/** Null where none is configured. */
export function createResolver(
  config: ResolverConfig | null,
  { registry, logger, clock, ca, random, sharedState }: ResolverSurroundings,
): ResolverParts | null {
  if (config === null) return null;
  const { url, proxyUrl, secret, timeoutMs, includePayload, cache } = config;
  const { origin, pathname } = new URL(url);
  const http = connectToService(
    { baseUrl: origin, proxyUrl, maxConnections, connectTimeoutMs: timeoutMs },
    ca,
  );
  const client = new ResolverClient(http, { path: pathname, secret: secret?.reveal() ?? null, timeoutMs });
  const events = createResolverEvents({ logger, registry });
  const newMark = () => `${String(clock.now())}-${String(random())}`;
  const erasures =
    sharedState === null ? null : new SharedErasures({ sharedState, keptMs: cache.staleMs, newMark });
  const resolver = new Resolver({ ...cache, includePayload }, { client, clock, events, erasures });
  return { resolver, close: () => http.close(0) };
}

export function resolverChecks({ health }: Resolver): ReadinessCheck[] {
  return [
    answersCheck(
      'resolver',
      'The resolver',
      health.outage,
      "Pushes go out without it, and without text where the reader's preferences are not known. " +
        'Check resolver.url, resolver.timeout_ms and the service behind it.',
    ),
  ];
}

const maxConnections = 16;
