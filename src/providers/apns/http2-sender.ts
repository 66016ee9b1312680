import type { ApnsEnvironment } from '../../domain/provider-table';
import type { Delivery } from '../../domain/notification';
import type { Http2ClientOptions } from '../../transport/port';
import type { Settle } from '../provider';
import { clientOptions } from '../wire/connection-options';
import { Exchange, type ProviderResponse, type Reading } from '../wire/exchange';
import { clientIdentity } from './client-identity';
import type { ApnsContext, ApnsCredential, ApnsOptions } from './options';
import { ApnsAnswers } from './outcomes';
import type { ApnsPayload } from './payload';
import { signingKey } from './provider-token';
import { ProviderTokens } from './provider-tokens';
import type { ApnsSender, CreateApnsSenders } from './sender';

/** Apple asks that neither enters the compression table. */
const sensitive = [':path', 'authorization', 'apns-id'];
const peerStreams = 1000;

/** One HTTP/2 client per environment: Apple allows one key per connection. Its provider token serves both. */
export function http2ApnsSenders(options: ApnsOptions, context: ApnsContext): CreateApnsSenders {
  return (credential) => {
    const authorization =
      credential.kind === 'token'
        ? new ProviderTokens(signingKey(credential.keyPem, credential.keyId, credential.teamId), context)
        : null;
    return new Map(
      credential.environments.map((environment) => {
        const client = context.createClient(optionsOf(options, environment, credential));
        const { clock } = context;
        const exchange = new Exchange({ client, authorization, timeoutMs: options.timeoutMs, clock });
        return [environment, new Http2ApnsSender(exchange, authorization !== null)];
      }),
    );
  };
}

class Http2ApnsSender implements ApnsSender {
  readonly #read = reader();
  readonly #exchange: Exchange;
  readonly #hasToken: boolean;

  constructor(exchange: Exchange, hasToken: boolean) {
    this.#exchange = exchange;
    this.#hasToken = hasToken;
  }

  send<D extends Delivery>(
    delivery: D,
    payload: ApnsPayload,
    badge: number | null,
    startedAtMs: number,
    settle: Settle<D>,
  ): void {
    const headers = payload.headersFor(delivery.id);
    this.#exchange.start({
      path: `/3/device/${delivery.token}`,
      headers: this.#hasToken ? headers : withoutToken(headers),
      sensitive,
      body: payload.body(badge),
      startedAtMs,
      deliveries: [delivery],
      read: this.#read,
      settle,
    });
  }

  close(deadlineMs: number): Promise<void> {
    return this.#exchange.close(deadlineMs);
  }
}

/** A certificate is shown to Apple once per connection. */
function withoutToken({ authorization: _, ...headers }: Record<string, string>): Record<string, string> {
  return headers;
}

function optionsOf(
  options: ApnsOptions,
  environment: ApnsEnvironment,
  credential: ApnsCredential,
): Http2ClientOptions {
  const shared = clientOptions(options);
  return {
    ...shared,
    baseUrl: options.endpoints[environment].url,
    proxyUrl: options.endpoints[environment].proxyUrl,
    maxStreamsPerConnection: peerStreams,
    singleStreamUntilFirstAnswer: credential.kind === 'token',
    tls: { ...clientIdentity(credential), ...shared.tls },
  };
}

function reader(): (response: ProviderResponse, deliveries: readonly Delivery[], nowMs: number) => Reading {
  const answers = new ApnsAnswers();
  return (response, [delivery], nowMs) =>
    answers.read(response, delivery?.id ?? '', delivery?.tokenKind === 'voip', nowMs);
}
