import { z } from 'zod';
import type { Rule } from './script';
import type { ApnsDeviceState } from './apns/fake-apns';
import type { FcmDeviceState } from './fcm/fake-fcm';
import { makerAccounts } from './certificates/identity';
import type { MakerDeviceState } from './makers/fake-maker';
import type { SubscriptionState } from './webpush/fake-push-service';

/** The body of `POST /script`. */
export type ScriptRequest = z.infer<typeof scriptRequest>;

export type ParsedScriptRequest =
  | { readonly ok: true; readonly request: ScriptRequest }
  | { readonly ok: false; readonly errors: readonly { readonly path: string; readonly message: string }[] };

export function parseScriptRequest(body: unknown): ParsedScriptRequest {
  const result = scriptRequest.safeParse(body);
  if (result.success) return { ok: true, request: result.data };
  return {
    ok: false,
    errors: result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  };
}

const accepted = z.boolean().optional();

const answer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accept') }),
  z.strictObject({
    kind: z.literal('reply'),
    status: z.int().min(200).max(599),
    reason: z.string().optional(),
    retryAfterSeconds: z.number().min(0).optional(),
    timestampMs: z.int().min(0).optional(),
    body: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('hang'), accepted }),
  z.strictObject({ kind: z.literal('reset'), code: z.int().min(0).max(13).optional(), accepted }),
  z.strictObject({ kind: z.literal('refuse') }),
  z.strictObject({
    kind: z.literal('goaway'),
    lastProcessed: z.enum(['this', 'previous']).optional(),
    code: z.int().min(0).max(13).optional(),
    reason: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('close_socket'), how: z.enum(['fin', 'rst']).optional(), accepted }),
  z.strictObject({ kind: z.literal('freeze'), accepted }),
]);

const environment = z.enum(['production', 'sandbox']);

const rule = z.strictObject({
  when: z
    .strictObject({
      token: z.string().optional(),
      tokens: z.array(z.string()).optional(),
      environment: environment.optional(),
      topic: z.string().optional(),
      pushType: z.string().optional(),
      path: z.string().optional(),
    })
    .optional(),
  skip: z.int().min(0).optional(),
  times: z.int().min(0).optional(),
  share: z.number().min(0).max(1).optional(),
  latencyMs: z.number().min(0).optional(),
  answer: answer.optional(),
}) satisfies z.ZodType<Rule>;

const apnsDevice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('known') }),
  z.strictObject({ kind: z.literal('unknown') }),
  z.strictObject({
    kind: z.literal('unregistered'),
    sinceMs: z.int().min(0).optional(),
    reason: z.enum(['Unregistered', 'ExpiredToken']).optional(),
  }),
  z.strictObject({ kind: z.literal('environment'), environment }),
  z.strictObject({ kind: z.literal('topic'), topic: z.string() }),
]) satisfies z.ZodType<ApnsDeviceState>;

const fcmDevice = z.strictObject({
  kind: z.enum(['known', 'invalid', 'unregistered', 'sender_mismatch', 'third_party_auth']),
}) satisfies z.ZodType<FcmDeviceState>;

const subscription = z.strictObject({
  kind: z.enum(['known', 'expired']),
}) satisfies z.ZodType<SubscriptionState>;

const makerDevice = z.strictObject({ kind: z.string() }) satisfies z.ZodType<MakerDeviceState>;

const makerNames = Object.keys(makerAccounts) as (keyof typeof makerAccounts)[];

const shared = {
  /** Drops the rules in force first. */
  clear: z.boolean().optional(),
  rules: z.array(rule).optional(),
  latencyMs: z.number().min(0).optional(),
  do: z.enum(['down', 'up', 'freeze', 'thaw', 'goaway']).optional(),
};

const scriptRequest = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('apns'),
    devices: z.record(z.string(), apnsDevice).optional(),
    ...shared,
  }),
  z.strictObject({
    provider: z.literal('fcm'),
    devices: z.record(z.string(), fcmDevice).optional(),
    oauthRules: z.array(rule).optional(),
    revokeTokens: z.boolean().optional(),
    tokenLifetimeSeconds: z.number().min(0).optional(),
    ...shared,
  }),
  z.strictObject({
    provider: z.literal('webpush'),
    devices: z.record(z.string(), subscription).optional(),
    ...shared,
  }),
  z.strictObject({
    provider: z.enum(makerNames),
    devices: z.record(z.string(), makerDevice).optional(),
    authRules: z.array(rule).optional(),
    ...shared,
  }),
]);
