import { z } from 'zod';
import { key } from '../key';
import { choice } from '../leaves/choices';
import { integer, seconds } from '../leaves/numbers';

/** Limits of one provider, whatever the app. */
export interface ProviderLimits {
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Of this process. */
  readonly maxInFlight: number;
  /** An app and environment. */
  readonly minConnections: number;
  readonly maxConnections: number;
  readonly idleMs: number;
}

export interface ProvidersConfig {
  /** Which code speaks HTTP/2 to the providers. */
  readonly http2: 'lean' | 'node';
  readonly apns: ProviderLimits;
  readonly fcm: ProviderLimits & {
    /** A project, shared by the replicas. */
    readonly messagesPerMinute: number;
    /** From nothing to the full rate. */
    readonly rampMs: number;
  };
}

function limitsShape(defaults: { timeout: number; inFlight: number; max: number }) {
  return {
    timeout_seconds: seconds({ min: 1, max: 300 }).default(defaults.timeout),
    max_in_flight: integer({ min: 1, max: 1_000_000 }).default(defaults.inFlight),
    min_connections: integer({ max: 1000 }).default(2),
    max_connections: integer({ min: 1, max: 1000 }).default(defaults.max),
    idle_seconds: seconds({ min: 1 }).default(1800),
  };
}

export const providersSchema = z.strictObject({
  /** Null: by what is configured. */
  mode: key(choice('real', 'sandbox').nullable().default(null), { env: 'PROVIDERS' }),
  http2: choice('lean', 'node').default('lean'),
  apns: z.strictObject(limitsShape({ timeout: 10, inFlight: 2000, max: 8 })).prefault({}),
  fcm: z
    .strictObject({
      ...limitsShape({ timeout: 15, inFlight: 1000, max: 20 }),
      messages_per_minute: integer({ min: 1 }).default(480_000),
      ramp_seconds: seconds({ max: 3600 }).default(60),
    })
    .prefault({}),
});

export type ProvidersSection = z.output<typeof providersSchema>;

function toLimits(section: ProvidersSection['apns']): ProviderLimits {
  return {
    timeoutMs: section.timeout_seconds * 1000,
    maxInFlight: section.max_in_flight,
    minConnections: section.min_connections,
    maxConnections: section.max_connections,
    idleMs: section.idle_seconds * 1000,
  };
}

export function toProvidersConfig({ http2, apns, fcm }: ProvidersSection): ProvidersConfig {
  return {
    http2,
    apns: toLimits(apns),
    fcm: { ...toLimits(fcm), messagesPerMinute: fcm.messages_per_minute, rampMs: fcm.ramp_seconds * 1000 },
  };
}
