/*
 * Open this file first: it listens, passes requests to the webhook or to Express, and drains. `connection-limit.ts`,
 * `header-limit.ts`, `request-turns.ts` and `local-caller.ts` limit who may ask and how much. `listen-fault.ts` says why it cannot listen. `body-reader.ts` reads a body
 * (`body-bytes.ts`, `piece-gauge.ts`) within the memory of `body-pool.ts`. `farewell.ts` and
 * `halt-reading.ts` end a connection without cutting off the answer. `problem-answer.ts` and `request-id.ts` serve those who
 * answer without the API's routes. `grpc-server.ts` is the webhook over gRPC (`grpc-call.ts` is one call).
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as Listener, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { WebhookHandler } from '../webhook/handler';
import { connectionLimit } from './connection-limit';
import { refusedForHeaders } from './header-limit';
import { openableHost } from './openable-host';
import { RequestTurns } from './request-turns';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Who answers. Webhooks do not pass through Express, whose own cost a request is several times their handler's. */
export interface Handlers {
  readonly webhook?: WebhookHandler;
  readonly api: RequestHandler;
  /** Answers what never became a request. */
  readonly clientError?: (error: Error, socket: Duplex) => void;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** A socket that somebody else listens on and keeps, instead of host and port; null: none. */
  readonly descriptor: number | null;
  readonly keepAliveTimeoutMs: number;
  /** Connections at a time; default: see connectionLimit. */
  readonly maxConnections?: number;
  /** Told once when there are as many, and once when there is room again. */
  readonly connectionsFull?: (isFull: boolean) => void;
  /** Until the headers of a request have arrived; default 60 s. */
  readonly headersTimeoutMs?: number;
}

/** The socket that was passed to the relay is none to listen on. Exit code 2. */
export class PassedSocketError extends Error {
  override readonly name = 'PassedSocketError';
}

/**
 * The relay's HTTP listener.
 *
 * created → listening → draining (still answers, each answer asks the client to close its connection) → closing (takes no
 * connection any more; those that are idle are closed, the others as their answer is written) → closed.
 *
 * A request that meets the closing of its connection is lost to WuKongIM v2, which sends once. So draining leaves idle
 * connections a moment to be used once more, and closing ends only the relay's own direction of those that are left: a
 * request that crosses with it has no answer, but is still taken.
 */
export class HttpServer {
  readonly #server: Server;
  /** Each with its latest answer; null before the first request. */
  readonly #connections = new Map<Socket, ServerResponse | null>();
  readonly #turns = new RequestTurns();
  readonly #maxConnections: number;
  #isFull = false;
  #url: string | null = null;
  #lingering: Promise<void> | null = null;
  readonly #options: HttpServerOptions;
  readonly #handlers: Handlers;

