import type { Delivery } from '../../domain/notification';
import type { Http2ClientOptions } from '../../transport/port';
import type { Settle } from '../provider';
import { AccessTokens } from '../access-token/access-tokens';
import { clientOptions } from '../wire/connection-options';
import { Exchange, type ProviderResponse, type Reading } from '../wire/exchange';
import { accessTokenSource } from './credential/access-token-source';
import type { FcmRequest } from './message';
import type { FcmContext, FcmOptions } from './options';
import { readFcmResponse } from './outcomes';
import type { FcmSender } from './sender';

/** The same access token goes with every request: in the compression table it costs a byte instead of a kilobyte. */
const sensitive: readonly string[] = [];
const peerStreams = 100;

/** FCM's HTTP v1 API, firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send. */
export class Http2FcmSender implements FcmSender {
  readonly #exchange: Exchange;
  readonly #path: string;
  readonly #read: (response: ProviderResponse, deliveries: readonly Delivery[], nowMs: number) => Reading;

  constructor(options: FcmOptions, context: FcmContext) {
    const { clock, logger } = context;
    const { timeoutMs, projectId } = options;
    const client = context.createClient(optionsOf(options));
    const source = accessTokenSource(options, clock);
    const authorization = new AccessTokens({ provider: 'fcm', source, timeoutMs, clock, logger });
    this.#exchange = new Exchange({ client, authorization, timeoutMs, clock });
    this.#path = `/v1/projects/${encodeURIComponent(projectId)}/messages:send`;
    this.#read = (response, _, nowMs) => readFcmResponse(response, projectId, nowMs);
  }

  send<D extends Delivery>(
    delivery: D,
    message: FcmRequest,
    badge: number | null,
    startedAtMs: number,
    settle: Settle<D>,
  ): void {
    this.#exchange.start({
      path: this.#path,
      headers: { 'content-type': 'application/json', authorization: '' },
      sensitive,
      body: message.body(delivery, badge),
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

function optionsOf(options: FcmOptions): Http2ClientOptions {
  return {
    ...clientOptions(options),
    baseUrl: options.url,
    proxyUrl: options.proxyUrl,
    maxStreamsPerConnection: peerStreams,
    singleStreamUntilFirstAnswer: false,
  };
}
