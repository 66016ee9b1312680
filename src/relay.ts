import { Registry } from 'prom-client';
import type { ApiServices, ReadinessCheck } from './api/services';
import { createApiServices } from './compose/api-services';
import { createCalledServices } from './compose/called/called-services';
import { openFeedback } from './compose/called/feedback';
import { createDelivery } from './compose/create-delivery';
import { registerGauges } from './compose/gauges';
import type { GrpcServer } from './http/grpc-server';
import type { HttpServer, RequestHandler } from './http/http-server';
import { createGrpcWebhook } from './compose/serving/grpc-webhook';
import { createHandlers } from './compose/handlers';
import { openForwarder } from './compose/open-forwarder';
import { within } from './shared/within';
import { openStore, type StoreSurroundings } from './compose/open-store';
import { createProviders, type ProviderSet } from './compose/providers/create-providers';
import { reload, type Reloadable, type Reloaded } from './compose/reload';
import { besideReceipts } from './compose/providers/receipts';
import { besideApi, composeDashboard } from './compose/serving/dashboard';
import { createServers } from './compose/servers';
import { openSpans } from './compose/called/spans';
import { createJourney } from './compose/journey';
import { openTangsengdaodao, type TangsengdaodaoParts } from './compose/tangsengdaodao';
import { createUserTokens, type UserTokenParts } from './compose/user-tokens';
import { relayVersion } from './compose/version';
import type { Config } from './config/config';
import type { ShownKey } from './config/masked-config';
import { PhoneScreens } from './dashboard/phones/phone-screens';
import type { DeliveryEngine } from './delivery/delivery-engine';
import type { FeedbackSender } from './feedback/feedback-sender';
import type { Forwarder } from './forward/forwarder';
import { systemClock, systemRandom, type Clock, type Random } from './domain/clock';
import type { Journey } from './domain/journey';
import type { Logger } from './domain/logger';
import { watchEventLoop, type EventLoopWatch } from './observability/metrics/event-loop-delay';
import type { OtelSpans } from './observability/spans/otel-spans';
import { createJournalEvents } from './observability/journal-events';
import { registerBuildInfo } from './observability/metrics/build-info';
import { registerProcessMetrics } from './observability/metrics/process-metrics';
import type { Dashboard } from './dashboard/dashboard';
import type { Provider } from './providers/provider';
import type { Sandbox } from './sandbox/sandbox';
import type { Store } from './store/ports/store';
import type { TraceRecorder } from './trace/trace-recorder';
import type { WebhookHandler } from './webhook/handler';

/** What may be other than the configuration says; for tests, and for whoever embeds the relay. */
export interface RelayOverrides {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** PEM of an authority to trust on the way to the providers, instead of Node's own. */
  readonly ca?: string;
  /** Told of the store as soon as it is open: how it is halted when the process has to end at once. */
  readonly beforeExit?: (halt: () => Promise<unknown>) => unknown;
  /** Stand between the relay and its store or providers. */
  readonly decorateStore?: (store: Store) => Store;
  readonly decorateProvider?: (provider: Provider) => Provider;
  /** What the dashboard shows of the configuration; nothing by default. */
  readonly shownConfig?: () => readonly ShownKey[];
}

interface RelayParts extends Assembly {
  readonly closeCalled: () => Promise<unknown>;
  readonly providers: readonly Provider[];
  readonly delivery: DeliveryEngine;
  readonly handler: RequestHandler;
  readonly server: HttpServer;
  readonly admin: HttpServer | null;
  /** Null: none, because it would be open to strangers. */
  readonly dashboard: Dashboard | null;
  readonly createGrpc: () => Promise<GrpcServer | null>;
  readonly eventLoop: EventLoopWatch;
  readonly readiness: ApiServices['readiness'];
  readonly reloadable: Reloadable;
}

export interface RelayAddress {
  /** By which this machine reaches it. */
  readonly url: string;
  /** The address that it listens on, such as `0.0.0.0`; null: a path. */
  readonly host: string | null;
  readonly adminUrl: string | null;
  readonly adminHost: string | null;
  /** Null: there is no dashboard, because it would be open to strangers. */
  readonly dashboardUrl: string | null;
  /** `host:port` of the gRPC webhook; null: none. */
  readonly grpcAddress: string | null;
}

/**
 * The whole relay in one object.
 *
 * created (store open, nothing listens) → started (webhooks are taken, pushes go out) → draining (no new pushes; what is
 * in flight ends, webhooks are still taken) → stopped (nothing is open any more). Each once.
 */
