import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

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
    handler: RequestHandler,
  ) {
    this.#server = createServer({ keepAlive: true, noDelay: true }, (request, response) => {
      if (this.#draining) response.setHeader('connection', 'close');
      handler(request, response);
    });
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
