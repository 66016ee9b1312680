import { createHttp1Client } from './http1-client';
import { createHttp2Client, type Http2ClientContext } from './http2-client';
import { noHttp2 } from './open-socket';
import type { HttpClient, Http2ClientOptions, HttpRequest, HttpResult } from './port';

/** HTTP/2 to one origin, or HTTP/1.1 where the peer chooses it. Throws as {@link createHttp2Client} does. */
export function createEitherClient(options: Http2ClientOptions, context: Http2ClientContext): HttpClient {
  return new EitherClient(options, context);
}

/** On HTTP/2 until the peer chooses HTTP/1.1; on that from then on. What came meanwhile is sent over it, as nothing was written. */
class EitherClient implements HttpClient {
  #http1: HttpClient | null = null;
  #isClosed = false;
  readonly #http2: HttpClient;
  readonly #options: Http2ClientOptions;
  readonly #clock: Http2ClientContext['clock'];

  constructor(options: Http2ClientOptions, context: Http2ClientContext) {
    this.#http2 = createHttp2Client(options, context);
    this.#options = options;
    this.#clock = context.clock;
  }

  request<Request extends HttpRequest>(
    request: Request,
    done: (result: HttpResult, request: Request) => void,
  ): void {
    if (this.#http1 !== null) return this.#http1.request(request, done);
    const startedAtMs = this.#clock.monotonicMs();
    this.#http2.request(request, (result, sent) => {
      const isOther = result.kind === 'not_processed' && result.cause.includes(noHttp2);
      const leftMs = request.timeoutMs - (this.#clock.monotonicMs() - startedAtMs);
      if (!isOther || leftMs <= 0 || this.#isClosed) done(result, sent);
      else this.#toHttp1().request({ ...rest(request), timeoutMs: leftMs }, (answer) => done(answer, sent));
    });
  }

  stats(): { readonly connections: number } {
    return { connections: this.#http2.stats().connections + (this.#http1?.stats().connections ?? 0) };
  }

  refresh(): void {
    this.#http2.refresh();
    this.#http1?.refresh();
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#http2.close(deadlineMs), this.#http1?.close(deadlineMs)]);
  }

  #toHttp1(): HttpClient {
    this.#http1 ??= createHttp1Client({ ...this.#options, plainHosts: 'loopback' });
    return this.#http1;
  }
}

/** Field by field: a request may be an object of any class. */
function rest({ method, path, headers, sensitive, body, maxAnswerBytes }: HttpRequest): HttpRequest {
  return { method, path, headers, sensitive, body, maxAnswerBytes, timeoutMs: 0 };
}
