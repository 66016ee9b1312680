import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { WebhookHandler } from '../webhook/handler';
import { isWebhookPath } from '../webhook/target';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Who answers. Webhooks do not pass through Express, whose own cost a request is several times their handler's. */
export interface Handlers {
  readonly webhook?: WebhookHandler;
  readonly api: RequestHandler;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly keepAliveTimeoutMs: number;
}

/**
 * The relay's HTTP listener.
 *
 * created → listening → draining (still answers, each answer asks the client to close its connection) → closed.
 */
export class HttpServer {
  readonly #server: Server;
  #draining = false;

  constructor(
    private readonly options: HttpServerOptions,
    private readonly handlers: Handlers,
  ) {
    this.#server = createServer({ keepAlive: true, noDelay: true }, (request, response) =>
      this.#handle(request, response),
    );
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.#continue(request, response),
    );
    // Longer than any client keeps an idle connection (Go: 90 s), or a request meets the closing and is lost.
    this.#server.keepAliveTimeout = options.keepAliveTimeoutMs;
    this.#server.headersTimeout = headersTimeoutMs;
    this.#server.requestTimeout = requestTimeoutMs;
    this.#server.maxRequestsPerSocket = 0;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Resolves with the URL; rejects with the system's error (EADDRINUSE, EACCES, …). */
  async start(): Promise<string> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo;
    return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.#draining) response.setHeader('connection', 'close');
    const { webhook, api } = this.handlers;
    if (webhook !== undefined && isWebhookPath(request.url)) webhook(request, response);
    else api(request, response);
  }

  /** Only the webhook decides for itself whether it wants the body. */
  #continue(request: IncomingMessage, response: ServerResponse): void {
    const { webhook } = this.handlers;
    if (webhook !== undefined && isWebhookPath(request.url)) return webhook.checkContinue(request, response);
    response.writeContinue();
    this.#handle(request, response);
  }

  drain(): void {
    this.#draining = true;
  }

  /** Requests under way are answered, at most until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#draining = true;
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const cut = setTimeout(() => this.#server.closeAllConnections(), deadlineMs);
    await closed;
    clearTimeout(cut);
  }
}

const headersTimeoutMs = 60_000;
/** A body of 32 MiB over a slow link takes its time; a peer that sends nothing does not get more than this. */
const requestTimeoutMs = 300_000;
