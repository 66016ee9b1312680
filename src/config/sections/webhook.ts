import { z } from 'zod';
import { key } from '../key';
import { list } from '../leaves/lists';
import { bytes, milliseconds } from '../leaves/numbers';
import { secretText } from '../leaves/secrets';
import { cidr } from '../leaves/texts';
import type { Secret } from '../secret';
import type { ProxyChoice } from './endpoint';
import { forwardSchema, toForwardConfig, type ForwardConfig } from './forward';

export interface WebhookConfig {
  /** Any of them is accepted. */
  readonly secrets: readonly Secret[];
  /** CIDRs; empty: any address. */
  readonly allowFrom: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxInflightBytes: number;
  /** After this long the journal takes the event instead of the store. */
  readonly storeDeadlineMs: number;
  /** Receivers that get the webhooks, too. */
  readonly forward: readonly ForwardConfig[];
}

export const webhookSchema = z.strictObject({
  secrets: key(list(secretText('a text without control characters', /^[^\p{Cc}]+$/u)).default([]), {
    env: 'WEBHOOK_SECRET',
    secret: true,
  }),
  allow_from: key(list(cidr()).default([]), { env: 'WEBHOOK_ALLOW_FROM' }),
  max_body_bytes: bytes({ min: 1024, max: 512 * 1024 ** 2 }).default(32 * 1024 ** 2),
  max_inflight_bytes: bytes({ min: 1024 }).default(128 * 1024 ** 2),
  store_deadline_ms: milliseconds({ min: 1, max: 60_000 }).default(250),
  forward: forwardSchema,
});

export function toWebhookConfig(
  section: z.output<typeof webhookSchema>,
  proxies: ProxyChoice,
): WebhookConfig {
  return {
    secrets: section.secrets,
    allowFrom: section.allow_from,
    maxBodyBytes: section.max_body_bytes,
    maxInflightBytes: section.max_inflight_bytes,
    storeDeadlineMs: section.store_deadline_ms,
    forward: toForwardConfig(section.forward, proxies),
  };
}
