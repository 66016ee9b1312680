import { z } from 'zod';
import { key } from '../../key';
import { flag } from '../../leaves/choices';
import { integer, lifetimeSeconds, milliseconds } from '../../leaves/numbers';
import { secretText } from '../../leaves/secrets';
import { webUrl } from '../../leaves/urls';
import type { Secret } from '../../secret';
import { proxyUrl, type ProxyChoice } from '../endpoint';

/** The app's own endpoint that knows names and preferences. */
export interface ResolverConfig {
  /** `http[s]://host[:port][/path]`. */
  readonly url: string;
  readonly proxyUrl: Secret | null;
  /** Signs the requests; null: they are not signed. */
  readonly secret: Secret | null;
  /** How long a message waits for an answer at most. */
  readonly timeoutMs: number;
  readonly includePayload: boolean;
  readonly cache: {
    /** An older answer is used, and asked for again behind. */
    readonly freshMs: number;
    /** An even older one is not used any more. */
    readonly staleMs: number;
    readonly maxEntries: number;
  };
}

export const resolverSchema = z.strictObject({
  url: webUrl().nullable().default(null),
  proxy: key(proxyUrl().nullable().default(null), { secret: true }),
  secret: key(
    secretText('a text without control characters', /^[^\p{Cc}]+$/u)
      .nullable()
      .default(null),
    {
      secret: true,
    },
  ),
  timeout_ms: milliseconds({ min: 10, max: 5_000 }).default(300),
  include_payload: flag().default(false),
  cache: z
    .strictObject({
      max_age: lifetimeSeconds({ min: 1 }).default(600),
      max_stale_age: lifetimeSeconds({ min: 1 }).default(86_400),
      max_entries: integer({ min: 1_000, max: 10_000_000 }).default(100_000),
    })
    .prefault({}),
});

export function toResolverConfig(
  section: z.output<typeof resolverSchema>,
  proxies: ProxyChoice,
): ResolverConfig | null {
  const { url, cache } = section;
  if (url === null) return null;
  return {
    url,
    proxyUrl: proxies.forUrl(url, section.proxy),
    secret: section.secret,
    timeoutMs: section.timeout_ms,
    includePayload: section.include_payload,
    cache: {
      freshMs: cache.max_age * 1000,
      staleMs: Math.max(cache.max_age, cache.max_stale_age) * 1000,
      maxEntries: cache.max_entries,
    },
  };
}
