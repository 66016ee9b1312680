/*
 * Open this file first: it creates the providers that the configuration has. Each provider's own file turns its section into
 * its options, from a `provider-context.ts`. `replaceable-provider.ts` lets a reload replace the inside of one.
 * `receipts.ts` joins what vendors report later.
 */

import type { ConfigChanges } from '../../config/config-changes';
import type { Config } from '../../config/config';
import type { AppConfig } from '../../config/sections/app';
import type { RateOptions } from '../../delivery/routes/rate-budget';
import { providerNames, type ProviderName } from '../../domain/provider-table';
import type { Provider } from '../../providers/provider';
import { createHttp1Client } from '../../transport/http1-client';
import { createEitherClient } from '../../transport/either-client';
import { createHttp2Client } from '../../transport/http2-client';
import type { HttpClient } from '../../transport/port';
import type { CreatedProvider, ProviderContext, ProvidersContext } from './provider-context';
import { ReplaceableProvider } from './replaceable-provider';

export interface ProviderSet {
  readonly providers: readonly Provider[];
  /** The quota that pushes of the provider use up, by a name that is the same in every replica; null: none. */
  readonly rateOf: (
    provider: Pick<Provider, 'name' | 'app'>,
  ) => (RateOptions & { readonly name: string }) | null;
  /** Connections open now, by provider. */
  connections(): ReadonlyMap<Provider, number>;
  /**
   * Gives these the credentials of another configuration. Rejects with ProviderConfigurationError; then all are as they were.
   */
  readonly replace: (config: Config, which: ConfigChanges['providers']) => Promise<void>;
}

type Creators = {
  readonly [Name in ProviderName]: () => Promise<
    (
      context: ProviderContext,
      config: NonNullable<AppConfig[Name]>,
    ) => CreatedProvider | Promise<CreatedProvider>
  >;
};

/** Loaded for who has an app with the provider. */
const creators: Creators = {
  apns: async () => (await import('./apns.js')).createApns,
  fcm: async () => (await import('./fcm.js')).createFcm,
  huawei: async () => (await import('./huawei.js')).createHuawei,
  vivo: async () => (await import('./vivo.js')).createVivo,
  honor: async () => (await import('./honor.js')).createHonor,
  meizu: async () => (await import('./meizu.js')).createMeizu,
  oppo: async () => (await import('./oppo.js')).createOppo,
  xiaomi: async () => (await import('./xiaomi.js')).createXiaomi,
  harmony: async () => (await import('./harmony.js')).createHarmony,
  webpush: async () => (await import('./webpush.js')).createWebPush,
};

/** Null where the app does not have the provider. */
async function create<Name extends ProviderName>(
  name: Name,
  context: ProviderContext,
): Promise<CreatedProvider | null> {
  const config: AppConfig[Name] = context.app[name];
  return config === null ? null : (await creators[name]())(context, config);
}

/** Throws ProviderConfigurationError. */
export async function createProviders(context: ProvidersContext): Promise<ProviderSet> {
  const clients = new Map<ReplaceableProvider, HttpClient[]>();
  const accounts = new Map<string, string>();
  for (const app of context.config.apps) {
    for (const name of providerNames) {
      const made: HttpClient[] = [];
      const created = await create(name, contextOf(context, app, name, made));
      if (created === null) continue;
      clients.set(new ReplaceableProvider(created.provider), made);
      accounts.set(`${name}/${app.name}`, created.account);
    }
  }
  return {
    providers: [...clients.keys()],
    rateOf: ({ name, app }) => {
      const { messagesPerMinute, rampMs } = context.config.providers.limits[name];
      if (messagesPerMinute === null) return null;
      return { messagesPerMinute, rampMs, name: `${name}:${accounts.get(`${name}/${app}`) ?? app}` };
    },
    connections: () =>
      new Map([...clients].map(([provider, ofProvider]) => [provider, openConnections(ofProvider)])),
    replace: async (config, which) => {
      const ready: (() => void)[] = [];
      for (const [outer] of clients) {
        const app = config.apps.find(({ name }) => name === outer.app);
        if (app === undefined || !which.some((each) => each.app === app.name && each.name === outer.name))
          continue;
        const made: HttpClient[] = [];
        const created = await create(outer.name, contextOf({ ...context, config }, app, outer.name, made));
        if (created === null) continue;
        ready.push(() => {
          outer.replace(created.provider);
          clients.set(outer, made);
          accounts.set(`${outer.name}/${outer.app}`, created.account);
        });
      }
      for (const swap of ready) swap();
    },
  };
}

function contextOf(
  { config, ...context }: ProvidersContext,
  app: AppConfig,
  name: ProviderName,
  made: HttpClient[],
): ProviderContext {
  const { clock, logger } = context;
  const counted = (client: HttpClient): HttpClient => {
    made.push(client);
    return client;
  };
  return {
    ...context,
    app,
    limits: config.providers.limits[name],
    client: config.providers.client,
    createClient: (options) => {
      const createPooled = options.orHttp1 === true ? createEitherClient : createHttp2Client;
      return counted(createPooled(options, { clock, logger }));
    },
    createHttp1Client: (options) => counted(createHttp1Client(options)),
  };
}

function openConnections(clients: readonly HttpClient[]): number {
  return clients.reduce((sum, client) => sum + client.stats().connections, 0);
}
