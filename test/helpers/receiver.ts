import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { freePort } from './free-port';

export interface ReceivedRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver does with a request: answers, or (null) stays silent. */
export type ReceiverAnswer = {
  readonly status: number;
  readonly body?: string;
  readonly headers?: object;
} | null;

/** PEM. */
export interface ReceiverTls {
  readonly cert: string;
  readonly key: string;
}

/** A server that gets forwarded webhooks, in the shapes of TangSengDaoDao unless told. */
export class FakeReceiver {
  readonly requests: ReceivedRequest[] = [];
  answer: (request: ReceivedRequest) => ReceiverAnswer = () => ({ status: 200, body: '{"status":200}' });
  #waiting: (() => void)[] = [];
  #server: Server;
  readonly #port: number;

  readonly #tls: ReceiverTls | null;

  private constructor(port: number, tls: ReceiverTls | null) {
    this.#port = port;
    this.#tls = tls;
    this.#server = this.#create();
  }

  /** With a certificate it speaks https. */
  static async start(tls: ReceiverTls | null = null): Promise<FakeReceiver> {
    const receiver = new FakeReceiver(await freePort(), tls);
    await receiver.#listen();
    return receiver;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `http${this.#tls === null ? '' : 's'}://${this.host}/v1/webhook`;
  }

  /** Resolves once so many requests have come. */
  async waitFor(count: number): Promise<readonly ReceivedRequest[]> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.requests;
  }

  /** Nobody listens any more; connections are cut. */
  async down(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Listens again on the same port. */
  async up(): Promise<void> {
    this.#server = this.#create();
    await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.down();
  }

  #create(): Server {
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url = '', headers } = request;
        const received = { url, headers, body: Buffer.concat(chunks).toString() };
        const answer = this.answer(received);
        this.requests.push(received);
        for (const resolve of this.#waiting.splice(0)) resolve();
        if (answer === null) return;
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(answer.body ?? '');
      });
    };
    return this.#tls === null ? createServer(listener) : createSecureServer(this.#tls, listener);
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }
}
