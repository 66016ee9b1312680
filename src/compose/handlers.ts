import type { Registry } from 'prom-client';
import { createApi, type ApiHandler } from '../api/api';
import type { ReadOptions } from '../api/routes/badges/post-read';
import type { BrowserCaller } from '../api/serve';
import type { ApiServices } from '../api/services';
import type { Config } from '../config/config';
import type { Clock, Random } from '../domain/clock';
import type { Journey } from '../domain/journey';
import type { Logger } from '../domain/logger';
import type { Spans } from '../observability/spans/spans';
import { createWebhookEvents, type WebhookEvents } from '../observability/webhook-events';
import { createPresenceTracker, type PresencePorts } from '../presence/presence-tracker';
import type { Store } from '../store/ports/store';
import type { DeliveryPort } from '../webhook/delivery-port';
import type { ForwardPort } from '../webhook/forward-port';
import { createWebhookHandler, type WebhookHandler } from '../webhook/handler';
import type { TangsengdaodaoParts } from './tangsengdaodao';
import type { UserTokenParts } from './user-tokens';
import { relayVersion } from './version';

export interface HandlersContext {
  readonly config: Config;
  readonly store: Store;
  readonly forwarder: ForwardPort | null;
  readonly registry: Registry;
  readonly services: ApiServices;
  /** Null: users have no tokens. */
  readonly userTokens: UserTokenParts | null;
  readonly browser: BrowserCaller | null;
  /** Null: its clients do not call. */
  readonly tangsengdaodao: TangsengdaodaoParts | null;
  readonly delivery: DeliveryPort;
  readonly journey: Journey;
  readonly spans: Spans | null;
  /** True from the begin of the drain. */
  readonly draining: () => boolean;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** What answers requests: webhooks, and everything else. */
export function createHandlers(context: HandlersContext): {
  readonly webhook: WebhookHandler;
  readonly api: ApiHandler;
  readonly webhookEvents: WebhookEvents;
} {
  const { config, store, clock, random, logger, registry, services, delivery, draining, userTokens } =
    context;
  const events = createWebhookEvents({ logger, registry, clock });
  const { devices, presence: presenceStore, inbox, deadLetters } = store;
  const presence = createPresenceTracker(
    { activityIntervalMs: config.devices.activityIntervalMs, maxRemembered: uidsRemembered },
    { presenceStore, devices, clock, events, cameOnline: badgeReset(config, store) },
  );
  const webhook = createWebhookHandler(
    {
      secrets: config.webhook.secrets.map((secret) => secret.reveal()),
      allowFrom: config.webhook.allowFrom,
      trustedProxies: config.server.trustedProxies,
      allowUnauthenticated: config.server.allowUnauthenticated,
      maxBodyBytes: config.webhook.maxBodyBytes,
      maxInflightBytes: config.webhook.maxInflightBytes,
      directLaneMax: config.delivery.lanes.directMaxRecipients,
      draining,
    },
    {
      inbox,
      presence,
      deadLetters,
      clock,
      random,
      events,
      delivery,
      journey: context.journey,
      spans: context.spans,
      forward: context.forwarder,
    },
  );
  const api = createApi(
    {
      version: relayVersion(),
      apiKeys: config.api.keys.map((key) => key.reveal()),
      verifyUserToken: userTokens && ((token) => userTokens.verify(token)),
      corsOrigins: config.api.corsOrigins,
      foreignRoutes: context.tangsengdaodao?.routes(services) ?? [],
      allowUnauthenticated: config.server.allowUnauthenticated,
      devicesPerUser: config.devices.maxPerUid,
      adminElsewhere: config.server.admin !== null,
      directLaneMax: config.delivery.lanes.directMaxRecipients,
      read: readOptions(config),
      browser: context.browser ?? undefined,
      webhook,
    },
    services,
  );
  return { webhook, api, webhookEvents: events };
}

function readOptions({ badge, content, delivery }: Config): ReadOptions {
  return {
    lowersBadge: badge.mode === 'count',
    clearsPhones: content.clearOnRead,
    syncTtlSeconds: delivery.ttl.syncMs / 1000,
    maxAgeMs: delivery.maxAgeMs,
  };
}

/** Of users whose app came online; null: they stay as they are. */
function badgeReset({ badge, apps }: Config, { badges }: Store): PresencePorts['cameOnline'] {
  const names = apps.map(({ name }) => name);
  return badge.resetOnOnline ? (uids) => badges.reset(uids, names) : null;
}

const uidsRemembered = 100_000;
