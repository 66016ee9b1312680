import {
  credentials,
  Metadata,
  status,
  type Client,
  type ClientUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import type { Clock } from '../domain/clock';
import { relayPseudonym, type ForwardAnswer, type ForwardedEvent } from '../webhook/forward-port';
import { WebhookService, type EventRequest, type EventResponse } from '../wukongim/webhook-service';
import type { Reception } from '../shared/reception';
import { maxAnswerBytes, type Receiver } from './receiver';

export interface GrpcReceiverOptions {
  /** `host:port` */
  readonly authority: string;
  /** Sent as `auth_token`, which octo's server compares with its `TS_GRPC_AUTH_TOKEN`; null: none. WuKongIM itself cannot send it. */
  readonly secret: string | null;
  /** For a call. */
  readonly timeoutMs: number;
}

type CallResult =
  | { readonly kind: 'response'; readonly response: EventResponse }
  | { readonly kind: 'error'; readonly code: status };

type SendWebhook = (
  request: EventRequest,
  metadata: Metadata,
  options: { readonly deadline: number },
  done: (error: ServiceError | null, response?: EventResponse) => void,
) => ClientUnaryCall;

/**
 * Codes that say something of the event (https://grpc.io/docs/guides/status-codes/). A receiver in Go answers UNKNOWN for every error
 * that has no code, as TangSengDaoDao's do, and RESOURCE_EXHAUSTED for an event larger than it takes.
 */
const refusals = new Set([
  status.UNKNOWN,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.RESOURCE_EXHAUSTED,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.DATA_LOSS,
]);
/** Below the shortest rest between two attempts, so that each finds what the network is like now. */
const reconnectMs = 500;

/** Sends events as WuKongIM v2 calls `webhook.grpcAddr`: plaintext HTTP/2, one unary call per event. Status `Success` takes an event. */
export class GrpcReceiver implements Receiver {
  #client: Client;
  #isClosed = false;
  readonly #calls = new Set<ClientUnaryCall>();
  readonly #options: GrpcReceiverOptions;
  readonly #clock: Clock;

  constructor(options: GrpcReceiverOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#client = this.#connect();
  }

  /** Never rejects. */
  async send(event: ForwardedEvent): Promise<Reception> {
    const result = await this.#call(event);
    if (result.kind === 'error')
      return { kind: refusals.has(result.code) ? 'refused' : 'away', reason: status[result.code] };
    const { status: verdict } = result.response;
    return verdict === 'Success'
      ? { kind: 'taken' }
      : { kind: 'refused', reason: 'it answered status Error' };
  }

  /** Null: no answer, or one that WuKongIM would take for a failure. Never rejects. */
  async ask(event: ForwardedEvent): Promise<ForwardAnswer | null> {
    const result = await this.#call(event);
    if (result.kind === 'error' || result.response.status !== 'Success') return null;
    return { status: 200, contentType: null, body: result.response.data };
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls) call.cancel();
    this.#client.close();
    return Promise.resolve();
  }

  async #call({ name, bytes }: ForwardedEvent): Promise<CallResult> {
    if (this.#isClosed) return { kind: 'error', code: status.CANCELLED };
    const client = this.#client as Client & { readonly SendWebhook: SendWebhook };
    const metadata = new Metadata();
    metadata.set('via', `1.1 ${relayPseudonym}`);
    const { secret } = this.#options;
    if (secret !== null) metadata.set('auth_token', secret);
    const deadline = this.#clock.now() + this.#options.timeoutMs;
    const result = await new Promise<CallResult>((resolve) => {
      const request = { event: name, data: bytes };
      const call = client.SendWebhook(request, metadata, { deadline }, (error, response) => {
        this.#calls.delete(call);
        if (response === undefined) resolve({ kind: 'error', code: error?.code ?? status.UNKNOWN });
        else resolve({ kind: 'response', response });
      });
      this.#calls.add(call);
    });
    // The host at the other end of this connection may be gone, which nothing but a new one shows.
    if (result.kind === 'error' && result.code === status.DEADLINE_EXCEEDED) this.#reconnect(client);
    return result;
  }

  /** Calls under way on the old connection still end there. */
  #reconnect(old: Client): void {
    if (old !== this.#client || this.#isClosed) return;
    this.#client = this.#connect();
    old.close();
  }

  #connect(): Client {
    return new WebhookService(this.#options.authority, credentials.createInsecure(), {
      'grpc.max_receive_message_length': maxAnswerBytes,
      'grpc.initial_reconnect_backoff_ms': reconnectMs,
      'grpc.max_reconnect_backoff_ms': reconnectMs,
      // Or a new client gets the connection of the old one.
      'grpc.use_local_subchannel_pool': 1,
      // The configuration alone reads the environment, and DNS has no word in how an event is sent.
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
    });
  }
}
