import type { Registry } from 'prom-client';
import type { ReadinessCheck } from '../../api/services';
import type { ResolverConfig } from '../../config/sections/called/resolver';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import { createResolverEvents } from '../../resolver/resolver-events';
import { Resolver } from '../../resolver/resolver';
import { ResolverClient } from '../../resolver/resolver-client';
import { createHttp1Client } from '../../transport/http1-client';

export interface ResolverParts {
  readonly resolver: Resolver;
  /** Once nothing asks any more. */
  readonly close: () => Promise<void>;
}

interface Surroundings {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  /** PEM to trust instead of Node's own; null: Node's own. */
  readonly ca: string | null;
}

/** Null where none is configured. */
export function createResolver(
  config: ResolverConfig | null,
  { registry, logger, clock, ca }: Surroundings,
): ResolverParts | null {
  if (config === null) return null;
  const { url, proxyUrl, secret, timeoutMs, includePayload, cache } = config;
  const { origin, pathname } = new URL(url);
  const http = createHttp1Client({
    baseUrl: origin,
    proxyUrl: proxyUrl?.reveal() ?? null,
    maxConnections,
    tls: ca === null ? {} : { ca },
    connectTimeoutMs: timeoutMs,
    idleTimeoutMs,
    plainHosts: 'anywhere',
  });
  const client = new ResolverClient(http, { path: pathname, secret: secret?.reveal() ?? null, timeoutMs });
  const events = createResolverEvents({ logger, registry });
  const resolver = new Resolver({ ...cache, includePayload }, { client, clock, events });
  return { resolver, close: () => http.close(0) };
}

export function resolverChecks({ health }: Resolver): ReadinessCheck[] {
  const { outage } = health;
  const name = 'resolver';
  if (outage === null)
    return [{ name, status: 'ok', detail: 'The resolver answers, or has not been asked.' }];
  const since = new Date(outage.sinceMs).toISOString();
  return [
    {
      name,
      status: 'degraded',
      detail:
        `The resolver has not answered since ${since}: ${outage.reason}. Pushes go out without it, and without text where the ` +
        "reader's preferences are not known. Check resolver.url, resolver.timeout_ms and the service behind it.",
    },
  ];
}

const maxConnections = 16;
/** Below what servers usually keep a connection for, so that it is not cut while a question is on it. */
const idleTimeoutMs = 4_000;
