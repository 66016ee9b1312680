import { z } from 'zod';
import { integer, lifetimeSeconds, milliseconds } from '../leaves';

/** Limits of the look-up of names at the app server. */
export interface ResolverConfig {
  readonly timeoutMs: number;
  readonly maxBatch: number;
  readonly cacheMs: number;
  readonly cacheEntries: number;
  /** How long an old answer serves while no new one comes. */
  readonly staleMs: number;
}

export const resolverSchema = z.strictObject({
  timeout_ms: milliseconds({ min: 1, max: 60_000 }).default(300),
  max_batch: integer({ min: 1, max: 10_000 }).default(100),
  cache_seconds: lifetimeSeconds().default(600),
  cache_entries: integer().default(100_000),
  stale_seconds: lifetimeSeconds().default(86_400),
});

export function toResolverConfig(section: z.output<typeof resolverSchema>): ResolverConfig {
  return {
    timeoutMs: section.timeout_ms,
    maxBatch: section.max_batch,
    cacheMs: section.cache_seconds * 1000,
    cacheEntries: section.cache_entries,
    staleMs: section.stale_seconds * 1000,
  };
}
