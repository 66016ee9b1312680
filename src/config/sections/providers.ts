import { z } from 'zod';
import { perProvider, providerTable, type PerProvider, type ProviderName } from '../../domain/provider-table';
import { key } from '../key';
import { choice } from '../leaves/choices';
import { integer, seconds } from '../leaves/numbers';

/** Limits of one provider, whatever the app. */
export interface ProviderLimits {
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Of this process. */
  readonly maxInFlight: number;
  /** An app and lane. */
  readonly minConnections: number;
  readonly maxConnections: number;
  readonly idleMs: number;
  /** Of an account of the provider, shared by the replicas; null: no limit. */
  readonly messagesPerMinute: number | null;
  /** From nothing to the full rate. */
  readonly rampMs: number;
}

export interface ProvidersConfig {
  /** Who speaks to the providers: the relay's own transport, or the vendors' SDKs. */
  readonly client: 'relay' | 'sdk';
  readonly limits: PerProvider<ProviderLimits>;
}

/** As the file writes them. What only kept connections have is absent for a provider that is asked over HTTP/1.1. */
interface LimitsSection {
  readonly timeout_seconds: number;
  readonly max_in_flight: number;
  readonly messages_per_minute: number | null;
  readonly min_connections?: number;
  readonly max_connections?: number;
  readonly idle_seconds?: number;
  readonly ramp_seconds?: number;
}

function limitsSchema(name: ProviderName): z.ZodPrefault<z.ZodType<LimitsSection>> {
  const { limits } = providerTable[name];
  const ofAll = {
    timeout_seconds: seconds({ min: 1, max: 300 }).default(limits.timeoutSeconds),
    max_in_flight: integer({ min: 1, max: 1_000_000 }).default(limits.maxInFlight),
    messages_per_minute: integer({ min: 1 }).nullable().default(limits.messagesPerMinute),
  };
  if (limits.maxConnections === null) return z.strictObject(ofAll).prefault({});
  return z
    .strictObject({
      ...ofAll,
      min_connections: integer({ max: 1000 }).default(limits.minConnections ?? 2),
      max_connections: integer({ min: 1, max: 1000 }).default(limits.maxConnections),
      idle_seconds: seconds({ min: 1 }).default(1800),
      ramp_seconds: seconds({ max: 3600 }).default(60),
    })
    .prefault({});
}

export const providersSchema = z.strictObject({
  /** Null: by what is configured. */
  mode: key(choice('real', 'sandbox').nullable().default(null), { env: 'PROVIDERS' }),
  client: choice('relay', 'sdk').default('relay'),
  ...perProvider(limitsSchema),
});

export type ProvidersSection = z.output<typeof providersSchema>;

function toLimits(section: LimitsSection): ProviderLimits {
  return {
    timeoutMs: section.timeout_seconds * 1000,
    maxInFlight: section.max_in_flight,
    minConnections: section.min_connections ?? 0,
    // Over HTTP/1.1 a connection is a call.
    maxConnections: section.max_connections ?? section.max_in_flight,
    idleMs: (section.idle_seconds ?? 0) * 1000,
    messagesPerMinute: section.messages_per_minute,
    rampMs: (section.ramp_seconds ?? 0) * 1000,
  };
}

export function toProvidersConfig(section: ProvidersSection): ProvidersConfig {
  return { client: section.client, limits: perProvider((name) => toLimits(section[name])) };
}
