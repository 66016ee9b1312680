import { z } from 'zod';
import { key } from '../key';
import { flag, onOff } from '../leaves/choices';
import { asText, Fault, leaf } from '../leaves/leaf';
import { splitList } from '../leaves/lists';
import { integer, lifetimeSeconds, milliseconds, seconds } from '../leaves/numbers';
import type { RetryConfig } from './retry';
import { retrySchema, toRetryConfig } from './retry';

export interface StormLimits {
  readonly conversationPerMinute: number;
  readonly recipientPerMinute: number;
  /** Beyond the limits: one summary in this time. */
  readonly summaryIntervalMs: number;
}

/** Messages that nobody is told of. */
export interface SkipConfig {
  readonly noPersist: boolean;
  readonly noRedDot: boolean;
  readonly commands: boolean;
  readonly channelTypes: readonly number[];
}

export interface DeliveryConfig {
  readonly maxAttempts: number;
  /** From reception. */
  readonly maxAgeMs: number;
  readonly retry: RetryConfig;
  /** One delivery probes a paused credential this often. */
  readonly probeIntervalMs: number;
  readonly ttl: { readonly textMs: number; readonly callMs: number; readonly syncMs: number };
  readonly deduplicationWindowMs: number;
  readonly claim: { readonly durationMs: number; readonly renewalMs: number; readonly maxClaims: number };
  readonly inbox: { readonly batchSize: number; readonly blockMs: number };
  /** Deliveries at once of one entry, for each route and rendered notification. */
  readonly maxInFlightPerEntry: number;
  readonly skip: SkipConfig;
  readonly lanes: { readonly directMaxRecipients: number; readonly directPerBulk: number };
  /** Null: no limits. */
  readonly storm: StormLimits | null;
}

export const deliverySchema = z.strictObject({
  max_attempts: integer({ min: 1, max: 1000 }).default(12),
  max_age: lifetimeSeconds({ min: 1 }).default(6 * 3600),
  retry: retrySchema.prefault({}),
  probe_interval_seconds: seconds({ min: 1 }).default(60),
  ttl: z
    .strictObject({
      text_seconds: lifetimeSeconds().default(7 * 86_400),
      call_seconds: lifetimeSeconds({ min: 1, max: 3600 }).default(45),
      sync_seconds: lifetimeSeconds({ min: 1, max: 2_419_200 }).default(3600),
    })
    .prefault({}),
  deduplication_window_seconds: lifetimeSeconds({ min: 1 }).default(3600),
  claim_seconds: seconds({ min: 1 }).default(30),
  renewal_seconds: seconds({ min: 0.1 }).default(10),
  max_claims: integer({ min: 1, max: 1000 }).default(5),
  inbox_batch: integer({ min: 1, max: 10_000 }).default(64),
  inbox_block_ms: milliseconds({ min: 1, max: 60_000 }).default(2000),
  max_in_flight_per_entry: integer({ min: 1, max: 100_000 }).default(200),
  direct_max_recipients: integer({ min: 1, max: 500 }).default(20),
  direct_per_bulk: integer({ min: 1, max: 1000 }).default(4),
  skip: z
    .strictObject({
      no_persist: flag().default(true),
      no_red_dot: flag().default(true),
      commands: flag().default(true),
      channel_types: leaf(readChannelTypes).default([7, 8, 9]),
    })
    .prefault({}),
  storm: key(onOff().default('on'), { env: 'STORM_LIMITS' }),
  storm_conversation_per_minute: integer({ min: 1 }).default(20),
  storm_recipient_per_minute: integer({ min: 1 }).default(60),
  storm_summary_seconds: seconds({ min: 1 }).default(30),
});

/** Nothing at all is more likely a variable that is not set than a wish. */
function readChannelTypes(value: unknown): readonly number[] | Fault {
  const expected = new Fault('numbers of channel types, 0 to 255, with commas between them, or none');
  const items = Array.isArray(value)
    ? value.map((item) => asText(item) ?? '')
    : splitList(asText(value) ?? '');
  if (items.length === 1 && items[0]?.toLowerCase() === 'none') return [];
  const types = items.map((item) => (/^\d{1,3}$/.test(item) ? Number(item) : NaN));
  return types.length > 0 && types.every((type) => type <= 255) ? types : expected;
}

export type DeliverySection = z.output<typeof deliverySchema>;

export function toDeliveryConfig(section: DeliverySection): DeliveryConfig {
  const { ttl, skip } = section;
  return {
    maxAttempts: section.max_attempts,
    maxAgeMs: section.max_age * 1000,
    retry: toRetryConfig(section.retry),
    probeIntervalMs: section.probe_interval_seconds * 1000,
    ttl: {
      textMs: ttl.text_seconds * 1000,
      callMs: ttl.call_seconds * 1000,
      syncMs: ttl.sync_seconds * 1000,
    },
    deduplicationWindowMs: section.deduplication_window_seconds * 1000,
    claim: {
      durationMs: section.claim_seconds * 1000,
      renewalMs: section.renewal_seconds * 1000,
      maxClaims: section.max_claims,
    },
    inbox: { batchSize: section.inbox_batch, blockMs: section.inbox_block_ms },
    maxInFlightPerEntry: section.max_in_flight_per_entry,
    skip: {
      noPersist: skip.no_persist,
      noRedDot: skip.no_red_dot,
      commands: skip.commands,
      channelTypes: skip.channel_types,
    },
    lanes: { directMaxRecipients: section.direct_max_recipients, directPerBulk: section.direct_per_bulk },
    storm: toStormLimits(section),
  };
}

function toStormLimits(section: DeliverySection): StormLimits | null {
  if (section.storm === 'off') return null;
  return {
    conversationPerMinute: section.storm_conversation_per_minute,
    recipientPerMinute: section.storm_recipient_per_minute,
    summaryIntervalMs: section.storm_summary_seconds * 1000,
  };
}
