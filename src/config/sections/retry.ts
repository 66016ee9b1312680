import { z } from 'zod';
import { perProvider, providerTable, type PerProvider, type ProviderName } from '../../domain/provider-table';
import { integer, seconds } from '../leaves/numbers';
import { providerKeys } from './provider-keys';

/** delay = floor + random(0, min(cap, base·2ⁿ)) */
export interface BackoffConfig {
  readonly floorMs: PerProvider<number>;
  readonly baseMs: number;
}

export interface RetryConfig {
  readonly capMs: number;
  /** The floor holds where the provider sent no Retry-After. */
  readonly throttled: BackoffConfig;
  readonly unavailable: BackoffConfig;
  readonly ambiguous: {
    readonly delayMs: PerProvider<number>;
    readonly maxAttempts: number;
  };
}

type Waits = (typeof providerTable)[ProviderName]['waits'];

function backoffSchema(wait: keyof Waits, baseSeconds: number) {
  return z
    .strictObject({
      ...providerKeys('floor_seconds', (name) => seconds().default(providerTable[name].waits[wait])),
      base_seconds: seconds({ min: 0.001 }).default(baseSeconds),
    })
    .prefault({});
}

export const retrySchema = z.strictObject({
  cap_seconds: seconds({ min: 0.001 }).default(900),
  throttled: backoffSchema('throttledSeconds', 30),
  unavailable: backoffSchema('unavailableSeconds', 10),
  ambiguous: z
    .strictObject({
      ...providerKeys('delay_seconds', (name) =>
        seconds().default(providerTable[name].waits.ambiguousSeconds),
      ),
      max_attempts: integer({ min: 1, max: 100 }).default(3),
    })
    .prefault({}),
});

type Backoff = z.output<typeof retrySchema>['throttled'];

function toBackoff(backoff: Backoff): BackoffConfig {
  return {
    floorMs: perProvider((name) => backoff[`${name}_floor_seconds`] * 1000),
    baseMs: backoff.base_seconds * 1000,
  };
}

export function toRetryConfig(section: z.output<typeof retrySchema>): RetryConfig {
  const { ambiguous } = section;
  return {
    capMs: section.cap_seconds * 1000,
    throttled: toBackoff(section.throttled),
    unavailable: toBackoff(section.unavailable),
    ambiguous: {
      delayMs: perProvider((name) => ambiguous[`${name}_delay_seconds`] * 1000),
      maxAttempts: ambiguous.max_attempts,
    },
  };
}
