/*
 * Open this file first: it creates the providers that the configuration has. Each provider's own file turns its section into
 * its options, from a `provider-context.ts`. `replaceable-provider.ts` lets a reload replace the inside of one.
 * `receipts.ts` joins what vendors report later.
 */

import type { ConfigChanges } from '../../config/config-changes';
import type { Config } from '../../config/config';
import type { AppConfig } from '../../config/sections/app';
import type { RateOptions } from '../../delivery/routes/rate-budget';
import { providerNames, type PerProvider, type ProviderName } from '../../domain/provider-table';
import type { Provider } from '../../providers/provider';
import { createHttp1Client } from '../../transport/http1-client';
import { createEitherClient } from '../../transport/either-client';
import { createHttp2Client } from '../../transport/http2-client';
import type { HttpClient } from '../../transport/port';
import { createApns } from './apns';
import { createFcm } from './fcm';
import { createHarmony } from './harmony';
import { createHuawei } from './huawei';
import { createVivo } from './vivo';
import { createHonor } from './honor';
import { createMeizu } from './meizu';
import { createOppo } from './oppo';
import { createXiaomi } from './xiaomi';
import { createWebPush } from './webpush';
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

/** Null where the app does not have the provider. */
type CreateProvider = (context: ProviderContext) => Promise<CreatedProvider | null>;

const creators: PerProvider<CreateProvider> = {
  apns: createApns,
  fcm: createFcm,
  huawei: createHuawei,
  vivo: createVivo,
  honor: createHonor,
  meizu: createMeizu,
  oppo: createOppo,
  xiaomi: createXiaomi,
  harmony: createHarmony,
  webpush: createWebPush,
};
/** Throws ProviderConfigurationError. */
export async function createProviders(context: ProvidersContext): Promise<ProviderSet> {
  const clients = new Map<ReplaceableProvider, HttpClient[]>();
  const accounts = new Map<string, string>();
  for (const app of context.config.apps) {
    for (const name of providerNames) {
      const made: HttpClient[] = [];
      const created = await creators[name](contextOf(context, app, name, made));
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
        const created = await creators[outer.name](contextOf({ ...context, config }, app, outer.name, made));
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
      const create = options.orHttp1 === true ? createEitherClient : createHttp2Client;
      return counted(create(options, { clock, logger }));
    },
    createHttp1Client: (options) => counted(createHttp1Client(options)),
  };
}

function openConnections(clients: readonly HttpClient[]): number {
  return clients.reduce((sum, client) => sum + client.stats().connections, 0);
}
