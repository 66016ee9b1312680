import { z } from 'zod';
import { integer, seconds } from '../leaves/numbers';

/** delay = floor + random(0, min(cap, base·2ⁿ)) */
export interface BackoffConfig {
  readonly floorMs: { readonly apns: number; readonly fcm: number };
  readonly baseMs: number;
}

export interface RetryConfig {
  readonly capMs: number;
  /** The floor holds where the provider sent no Retry-After. */
  readonly throttled: BackoffConfig;
  readonly unavailable: BackoffConfig;
  readonly ambiguous: {
    readonly delayMs: { readonly apns: number; readonly fcm: number };
    readonly maxAttempts: number;
  };
}

function backoffSchema(defaults: { apns: number; fcm: number; base: number }) {
  return z
    .strictObject({
      apns_floor_seconds: seconds().default(defaults.apns),
      fcm_floor_seconds: seconds().default(defaults.fcm),
      base_seconds: seconds({ min: 0.001 }).default(defaults.base),
    })
    .prefault({});
}

export const retrySchema = z.strictObject({
  cap_seconds: seconds({ min: 0.001 }).default(900),
  throttled: backoffSchema({ apns: 30, fcm: 60, base: 30 }),
  unavailable: backoffSchema({ apns: 5, fcm: 10, base: 10 }),
  ambiguous: z
    .strictObject({
      apns_delay_seconds: seconds().default(2),
      fcm_delay_seconds: seconds().default(10),
      max_attempts: integer({ min: 1, max: 100 }).default(3),
    })
    .prefault({}),
});

type Backoff = z.output<typeof retrySchema>['throttled'];

function toBackoff(backoff: Backoff): BackoffConfig {
  return {
    floorMs: { apns: backoff.apns_floor_seconds * 1000, fcm: backoff.fcm_floor_seconds * 1000 },
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
      delayMs: { apns: ambiguous.apns_delay_seconds * 1000, fcm: ambiguous.fcm_delay_seconds * 1000 },
      maxAttempts: ambiguous.max_attempts,
    },
  };
}
