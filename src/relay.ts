import { Registry } from 'prom-client';
import { createAdminApi } from './api/admin-api';
import { createApi } from './api/api';
import { createClientErrorHandler } from './api/client-error';
import type { ApiServices, ConfiguredApp, ReadinessCheck } from './api/services';
import { toDeliveryOptions } from './compose/delivery-options';
import { registerGauges } from './compose/gauges';
import { HttpServer, type RequestHandler } from './http/http-server';
import { openStore, type StoreSurroundings } from './compose/open-store';
import { createProviders, type ProviderSet } from './compose/providers';
import { readiness } from './compose/readiness';
import { relayVersion } from './compose/version';
import { isLoopback } from './config/cidr';
import type { Config } from './config/config';
import { markRequests } from './delivery/plan/duplicate-keys';
import { Delivery } from './delivery/delivery';
import type { Message } from './domain/message';
import { systemClock, systemRandom, type Clock, type Random } from './domain/clock';
import type { Logger } from './domain/logger';
import { createApiEvents } from './observability/api-events';
import { createDeliveryEvents } from './observability/delivery-events';
import { watchEventLoop, type EventLoopWatch } from './observability/event-loop-delay';
import { createJournalEvents } from './observability/journal-events';
import { createWebhookEvents } from './observability/webhook-events';
import { registerProcessMetrics } from './observability/process-metrics';
import { SharedScrape } from './observability/shared-scrape';
import { createPresenceTracker } from './presence/presence-tracker';
import type { Provider } from './providers/provider';
import type { Sandbox } from './sandbox/sandbox';
import type { Store } from './store/ports/store';
import { createWebhookHandler, type WebhookHandler } from './webhook/handler';

/** What may be other than the configuration says; for tests, and for whoever embeds the relay. */
export interface RelayOverrides {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** PEM of an authority to trust on the way to the providers, instead of Node's own. */
  readonly ca?: string;
  /** Stand between the relay and its store or providers. */
  readonly decorateStore?: (store: Store) => Store;
  readonly decorateProvider?: (provider: Provider) => Provider;
}

interface RelayParts {
  readonly store: Store;
  readonly sandbox: Sandbox | null;
  readonly providers: readonly Provider[];
  readonly delivery: Delivery;
  readonly handler: RequestHandler;
  readonly server: HttpServer;
  readonly admin: HttpServer | null;
  readonly eventLoop: EventLoopWatch;
  readonly readiness: ApiServices['readiness'];
}

export interface RelayAddress {
  readonly url: string;
  readonly adminUrl: string | null;
}

/**
 * The whole relay in one object.
 *
 * created (store open, nothing listens) → started (webhooks are taken, pushes go out) → draining (no new pushes; what is
 * in flight ends, webhooks are still taken) → stopped (nothing is open any more). Each once.
 */
export class Relay {
  #stopping: Promise<void> | null = null;

  private constructor(private readonly parts: RelayParts) {}

  /** Answers every request, webhooks included: for whoever embeds the relay in a server of their own. */
  get handler(): RequestHandler {
    return this.parts.handler;
  }

  /** The built-in fakes, where `providers.mode` is `sandbox`. */
  get sandbox(): Sandbox | null {
    return this.parts.sandbox;
  }

  /** Pushes at the providers now. */
  get pushesInFlight(): number {
    return this.parts.delivery.inFlight;
  }

  /** Rejects with StoreConfigurationError or ProviderConfigurationError when it cannot be as configured. */
  static async create(config: Config, overrides: RelayOverrides): Promise<Relay> {
    const { logger, clock = systemClock, random = systemRandom } = overrides;
    const release: (() => Promise<unknown>)[] = [];
    try {
      const registry = new Registry();
      const journalEvents = createJournalEvents({ logger, registry });
      const opened = await openStore(config, { logger, clock, random, journalEvents });
      release.push(() => opened.close());
      const store = overrides.decorateStore?.(opened) ?? opened;
      const sandbox = config.providersMode === 'sandbox' ? await openSandbox() : null;
      if (sandbox !== null) release.push(() => sandbox.close());
      // Replicas use the same provider token, and so does the next process: Apple refuses frequent changes.
      const sharedTokens = store.sharedState;
      const set = await createProviders({
        config,
        sandbox,
        sharedTokens,
        clock,
        logger,
        ca: overrides.ca ?? null,
      });
      return new Relay(assemble({ logger, clock, random, registry, config, overrides, store, sandbox, set }));
    } catch (error) {
      for (const free of release.reverse()) await free().catch(() => {});
      throw error;
    }
  }

