import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import { describeError } from './causes';
import { connectWithin } from './connect-within';
import { SocketOpener } from './open-socket';
import { parseOrigin, parseProxy } from './origin';
import type { HttpClient, Http1ClientOptions, HttpRequest, HttpResult } from './port';
import { RequestCheck } from './request-check';

const usualAnswerBytes = 64 * 1024;

/**
 * HTTP/1.1 to one origin, by undici, over the sockets that HTTP/2 uses too: one rule for proxies and trust. Throws a TypeError for
 * a base URL or proxy URL that cannot be used. Redirects are answers like others.
 */
export function createHttp1Client(options: Http1ClientOptions): HttpClient {
  return new Http1Client(options);
}

/** Open: takes requests. Closed, from the first `close` on: answers each with not_processed. */
class Http1Client implements HttpClient {
  readonly #opener: SocketOpener;
  readonly #options: Http1ClientOptions;
  readonly #check = new RequestCheck();
  #pool: Pool;
  #connections = 0;
  #closed: Promise<void> | null = null;

  constructor(options: Http1ClientOptions) {
    const origin = parseOrigin(options.baseUrl, options.plainHosts);
    const proxy = options.proxyUrl === null ? null : parseProxy(options.proxyUrl);
    this.#opener = new SocketOpener(origin, origin.secure ? proxy : null, options, 'http/1.1');
    this.#options = options;
    this.#pool = this.#createPool();
  }

  request<Request extends HttpRequest>(
    request: Request,
    done: (result: HttpResult, request: Request) => void,
  ): void {
    const fault = this.#closed === null ? this.#check.faultOf(request) : 'client is closed';
    if (fault !== null) {
      setImmediate(done, { kind: 'not_processed', cause: fault }, request);
      return;
    }
    const { method, headers, body } = request;
    const path = this.#opener.origin.pathPrefix + request.path;
    const exchange = new Http1Exchange(request, (result) => done(result, request));
    this.#pool.dispatch({ method, path, headers, body: body.length === 0 ? null : body }, exchange);
  }

  stats(): { readonly connections: number } {
    return { connections: this.#connections };
  }

  refresh(): void {
    this.#opener.forgetTicket();
    const former = this.#pool;
    this.#pool = this.#createPool();
    void former.close();
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= this.#end(deadlineMs);
    return this.#closed;
  }

  async #end(deadlineMs: number): Promise<void> {
    // A pool that is destroyed with requests in its queue never ends its `close`.
    let timer: NodeJS.Timeout | undefined;
    const cut = new Promise<void>((resolve) => {
      timer = setTimeout(() => void this.#pool.destroy().finally(resolve), deadlineMs);
    });
    await Promise.race([this.#pool.close(), cut]);
    clearTimeout(timer);
  }

  #createPool(): Pool {
    const { maxConnections, connectTimeoutMs, idleTimeoutMs } = this.#options;
    const { secure, authority } = this.#opener.origin;
    const pool = new Pool(`${secure ? 'https' : 'http'}://${authority}`, {
      connections: maxConnections,
      keepAliveTimeout: idleTimeoutMs,
      keepAliveMaxTimeout: idleTimeoutMs,
      // Each request has one time limit for all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, done) =>
        connectWithin(this.#opener, connectTimeoutMs, (error, socket) => {
          if (socket === null) done(error ?? new Error('no connection'), null);
          else done(null, socket as Socket);
        }),
    });
    pool.on('connect', () => (this.#connections += 1));
    pool.on('disconnect', () => (this.#connections -= 1));
    return pool;
  }
}

/**
 * One request on its way to one result. Waiting: for a connection; nothing was written. Written: it may have reached the peer.
 * Finished: `done` was called.
 */
class Http1Exchange implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #isFinished = false;
  readonly #timer: NodeJS.Timeout;
  readonly #maxBytes: number;
  readonly #done: (result: HttpResult) => void;

  constructor(
    { timeoutMs, maxAnswerBytes = usualAnswerBytes }: HttpRequest,
    done: (result: HttpResult) => void,
  ) {
    this.#maxBytes = maxAnswerBytes;
    this.#done = done;
    this.#timer = setTimeout(() => this.#giveUp(`no answer within ${Math.round(timeoutMs)} ms`), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isFinished) controller.abort(new Error('given up'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = joined(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#giveUp(`answer is larger than ${this.#maxBytes} bytes`);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString('utf8');
    this.#finish({ kind: 'response', status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(describeError(error));
  }

  #giveUp(cause: string): void {
    this.#fail(cause);
    this.#controller?.abort(new Error(cause));
  }

  #fail(cause: string): void {
    this.#finish({ kind: this.#controller === null ? 'not_processed' : 'cut', cause });
  }

  #finish(result: HttpResult): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    clearTimeout(this.#timer);
    // Not within `request`: undici reports what it cannot send at all while it takes it.
    setImmediate(this.#done, result);
  }
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) plain[name] = typeof value === 'string' ? value : value.join(', ');
  return plain;
}
