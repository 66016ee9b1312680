import type { Config } from '../../config/config';
import type { Endpoint } from '../../config/sections/endpoint';
import type { AppConfig } from '../../config/sections/app';
import type { ProviderLimits, ProvidersConfig } from '../../config/sections/providers';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { SharedTokens } from '../../providers/apns/options';
import type { Provider } from '../../providers/provider';
import type { Sandbox } from '../../sandbox/sandbox';
import type { HttpEndpoint } from '../../providers/many-tokens/endpoint';
import type { MakerOptions } from '../../providers/many-tokens/maker';
import type { HttpClient, Http1ClientOptions, Http2ClientOptions } from '../../transport/port';

/** The configuration asks for something that only shows at start-up. Exit code 2. */
export class ProviderConfigurationError extends Error {
  override readonly name = 'ProviderConfigurationError';
}

export interface ProvidersContext {
  readonly config: Config;
  /** Runs when the configuration says `providers.mode: sandbox`. */
  readonly sandbox: Sandbox | null;
  readonly sharedTokens: SharedTokens | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** PEM to trust besides what the sandbox needs; for tests against fakes. */
  readonly ca: string | null;
}

/** What one provider of one app is made with. */
export interface ProviderContext extends Omit<ProvidersContext, 'config'> {
  readonly app: AppConfig;
  readonly limits: ProviderLimits;
  readonly client: ProvidersConfig['client'];
  readonly createClient: (options: Http2ClientOptions) => HttpClient;
  readonly createHttp1Client: (options: Http1ClientOptions) => HttpClient;
}

export interface CreatedProvider {
  readonly provider: Provider;
  /** Whose quota its pushes use up at the provider: one for each account there, whatever the app. */
  readonly account: string;
}

export function trust(
  context: Pick<ProvidersContext, 'sandbox' | 'ca'>,
): { ca: string } | Record<string, never> {
  const ca = context.sandbox?.caPem ?? context.ca;
  return ca === null ? {} : { ca };
}

export function limitsOf({ app, limits }: Pick<ProviderContext, 'app' | 'limits'>): MakerOptions {
  return { app: app.name, timeoutMs: limits.timeoutMs, maxConnections: limits.maxConnections };
}

/** Where a maker is reached; `sandboxUrl` of its fake, where the sandbox runs. */
export function endpointOf(
  context: Pick<ProvidersContext, 'sandbox' | 'ca'>,
  { url, proxyUrl }: Endpoint,
  sandboxUrl: string | undefined,
): HttpEndpoint {
  return sandboxUrl === undefined
    ? { url, proxyUrl: proxyUrl?.reveal() ?? null, ...trust(context) }
    : { url: sandboxUrl, proxyUrl: null, ...trust(context) };
}

/** Runs what refuses, by a TypeError, an endpoint that the SDK cannot reach. */
export async function withSdk<Created>(
  key: string,
  create: () => Created | Promise<Created>,
): Promise<Created> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ProviderConfigurationError(
      `${key}: ${error.message}. Use providers.client: relay, or another url and proxy`,
    );
  }
}
