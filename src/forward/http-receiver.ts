import { receptionOf, type Reception } from '../shared/reception';
import { basicAuthorization, bodySignature, passedOn } from '../shared/request-headers';
import type { HttpClient, HttpRequest, HttpResult } from '../transport/port';
import { relayPseudonym, type ForwardAnswer, type ForwardedEvent } from '../webhook/forward-port';
import { maxAnswerBytes, type Receiver } from './receiver';

export interface HttpReceiverOptions {
  /** With everything that it carries: user and password, path, query. */
  readonly url: string;
  /** Signs the body, for receivers that check it; null: no signature. WuKongIM itself cannot sign. */
  readonly secret: string | null;
  /** For a request and its whole answer. */
  readonly timeoutMs: number;
}

/** Sends events by HTTP, as WuKongIM sends them. A 2xx takes an event. Redirects are not followed: a POST may become a GET on the way. */
export class HttpReceiver implements Receiver {
  readonly #path: string;
  readonly #authorization: string | null;
  readonly #client: HttpClient;
  readonly #options: HttpReceiverOptions;

  constructor(options: HttpReceiverOptions, client: HttpClient) {
    this.#options = options;
    this.#client = client;
    const url = new URL(options.url);
    this.#path = `${url.pathname}${url.search}`;
    this.#authorization = basicAuthorization(url);
  }

  /** Never rejects. */
  async send(event: ForwardedEvent): Promise<Reception> {
    return receptionOf(await this.#post(event));
  }

  /** Null: no answer, or a redirect, which WuKongIM would follow without the body. Never rejects. */
  async ask(event: ForwardedEvent): Promise<ForwardAnswer | null> {
    const result = await this.#post(event);
    if (result.kind !== 'response') return null;
    const { status, headers, body } = result;
    if (status < 200 || (status >= 300 && status < 400)) return null;
    return { status, contentType: passedOn(headers['content-type']), body };
  }

  close(): Promise<void> {
    return this.#client.close(0);
  }

  #post({ name, contentType, bytes }: ForwardedEvent): Promise<HttpResult> {
    const headers: Record<string, string> = { via: `1.1 ${relayPseudonym}` };
    const type = passedOn(contentType);
    if (type !== null) headers['content-type'] = type;
    if (this.#authorization !== null) headers['authorization'] = this.#authorization;
    const { secret, timeoutMs } = this.#options;
    if (secret !== null) headers['x-signature-256'] = bodySignature(secret, bytes);
    // A second `?` where the address has a query already: WuKongIM v2 appends the event the same way.
    const path = `${this.#path}?event=${encodeURIComponent(name)}`;
    const request: HttpRequest = {
      method: 'POST',
      path,
      headers,
      sensitive: [],
      body: bytes,
      timeoutMs,
      maxAnswerBytes,
    };
    return new Promise((resolve) => this.#client.request(request, (result) => resolve(result)));
  }
}
