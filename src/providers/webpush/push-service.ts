import type { Delivery } from '../../domain/notification';
import { publicAddresses } from '../../shared/webpush/public-addresses';
import type { VapidKeys } from '../../shared/webpush/vapid-keys';
import type { Http2ClientOptions } from '../../transport/port';
import type { Settle } from '../provider';
import { clientOptions } from '../wire/connection-options';
import { Exchange, type ProviderResponse, type Reading } from '../wire/exchange';
import type { WebPushContext, WebPushOptions } from './options';
import { readPushResponse } from './outcomes';
import { VapidTokens } from './vapid-tokens';

/** The same token goes with every request: in the compression table it costs a byte instead of a quarter of a kilobyte. */
const sensitive: readonly string[] = [];
const peerStreams = 100;
/** A key that was accepted so lately is not the wrong one. */
const provenForMs = 10 * 60_000;
/** So many subscriptions in a row that are told to wait: all of the push service's are meant. */
const throttledForAll = 3;

export interface PushRequest<D extends Delivery> {
  /** As the endpoint has it, query included. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly startedAtMs: number;
  readonly delivery: D;
  readonly settle: Settle<D>;
}

/** One push service with one VAPID key: its connections, its token, and what it has said lately. */
export class PushService {
  /** By the monotonic clock. */
  usedAtMs = 0;
  #inFlight = 0;
  #provenAtMs = Number.NEGATIVE_INFINITY;
  readonly #throttled = new Set<string>();
  readonly #exchange: Exchange;
  readonly #host: string;
  readonly #isNamed: boolean;
  readonly #hasOtherKey: boolean;
  readonly #clock: WebPushContext['clock'];

  /** `isPrevious`: of subscriptions that were made with the previous key. Throws TypeError for a host that is none. */
  constructor(
    host: string,
    isPrevious: boolean,
    options: WebPushOptions,
    { createClient, clock }: WebPushContext,
  ) {
    const origin = `https://${host}`;
    const keys: VapidKeys = isPrevious ? (options.previousKeys ?? options.keys) : options.keys;
    const { timeoutMs, subject } = options;
    this.#host = host.replace(/:\d+$/, '');
    this.#isNamed = options.hosts.isNamed(this.#host);
    this.#hasOtherKey = !isPrevious && options.previousKeys !== null;
    this.#clock = clock;
    const client = createClient(optionsOf(origin, options));
    const authorization = new VapidTokens(keys, origin, subject, clock);
    this.#exchange = new Exchange({ client, authorization, timeoutMs, clock });
  }

  get isIdle(): boolean {
    return this.#inFlight === 0;
  }

  send<D extends Delivery>({ delivery, settle, ...request }: PushRequest<D>): void {
    this.#inFlight += 1;
    this.usedAtMs = request.startedAtMs;
    this.#exchange.start({
      ...request,
      sensitive,
      deliveries: [delivery],
      read: (response, [one], nowMs) => this.#read(response, one?.token ?? '', nowMs),
      settle: (settled, outcome, httpStatus) => {
        this.#inFlight -= 1;
        settle(settled, outcome, httpStatus);
      },
    });
  }

  close(deadlineMs: number): Promise<void> {
    return this.#exchange.close(deadlineMs);
  }

  #read(response: ProviderResponse, token: string, nowMs: number): Reading {
    const monotonicMs = this.#clock.monotonicMs();
    const reading = readPushResponse(
      response,
      {
        host: this.#host,
        isNamed: this.#isNamed,
        hasOtherKey: this.#hasOtherKey,
        isKeyProven: monotonicMs - this.#provenAtMs < provenForMs,
      },
      nowMs,
    );
    const [outcome] = reading.outcomes;
    if (outcome?.kind === 'accepted') this.#provenAtMs = monotonicMs;
    if (outcome?.kind !== 'throttled') {
      this.#throttled.clear();
      return reading;
    }
    if (this.#throttled.size < throttledForAll) this.#throttled.add(token);
    if (this.#throttled.size < throttledForAll) return reading;
    return { outcomes: [{ ...outcome, scope: 'project' }], then: null };
  }
}

function optionsOf(origin: string, options: WebPushOptions): Http2ClientOptions {
  return {
    ...clientOptions(options),
    baseUrl: origin,
    proxyUrl: options.proxyUrl,
    maxStreamsPerConnection: peerStreams,
    singleStreamUntilFirstAnswer: false,
    orHttp1: true,
    // A subscription is what anybody may have written: the address is checked that is connected to.
    ...(options.allowPrivateAddresses ? {} : { allowsAddress: (address) => publicAddresses.has(address) }),
  };
}