  /** Rejects with the system's error when an address cannot be listened on; nothing is left open then. */
  async start(): Promise<RelayAddress> {
    const { server, admin, delivery } = this.parts;
    try {
      delivery.start();
      const adminUrl = admin === null ? null : await admin.start();
      return { url: await server.start(), adminUrl };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Consumers first, the intake last: a webhook that arrives meanwhile is still taken. Safe to call twice. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  /** What readiness finds wrong now. */
  async findings(): Promise<readonly ReadinessCheck[]> {
    const { checks } = await this.parts.readiness();
    return checks.filter(({ status }) => status !== 'ok');
  }

  /** For a process that ends at once: nothing is drained; resolves when no thread writes the store any more. */
  async halt(): Promise<void> {
    await this.parts.store.halt?.();
  }

  async #stop(): Promise<void> {
    const { server, admin, delivery, providers, sandbox, store, eventLoop } = this.parts;
    server.drain();
    await delivery.stop();
    await server.stop(answersMs);
    await admin?.stop(0);
    await Promise.all(providers.map((provider) => provider.close(0)));
    await sandbox?.close();
    await store.close();
    eventLoop.stop();
  }
}

/** How long requests that are under way when the listener closes may take to be answered. */
const answersMs = 5_000;
const entryMaxRecipients = 500;

/** Loaded only where it is wanted: the libraries that make its certificates take megabytes. */
async function openSandbox(): Promise<Sandbox> {
  const { startSandbox } = await import('./sandbox/sandbox.js');
  return startSandbox();
}

type Surroundings = Pick<StoreSurroundings, 'logger' | 'clock' | 'random'>;

function tellConnections(logger: Logger, isFull: boolean): void {
  if (isFull) {
    const message =
      'too many connections: the oldest that are idle are closed for new ones; look for who opens them, or raise the limit of open files';
    logger.warn({ event: 'connections_full' }, message);
  } else logger.info({ event: 'connections_not_full' }, 'there is room for connections again');
}

/** The admin port never asks for a key. A passed socket's address only shows at start: it is what its unit says. */
function isAdminLocal({ server: { admin, allowUnauthenticated } }: Config): boolean {
  return admin !== null && !allowUnauthenticated && admin.descriptor === null && isLoopback(admin.host);
}

interface Assembly extends Surroundings {
  readonly registry: Registry;
  readonly config: Config;
  readonly overrides: RelayOverrides;
  readonly store: Store;
  readonly sandbox: Sandbox | null;
  readonly set: ProviderSet;
}

function assemble(assembly: Assembly): RelayParts {
  const { config, overrides, registry, logger, clock, random, store, sandbox, set } = assembly;
  registerProcessMetrics(registry);
  registerGauges({ registry, store, connections: () => set.connections(), clock, logger });
  const decorate = overrides.decorateProvider ?? ((provider: Provider) => provider);
  const providers = set.providers.map(decorate);
  const delivery = new Delivery({
    options: toDeliveryOptions(config),
    renderDefaults: { locale: config.content.defaultLocale, preview: config.content.preview },
    directLaneMax: config.delivery.lanes.directMaxRecipients,
    entryMaxRecipients,
    deviceExpireAfterMs: config.devices.expireAfterMs,
    storm: config.delivery.storm,
    rateOf: ({ name, app }) =>
      name === 'fcm' ? { ...config.providers.fcm, name: `fcm:${set.projects.get(app) ?? app}` } : null,
    store,
    providers,
    events: createDeliveryEvents({ logger, registry, clock }),
    logger,
    clock,
    random,
  });
  // The webhook's handler needs to know of the drain, the server needs the handler, and readiness asks the handler.
  const listener: { server: HttpServer | null; webhook: WebhookHandler | null } = {
    server: null,
    webhook: null,
  };
  const bodiesWaiting = () => listener.webhook?.load().waiting ?? 0;
  const services = apiServices(assembly, registry, delivery, bodiesWaiting);
  const { webhook, api } = createHandlers(
    assembly,
    registry,
    services,
    delivery,
    () => listener.server?.draining ?? false,
  );
  const clientError = createClientErrorHandler(clock, random);
  const connectionsFull = (isFull: boolean) => tellConnections(logger, isFull);
  const server = new HttpServer({ ...config.server, connectionsFull }, { webhook, api, clientError });
  listener.server = server;
  listener.webhook = webhook;
  const { keepAliveTimeoutMs } = config.server;
  const admin =
    config.server.admin &&
    new HttpServer(
      { ...config.server.admin, keepAliveTimeoutMs, connectionsFull },
      { api: createAdminApi(services, isAdminLocal(config)), clientError },
    );
  return {
    store,
    sandbox,
    providers,
    delivery,
    handler: api,
    server,
    admin,
    eventLoop: watchEventLoop(registry),
    readiness: services.readiness,
  };
}

function apiServices(
  assembly: Assembly,
  registry: Registry,
  delivery: Delivery,
  bodiesWaiting: () => number,
): ApiServices {
  const { config, store, clock, random, logger } = assembly;
  const scrape = new SharedScrape(() => registry.metrics());
  return {
    store,
    testPush: (uid) => delivery.testPush(uid),
    replayDeadLetters: (request) => delivery.replayDeadLetters(request),
    configuredApps: () => config.apps.map((app) => configuredApp(app, assembly.set.providers)),
    readiness: () =>
      readiness({ config, store, routes: delivery.routes, clock, bodiesWaiting: bodiesWaiting() }),
    metricsText: () => scrape.text(),
    clock,
    random,
    events: createApiEvents({ logger, registry, clock }),
  };
}

function configuredApp(app: { readonly name: string }, providers: readonly Provider[]): ConfiguredApp {
  const own = providers.filter((provider) => provider.app === app.name);
  return {
    name: app.name,
    providers: own.map(({ name, environments }) => ({ provider: name, environments })),
  };
}

function createHandlers(
  assembly: Assembly,
  registry: Registry,
  services: ApiServices,
  delivery: Delivery,
  draining: () => boolean,
) {
  const { config, store, clock, random, logger } = assembly;
  const events = createWebhookEvents({ logger, registry, clock });
  const { devices, presence: presenceStore, inbox, deadLetters } = store;
  const presence = createPresenceTracker(
    { activityIntervalMs: config.devices.activityIntervalMs, maxRemembered: uidsRemembered },
    { presenceStore, devices, clock, events },
  );
  const ttlMs = config.delivery.deduplicationWindowMs;
  const marksOf = (message: Message, uids: readonly string[]) => ({
    requests: markRequests({ kind: 'message', message }, uids),
    ttlMs,
  });
  const webhook = createWebhookHandler(
    {
      secrets: config.webhook.secrets.map((secret) => secret.reveal()),
      allowFrom: config.webhook.allowFrom,
      trustedProxies: config.server.trustedProxies,
      allowUnauthenticated: config.server.allowUnauthenticated,
      maxBodyBytes: config.webhook.maxBodyBytes,
      maxInflightBytes: config.webhook.maxInflightBytes,
      directLaneMax: config.delivery.lanes.directMaxRecipients,
      entryMaxRecipients,
      draining,
    },
    {
      inbox,
      presence,
      deadLetters,
      clock,
      random,
      events,
      marksOf: config.store.kind === 'embedded' ? marksOf : undefined,
      handOver: (bodyId, body) => delivery.handOver(bodyId, body),
    },
  );
  const api = createApi(
    {
      version: relayVersion(),
      apiKeys: config.api.keys.map((key) => key.reveal()),
      allowUnauthenticated: config.server.allowUnauthenticated,
      devicesPerUser: config.devices.maxPerUid,
      adminElsewhere: config.server.admin !== null,
      directLaneMax: config.delivery.lanes.directMaxRecipients,
      webhook,
    },
    services,
  );
  return { webhook, api };
}

const uidsRemembered = 100_000;