  constructor(options: HttpServerOptions, handlers: Handlers) {
    this.#options = options;
    this.#handlers = handlers;

    const { headersTimeoutMs = defaultHeadersTimeoutMs } = options;
    this.#maxConnections = options.maxConnections ?? connectionLimit();
    this.#server = createServer(
      {
        keepAlive: true,
        noDelay: true,
        connectionsCheckingInterval: headersTimeoutMs / 2,
        requireHostHeader: false,
      },
      (request, response) => this.#take(request, response, () => this.#handle(request, response)),
    );
    const { clientError } = handlers;
    if (clientError !== undefined) {
      this.#server.on('clientError', (error: Error & { readonly code?: string }, socket: Duplex) => {
        // The relay itself stopped reading (see haltReading), and has its own answer on the way.
        if (error.code !== 'HPE_PAUSED') clientError(error, socket);
      });
    }
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.#take(request, response, () => this.#continue(request, response)),
    );
    // Node would answer 417 without a body; an expectation that a server does not know may be left out of account.
    this.#server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
      this.#take(request, response, () => this.#handle(request, response)),
    );
    this.#server.on('connection', (socket: Socket) => {
      if (!this.#hasRoom()) return void socket.destroy();
      this.#connections.set(socket, null);
      socket.once('close', () => this.#closed(socket));
    });
    // Who has sent all it had to say still waits for its answer.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    // Longer than any client keeps an idle connection (Go: 90 s), or a request meets the closing and is lost.
    this.#server.keepAliveTimeout = options.keepAliveTimeoutMs;
    this.#server.headersTimeout = headersTimeoutMs;
    this.#server.requestTimeout = requestTimeoutMs;
    this.#server.maxRequestsPerSocket = 0;
    // None: what Node drops would go unseen. Bytes are limited, and so is the number (see header-limit).
    this.#server.maxHeadersCount = 0;
  }

  get draining(): boolean {
    return this.#lingering !== null;
  }

  /** Null before it listens. */
  get url(): string | null {
    return this.#url;
  }

  /** What it listens on, which may stand for all addresses; null before it listens, and for a path. */
  get host(): string | null {
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.address ?? null) : null;
  }

  /** Resolves with the URL; rejects with PassedSocketError, or the system's error (EADDRINUSE, EACCES, …). */
  async start(): Promise<string> {
    const { host, port, descriptor } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => reject(descriptor === null ? error : unusable(descriptor, error));
      this.#server.once('error', fail);
      this.#server.listen({ ...(descriptor === null ? { host, port } : { fd: descriptor }), backlog }, () => {
        this.#server.off('error', fail);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo | string;
    this.#url = urlOf(address);
    return this.#url;
  }

  /** The oldest that has asked for nothing yet makes room, else the oldest that is idle: who says nothing keeps nobody out. */
  #hasRoom(): boolean {
    if (this.#connections.size < this.#maxConnections) return true;
    this.#tellFull(true);
    const victim =
      this.#first((response) => response === null) ??
      this.#first((response) => response?.writableFinished === true) ??
      // Nor does who reads no answer.
      this.#first((response) => response?.writableEnded === true);
    if (victim === undefined) return false;
    this.#connections.delete(victim);
    victim.destroy();
    return true;
  }

  #first(matches: (response: ServerResponse | null) => boolean): Socket | undefined {
    for (const [socket, response] of this.#connections) if (matches(response)) return socket;
    return undefined;
  }

  #closed(socket: Socket): void {
    this.#connections.delete(socket);
    if (this.#connections.size < this.#maxConnections * roomShare) this.#tellFull(false);
  }

  #tellFull(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.#options.connectionsFull?.(isFull);
  }

  #take(request: IncomingMessage, response: ServerResponse, run: () => void): void {
    const previous = this.#connections.get(request.socket) ?? null;
    this.#connections.set(request.socket, response);
    this.#turns.take(request, previous, run);
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.draining) response.setHeader('connection', 'close');
    if (refusedForHeaders(request, response)) return;
    const { webhook, api } = this.#handlers;
    if (webhook?.takes(request.url) === true) webhook(request, response);
    else api(request, response);
  }

  /** Only the webhook decides for itself whether it wants the body. */
  #continue(request: IncomingMessage, response: ServerResponse): void {
    if (refusedForHeaders(request, response)) return;
    const { webhook } = this.#handlers;
    if (webhook?.takes(request.url) === true) return webhook.checkContinue(request, response);
    response.writeContinue();
    this.#handle(request, response);
  }

  drain(): void {
    if (this.draining) return;
    for (const response of this.#connections.values())
      if (response?.headersSent === false) response.setHeader('connection', 'close');
    this.#lingering = this.#used();
  }

  /** Requests under way are answered, at most until the deadline. Nobody else's copy of a passed socket is closed. */
  async stop(deadlineMs: number): Promise<void> {
    if (!this.#server.listening) return;
    await (this.#lingering ??= Promise.resolve());
    // http's own close would destroy idle connections at once, with what they have received and nobody has read yet.
    const closed = new Promise<void>((resolve) =>
      Listener.prototype.close.call(this.#server, () => resolve()),
    );
    for (const [socket, response] of this.#connections) if (response?.writableFinished === true) socket.end();
    const silent = setTimeout(() => this.#destroySilent(), Math.min(silenceMs, deadlineMs));
    const cut = setTimeout(() => this.#destroyAll(), deadlineMs);
    await closed;
    clearTimeout(silent);
    clearTimeout(cut);
    // Ends http's watch over slow requests; that the server is closed already is what we know.
    this.#server.close(() => {});
  }

  /** Resolves when every connection that there is now has ended, or has had its moment. */
  #used(): Promise<void> {
    const left = new Set(this.#connections.keys());
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lingerMs);
      for (const socket of left) {
        socket.once('close', () => {
          left.delete(socket);
          if (left.size > 0) return;
          clearTimeout(timer);
          resolve();
        });
      }
    });
  }

  #destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  /** Connections that never said anything, clients that do not close their side, requests that crossed and are taken. */
  #destroySilent(): void {
    for (const [socket, response] of this.#connections) {
      const isAnswered = response?.writableFinished === true;
      const isUnanswerable = response?.writableEnded === true && socket.writableEnded;
      if (response === null || isAnswered || isUnanswerable) socket.destroy();
    }
  }
}

function urlOf(address: AddressInfo | string): string {
  if (typeof address === 'string') return `unix:${address}`;
  return `http://${openableHost(address.address)}:${address.port}`;
}

function unusable(descriptor: number, error: NodeJS.ErrnoException): PassedSocketError {
  return new PassedSocketError(
    `LISTEN_FDS: descriptor ${String(descriptor)} is no stream socket to listen on (${error.code ?? error.message}); a .socket unit needs ListenStream= and Accept=no`,
    { cause: error },
  );
}

/** How long idle connections are left open once more, so that the next request on them is answered and closes them. */
const lingerMs = 500;
/** How long a connection without a request is waited for when nothing else is. */
const silenceMs = 1_000;
/** What waits here during a restart on a passed socket is refused by nobody; the system has its own upper bound. */
const backlog = 4_096;
/** Of the limit: so few connections that the fullness is over. */
const roomShare = 0.9;
const defaultHeadersTimeoutMs = 60_000;
/** For a whole request: 32 MiB over a slow link take their time, silence does not get more. */
const requestTimeoutMs = 300_000;
