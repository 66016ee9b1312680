import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { ProviderLane } from '../../domain/provider-table';
import type { HttpClient, Http1ClientOptions } from '../../transport/port';
import { AccessTokens, type AccessTokensContext } from '../access-token/access-tokens';
import type { Provider } from '../provider';
import { apiClientOptions, type HttpEndpoint } from './endpoint';
import { providerOfLanes } from './lanes';
import { createManyTokensProvider } from './provider';
import type { Vendor } from './vendor';

/** What the options of all makers have. */
export interface MakerOptions {
  readonly app: string;
  readonly timeoutMs: number;
  readonly maxConnections: number;
}

export interface MakerContext {
  readonly createHttp1Client: (options: Http1ClientOptions) => HttpClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The provider of one app at a maker's. `tokens`: of its credential; null where each call is signed by itself. */
export function createMaker<Message extends object>(
  vendor: Vendor<Message>,
  api: HttpEndpoint,
  tokens: Pick<AccessTokensContext, 'source' | 'write'> | null,
  options: MakerOptions,
  { createHttp1Client, clock, logger }: MakerContext,
): Provider {
  const { app, timeoutMs } = options;
  return createManyTokensProvider(app, vendor, {
    client: createHttp1Client(apiClientOptions(api, options)),
    authorization:
      tokens === null
        ? null
        : new AccessTokens({ provider: vendor.name, ...tokens, timeoutMs, clock, logger }),
    timeoutMs,
    clock,
  });
}

/** The same for a maker that has a host for each lane. */
export function createMakerOfLanes<Message extends object>(
  vendor: Vendor<Message>,
  apis: ReadonlyMap<ProviderLane, HttpEndpoint>,
  tokensOf: (api: HttpEndpoint) => Pick<AccessTokensContext, 'source' | 'write'> | null,
  options: MakerOptions,
  context: MakerContext,
): Provider {
  const lanes = [...apis].map(
    ([lane, api]) => [lane, createMaker(vendor, api, tokensOf(api), options, context)] as const,
  );
  return providerOfLanes(vendor, options.app, new Map(lanes));
}
