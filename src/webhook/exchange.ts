import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/clock';
import type { WebhookEvents } from '../observability/webhook-events';
import { endAnswer } from '../http/farewell';
import type { ForwardAnswer } from './forward-port';
import type { WebhookEventLabel, WebhookResult } from '../observability/webhook-labels';

export type WebhookStatus = 200 | 400 | 401 | 403 | 404 | 405 | 408 | 413 | 503;

type Headers = Readonly<Record<string, string>>;

const noHeaders: Headers = {};

export interface ExchangeContext {
  readonly clock: Clock;
  readonly events: WebhookEvents;
  draining(): boolean;
}

/** One request and its one answer. open → answered (or aborted, when the sender left first). */
export class Exchange {
  /** By the wall clock, for what is stored. */
  readonly receivedAtMs: number;
  label: WebhookEventLabel = 'none';
  #closed = false;
  readonly #startedAtMs: number;
  readonly #context: ExchangeContext;

  constructor(
    context: ExchangeContext,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly requestId: string,
  ) {
    this.#context = context;

    this.receivedAtMs = context.clock.now();
    this.#startedAtMs = context.clock.monotonicMs();
  }

  /** The body is empty whatever the status: WuKongIM v2 gives up a connection after any other. */
  answer(status: WebhookStatus, result: WebhookResult): void {
    if (this.#close(result)) this.#write(status, null, '');
  }

  /** Answers what a receiver has answered. */
  pass({ status, contentType, body }: ForwardAnswer): void {
    if (this.#close('forwarded')) this.#write(status, contentType, body);
  }

  /** Answers before the body was read, and gives up the connection where the rest of it does not come at once. */
  refuse(status: WebhookStatus, result: WebhookResult, headers = noHeaders, body = ''): void {
    if (!this.#close(result)) return;
    this.response.statusCode = status;
    const all: Headers = { 'Content-Length': '0', 'X-Request-Id': this.requestId, ...headers };
    for (const [name, value] of Object.entries(all)) this.response.setHeader(name, value);
    if (this.#context.draining()) this.response.setHeader('Connection', 'close');
    endAnswer(this.response, body);
  }

  aborted(): void {
    this.#close('aborted');
  }

  #write(status: number, contentType: string | null, body: string | Buffer): void {
    const headers = ['Content-Length', String(Buffer.byteLength(body)), 'X-Request-Id', this.requestId];
    if (contentType !== null) headers.push('Content-Type', contentType);
    if (this.#context.draining()) headers.push('Connection', 'close');
    this.response.writeHead(status, headers);
    this.response.end(body);
  }

  #close(result: WebhookResult): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    const { clock, events } = this.#context;
    events.answered(this.label, result, Math.max(0, clock.monotonicMs() - this.#startedAtMs));
    return true;
  }
}