export class Relay {
  #stopping: Promise<void> | null = null;
  #config: Config;
  #grpc: GrpcServer | null = null;
  readonly #parts: RelayParts;

  private constructor(config: Config, parts: RelayParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** Answers every request, webhooks included: for whoever embeds the relay in a server of their own. */
  get handler(): RequestHandler {
    return this.#parts.handler;
  }

  /** The built-in fakes, where `providers.mode` is `sandbox`. */
  get sandbox(): Sandbox | null {
    return this.#parts.sandbox;
  }

  /**
   * Rejects with StoreConfigurationError or ProviderConfigurationError when it cannot be as configured, with StoreUnavailableError
   * while the disk is full or fails.
   */
  static async create(config: Config, overrides: RelayOverrides): Promise<Relay> {
    const { logger, clock = systemClock, random = systemRandom } = overrides;
    const release: (() => Promise<unknown>)[] = [];
    try {
      const registry = new Registry();
      const journalEvents = createJournalEvents({ logger, registry });
      const opened = await openStore(config, { logger, clock, random, journalEvents });
      release.push(() => opened.close());
      overrides.beforeExit?.(() => opened.halt?.() ?? Promise.resolve());
      const store = overrides.decorateStore?.(opened) ?? opened;
      const forwarder = await openForwarder({ config, store, registry, logger, clock, random });
      if (forwarder !== null) release.push(() => forwarder.stop());
      const ca = overrides.ca ?? null;
      const feedback = await openFeedback(config, { registry, logger, clock, random, ca, store });
      if (feedback !== null) release.push(() => feedback.stop());
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
        ca,
      });
      release.push(() => Promise.all(set.providers.map((provider) => provider.close(0))));
      const userTokens = await createUserTokens(config.api.userTokens, { logger, clock, ca });
      if (userTokens !== null) release.push(() => userTokens.close());
      const tangsengdaodao = await openTangsengdaodao(config, { logger, random });
      if (tangsengdaodao !== null) release.push(() => Promise.resolve(tangsengdaodao.close()));
      const told = createJourney(config.trace, { traces: store.traces, logger, registry, clock });
      const spans = await openSpans(config.otel, { logger, clock });
      if (spans !== null) release.push(() => spans.close(0));
      const rest = {
        registry,
        ...told,
        spans,
        config,
        overrides,
        store,
        forwarder,
        feedback,
        sandbox,
        set,
        userTokens,
        tangsengdaodao,
      };
      return new Relay(config, assemble({ logger, clock, random, ...rest }));
    } catch (error) {
      for (const free of release.reverse()) await free().catch(() => {});
      throw error;
    }
  }

  /** Rejects with the system's error when an address cannot be listened on; nothing is left open then. */
  async start(): Promise<RelayAddress> {
    const { server, admin, dashboard, createGrpc, delivery, forwarder, feedback } = this.#parts;
    try {
      delivery.start();
      forwarder?.start();
      feedback?.start();
      const adminUrl = admin === null ? null : await admin.start();
      this.#grpc = await createGrpc();
      const grpcAddress = (await this.#grpc?.start()) ?? null;
      const url = await server.start();
      const dashboardUrl = dashboard === null ? null : `${adminUrl ?? url}/`;
      const [host, adminHost] = [server.host, admin?.host ?? null];
      return { url, host, adminUrl, adminHost, dashboardUrl, grpcAddress };
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
    const { checks } = await this.#parts.readiness();
    return checks.filter(({ status }) => status !== 'ok');
  }

  /**
   * Takes credentials, webhook secrets, API keys and the keys of user tokens of another configuration. Rejects with ReloadRefusedError or
   * ProviderConfigurationError; then nothing has changed.
   */
  async reload(config: Config): Promise<Reloaded> {
    const reloaded = await reload(this.#config, config, this.#parts.reloadable);
    this.#config = reloaded.running;
    return reloaded;
  }

  /** For a process that ends at once: nothing is drained; resolves when no thread writes the store any more. */
  async halt(): Promise<void> {
    await this.#parts.store.halt?.();
  }

  async #stop(): Promise<void> {
    const {
      server,
      admin,
      dashboard,
      delivery,
      forwarder,
      feedback,
      closeCalled,
      userTokens,
      providers,
      sandbox,
      store,
      eventLoop,
      recorder,
      spans,
    } = this.#parts;
    server.drain();
    dashboard?.close();
    await delivery.stop();
    await Promise.all([server.stop(answersMs), this.#grpc?.stop(answersMs)]);
    await admin?.stop(0);
    await Promise.all([forwarder?.stop(), feedback?.stop()]);
    await Promise.all(providers.map((provider) => provider.close(0)));
    await closeCalled();
    await userTokens?.close();
    this.#parts.tangsengdaodao?.close();
    await sandbox?.close();
    await Promise.all([
      within(lastTracesMs, Promise.resolve(recorder?.flush()), undefined),
      spans?.close(lastSpansMs),
    ]);
    await store.close();
    eventLoop.stop();
  }
}

/** How long a store that says nothing may take for the last traces. */
const lastTracesMs = 1_000;

/** How long the collector of spans may take for the last of them. */
const lastSpansMs = 2_000;

/** How long requests that are under way when the listener closes may take to be answered. */
const answersMs = 5_000;

/** Loaded only where it is wanted. Nobody but this process uses its keys, so that short ones do, which are made at once. */
async function openSandbox(): Promise<Sandbox> {
  const { startSandbox } = await import('./sandbox/sandbox.js');
  return startSandbox({ rsaBits: 1024 });
}

type Surroundings = Pick<StoreSurroundings, 'logger' | 'clock' | 'random'>;

interface Assembly extends Surroundings {
  readonly registry: Registry;
  readonly journey: Journey;
  /** Null: what became of messages is not recorded. */
  readonly recorder: TraceRecorder | null;
  /** Null: nobody collects them. */
  readonly spans: OtelSpans | null;
  readonly config: Config;
  readonly overrides: RelayOverrides;
  readonly store: Store;
  /** Null: no receiver gets the webhooks beside the relay. */
  readonly forwarder: Forwarder | null;
  /** Null: the app's server is told nothing. */
  readonly feedback: FeedbackSender | null;
  readonly sandbox: Sandbox | null;
  readonly set: ProviderSet;
  /** Null: users have no tokens. */
  readonly userTokens: UserTokenParts | null;
  readonly tangsengdaodao: TangsengdaodaoParts | null;
}

interface Listener {
  server: HttpServer | null;
  webhook: WebhookHandler | null;
}

function assemble(assembly: Assembly): RelayParts {
  const { config, overrides, registry, logger, clock, random, store, sandbox, set } = assembly;
  registerProcessMetrics(registry);
  registerBuildInfo(registry, { version: relayVersion(), node: process.version, store: config.store.kind });
  const screens = sandbox === null ? null : new PhoneScreens(clock);
  const providers = set.providers
    .map(overrides.decorateProvider ?? ((provider) => provider))
    .map((provider) => screens?.decorate(provider) ?? provider);
  const ca = overrides.ca ?? null;
  const sharedState = config.store.kind === 'redis' ? store.sharedState : null;
  const { called, close: closeCalled } = createCalledServices(config, { ...assembly, ca, sharedState });
  const delivery = createDelivery(assembly, called, providers);
  const routes = () => delivery.routes.all();
  registerGauges({ registry, store, connections: () => set.connections(), routes, clock, logger });
  // The webhook's handler needs to know of the drain, the server needs the handler, and readiness asks the handler.
  const listener: Listener = { server: null, webhook: null };
  const bodiesWaiting = () => listener.webhook?.load().waiting ?? 0;
  const services = createApiServices({ ...assembly, ...called, delivery, providers, bodiesWaiting });
  const { dashboard, reloading } = composeDashboard({
    config,
    services,
    screens,
    configuration: overrides.shownConfig ?? (() => []),
    webhookUrl: () => listener.server?.url ?? null,
  });
  const { webhook, api, webhookEvents } = createHandlers({
    ...assembly,
    services,
    browser: dashboard?.browser ?? null,
    delivery,
    draining: () => listener.server?.draining ?? false,
  });
  const pages = config.server.admin === null ? besideApi(dashboard, api) : api;
  const handler = besideReceipts({ ...assembly, delivery }, pages);
  const context = { config, clock, random, logger, services };
  const { server, admin } = createServers(context, { webhook, handler, api, dashboard });
  listener.server = server;
  listener.webhook = webhook;
  return {
    ...assembly,
    closeCalled,
    providers,
    delivery,
    handler,
    server,
    admin,
    dashboard,
    createGrpc: () => createGrpcWebhook(config, webhook, webhookEvents),
    eventLoop: watchEventLoop(registry),
    readiness: services.readiness,
    reloadable: {
      ...reloading({ webhook, api }),
      providers: set,
      delivery,
      userTokens: assembly.userTokens,
    },
  };
}
