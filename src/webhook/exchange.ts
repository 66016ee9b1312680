import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/clock';
import type { WebhookEvents } from '../observability/webhook-events';
import { endAnswer } from '../http/farewell';
import type { WebhookEventLabel, WebhookResult } from '../observability/webhook-labels';

export type WebhookStatus = 200 | 400 | 401 | 403 | 404 | 405 | 408 | 413 | 503;

const noHeaders: Readonly<Record<string, string>> = {};

export interface ExchangeContext {
  readonly clock: Clock;
  readonly events: WebhookEvents;
  draining(): boolean;
}

/** One request and its one answer. open → answered (or aborted, when the sender left first). */
export class Exchange {
  readonly startedAtMs: number;
  label: WebhookEventLabel = 'none';
  private closed = false;

  constructor(
    private readonly context: ExchangeContext,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly requestId: string,
  ) {
    this.startedAtMs = context.clock.monotonicMs();
  }

  /** The body is empty whatever the status: WuKongIM v2 gives up a connection after any other. */
  answer(status: WebhookStatus, result: WebhookResult, headers = noHeaders): void {
    if (!this.close(result)) return;
    this.response.writeHead(status, this.headersOf(headers, this.context.draining()));
    this.response.end();
  }

  /** Answers before the body was read, and gives up the connection where the rest of it does not come at once. */
  refuse(status: WebhookStatus, result: WebhookResult, headers = noHeaders, body = ''): void {
    if (!this.close(result)) return;
    this.response.statusCode = status;
    const all = this.headersOf(headers, this.context.draining());
    for (const [name, value] of Object.entries(all)) this.response.setHeader(name, value);
    endAnswer(this.response, body);
  }

  aborted(): void {
    this.close('aborted');
  }

  private close(result: WebhookResult): boolean {
    if (this.closed) return false;
    this.closed = true;
    const { clock, events } = this.context;
    events.answered(this.label, result, Math.max(0, clock.monotonicMs() - this.startedAtMs));
    return true;
  }

  private headersOf(headers: Readonly<Record<string, string>>, closing: boolean): Record<string, string> {
    const all: Record<string, string> = { 'Content-Length': '0', 'X-Request-Id': this.requestId, ...headers };
    if (closing) all['Connection'] = 'close';
    return all;
  }
}
