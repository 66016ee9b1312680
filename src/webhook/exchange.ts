import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/clock';
import type { WebhookEvents } from '../observability/webhook-events';
import { declaredLength } from './body-reader';
import type { WebhookEventLabel, WebhookResult } from '../observability/webhook-labels';

export type WebhookStatus = 200 | 400 | 401 | 404 | 405 | 413 | 503;

/** Rest of a refused body that is thrown away, so that the answer is not cut off by a reset. */
const maxLingerBytes = 64 * 1024 * 1024;
const maxLingerMs = 2_000;
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
    this.startedAtMs = context.clock.now();
  }

  /** The body is empty whatever the status: WuKongIM v2 gives up a connection after any other. */
  answer(status: WebhookStatus, result: WebhookResult, headers = noHeaders): void {
    if (!this.close(result)) return;
    this.response.writeHead(status, this.headersOf(headers, this.context.draining()));
    this.response.end();
  }

  /** Answers before the body was read, and gives up the connection when there is one. */
  refuse(status: WebhookStatus, result: WebhookResult, headers = noHeaders): void {
    if (this.request.complete || declaredLength(this.request) === 0)
      return this.answer(status, result, headers);
    if (!this.close(result)) return;
    this.response.writeHead(status, this.headersOf(headers, true));
    this.response.flushHeaders();
    this.linger();
  }

  aborted(): void {
    this.close('aborted');
  }

  private close(result: WebhookResult): boolean {
    if (this.closed) return false;
    this.closed = true;
    const { clock, events } = this.context;
    events.answered(this.label, result, Math.max(0, clock.now() - this.startedAtMs));
    return true;
  }

  private headersOf(headers: Readonly<Record<string, string>>, closing: boolean): Record<string, string> {
    const all: Record<string, string> = { 'Content-Length': '0', 'X-Request-Id': this.requestId, ...headers };
    if (closing) all['Connection'] = 'close';
    return all;
  }

  /** Closing a socket with unread bytes resets it, and the sender may then never see the answer. */
  private linger(): void {
    const { request, response } = this;
    let restBytes = maxLingerBytes;
    const finish = (): void => {
      clearTimeout(timer);
      request.off('data', discard);
      response.end();
    };
    const discard = (piece: Buffer): void => {
      restBytes -= piece.length;
      if (restBytes < 0) finish();
    };
    const timer = setTimeout(finish, maxLingerMs);
    request.on('data', discard);
    request.once('end', finish);
    request.once('close', finish);
    request.on('error', finish);
    request.resume();
  }
}
