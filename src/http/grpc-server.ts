import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { relayPseudonym } from '../webhook/forward-port';
import type { CallMetadata } from '../webhook/in-span';
import { WebhookService, type EventRequest, type EventResponse } from '../wukongim/webhook-service';

/** `success`: WuKongIM takes the event for delivered. It tries `msg.offline` only once. */
export type GrpcVerdict =
  { readonly kind: 'success'; readonly data: Buffer } | { readonly kind: 'invalid' | 'unavailable' };

export interface GrpcServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** Who may call, by the address of the connection. */
  readonly mayCall: (address: string) => boolean;
  /** Somebody who may not call did. */
  readonly refused: (address: string) => void;
  /** Never rejects. */
  readonly take: (event: string, data: Buffer, metadata: CallMetadata) => Promise<GrpcVerdict>;
}

/** WuKongIM opens at most 20 connections, with one call each at a time. */
const callsAtOnce = 32;

/**
 * The webhook of WuKongIM v2 over gRPC: plaintext HTTP/2, one unary call per event, no secret. Created → listening → stopped.
 */
export class GrpcServer {
  readonly #server: Server;
  readonly #options: GrpcServerOptions;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxBodyBytes,
      'grpc.max_concurrent_streams': callsAtOnce,
    });
    this.#server.addService(WebhookService.service, {
      SendWebhook: (call: ServerUnaryCall<EventRequest, EventResponse>, done: sendUnaryData<EventResponse>) =>
        void this.#answer(call, done),
    });
  }

  /** Resolves with `host:port`. Rejects when the address cannot be listened on. */
  async start(): Promise<string> {
    const { host, port } = this.#options;
    const authority = host.includes(':') ? `[${host}]` : host;
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`${authority}:${port}`, ServerCredentials.createInsecure(), (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
    return `${authority}:${bound}`;
  }

  /** Takes no new call, and waits for those under way, at most `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => this.#server.forceShutdown(), deadlineMs);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }

  async #answer(
    call: ServerUnaryCall<EventRequest, EventResponse>,
    done: sendUnaryData<EventResponse>,
  ): Promise<void> {
    const { mayCall, refused, take } = this.#options;
    const address = addressOf(call.getPeer());
    if (!mayCall(address)) {
      refused(address);
      return done({ code: status.PERMISSION_DENIED, details: 'this address may not call the webhook' });
    }
    const { event, data } = call.request;
    const wasForwarded = call.metadata.get('via').some((via) => String(via).includes(relayPseudonym));
    const [traceparent] = call.metadata.get('traceparent');
    const verdict = await take(event, data, {
      wasForwarded,
      traceparent: typeof traceparent === 'string' ? traceparent : null,
    });
    switch (verdict.kind) {
      case 'success':
        return done(null, { status: 'Success', data: verdict.data });
      case 'invalid':
        return done({ code: status.INVALID_ARGUMENT, details: 'the data is not what the event must be' });
      case 'unavailable':
        return done({ code: status.UNAVAILABLE, details: 'the event could not be stored; send it again' });
      default:
        verdict satisfies never;
    }
  }
}

/** `127.0.0.1:1234`, `[::1]:1234` and `ipv4:127.0.0.1:1234` alike. */
function addressOf(peer: string): string {
  return peer
    .replace(/^ipv[46]:/, '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
