import {
  createServer,
  type Http2Server,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { relayPseudonym } from '../webhook/forward-port';
import type { CallMetadata } from '../webhook/in-span';
import type { BodyShare } from './body-pool';
import type { BodyReader, BodySource } from './body-reader';
import { connectionLimit } from './connection-limit';
import type { EventResponse } from '../wukongim/webhook-service';
import { answerCall, callPath, grpcStatus, readMessage, refuseCall } from './grpc-call';

/** WuKongIM takes what is answered with `Success` for delivered. It tries `msg.offline` only once. */
export type GrpcVerdict =
  | { readonly kind: 'answered'; readonly answer: EventResponse }
  | { readonly kind: 'invalid' | 'unavailable' };

export interface GrpcServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Who may call, by the address of the connection. */
  readonly mayCall: (address: string) => boolean;
  /** Somebody who may not call did. */
  readonly refused: (address: string) => void;
  /** Reads what a call sends within the memory of all webhooks. */
  readonly read: (source: BodySource) => BodyReader;
  /** A call could not be read, and its event is lost. */
  readonly unread: (cause: 'too_large' | 'too_slow' | 'aborted') => void;
  /** Never rejects. */
  readonly take: (
    event: string,
    data: Buffer,
    share: BodyShare,
    metadata: CallMetadata,
  ) => Promise<GrpcVerdict>;
}

/** WuKongIM opens at most 20 connections per node, with one call each at a time. */
const callsAtOnce = 8;
const mostConnections = 512;

/**
 * The webhook of WuKongIM v2 over gRPC: plaintext HTTP/2, one unary call per event, no secret. Created → listening → stopped.
 *
 * On Node's own HTTP/2 and not on a gRPC library's server, which holds what strangers send, and as much as anyone sends.
 */
export class GrpcServer {
  readonly #server: Http2Server;
  /** In the order of their arrival, each with the calls that are open. */
  readonly #sessions = new Map<Http2Session, Set<ServerHttp2Stream>>();
  readonly #maxConnections = Math.min(mostConnections, connectionLimit());
  readonly #options: GrpcServerOptions;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#server = createServer({ settings: { maxConcurrentStreams: callsAtOnce } });
    this.#server.on('session', (session) => this.#admit(session));
    this.#server.on('stream', (stream, headers) => void this.#answer(stream, headers));
    // Whoever breaks the protocol loses the connection, and nobody else anything.
    this.#server.on('sessionError', () => {});
  }

  /** Resolves with `host:port`. Rejects when the address cannot be listened on. */
  async start(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const { port: bound } = this.#server.address() as AddressInfo;
    return `${host.includes(':') ? `[${host}]` : host}:${bound}`;
  }

  /** Takes no new call, and waits for those under way, at most `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const session of this.#sessions.keys()) session.destroy();
    }, deadlineMs);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions.keys()) session.close();
    await closed;
    clearTimeout(timer);
  }

  /** Where there are too many, a stranger's makes room, else the oldest without a call. */
  #admit(session: Http2Session): void {
    if (this.#sessions.size >= this.#maxConnections) {
      const victim =
        this.#first((one) => !this.#options.mayCall(addressOf(one))) ??
        this.#first((_, calls) => calls.size === 0);
      if (victim === undefined) return session.destroy();
      this.#sessions.delete(victim);
      victim.destroy();
    }
    this.#sessions.set(session, new Set());
    session.once('close', () => this.#sessions.delete(session));
  }

  #first(
    matches: (session: Http2Session, calls: ReadonlySet<ServerHttp2Stream>) => boolean,
  ): Http2Session | undefined {
    for (const [session, calls] of this.#sessions) if (matches(session, calls)) return session;
    return undefined;
  }

  /** Never rejects. */
  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => {});
    const { session } = stream;
    if (session === undefined) return;
    const calls = this.#sessions.get(session);
    calls?.add(stream);
    stream.once('close', () => calls?.delete(stream));
    const { mayCall, refused, read, unread } = this.#options;
    const address = addressOf(session);
    // Before a byte of what the stranger sends is kept.
    if (!mayCall(address)) {
      refused(address);
      return refuseCall(stream, grpcStatus.permissionDenied, 'this address may not call the webhook');
    }
    if (headers[':path'] !== callPath)
      return refuseCall(stream, grpcStatus.unimplemented, `the only method is ${callPath}`);
    const reader = read(sourceOf(stream));
    try {
      const body = await reader.take();
      switch (body.kind) {
        case 'read':
          return await this.#answerMessage(stream, headers, body.bytes, reader.share);
        case 'too_large':
          unread(body.kind);
          return refuseCall(
            stream,
            grpcStatus.resourceExhausted,
            'the message is larger than webhook.max_body_bytes',
          );
        case 'too_slow':
          unread(body.kind);
          return refuseCall(stream, grpcStatus.unavailable, 'the message came too slowly; send it again');
        case 'aborted':
          return unread(body.kind);
        default:
          body satisfies never;
      }
    } finally {
      reader.share.release();
    }
  }

  async #answerMessage(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    bytes: Buffer,
    share: BodyShare,
  ): Promise<void> {
    const message = readMessage(bytes);
    if ('status' in message) {
      if (message.isCutShort === true) this.#options.unread('aborted');
      return refuseCall(stream, message.status, message.detail);
    }
    const { via = '', traceparent } = headers;
    const verdict = await this.#options.take(message.event, message.data, share, {
      wasForwarded: String(via).includes(relayPseudonym),
      traceparent: typeof traceparent === 'string' ? traceparent : null,
    });
    switch (verdict.kind) {
      case 'answered':
        return answerCall(stream, verdict.answer);
      case 'invalid':
        return refuseCall(stream, grpcStatus.invalidArgument, 'the data is not what the event must be');
      case 'unavailable':
        return refuseCall(stream, grpcStatus.unavailable, 'the event could not be stored; send it again');
      default:
        verdict satisfies never;
    }
  }
}

function addressOf({ socket }: Http2Session): string {
  return socket?.remoteAddress ?? '';
}

/** Without an announced length: the message has its own, and the call has an end. */
function sourceOf(stream: ServerHttp2Stream): BodySource {
  return {
    headers: { 'transfer-encoding': 'chunked' },
    on: (event: string, listener: (piece: Buffer) => void) => stream.on(event, listener),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    socket: { pause: () => stream.session?.destroy() },
  };
}
