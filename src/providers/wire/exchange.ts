import type { Clock } from '../../domain/clock';
import type { Outcome } from '../../domain/outcome';
import type { Http2Client, Http2Result } from '../../transport/port';
import type { Authorization, Pass, PassResult } from './authorization';
import { within } from './within';

export type ProviderResponse = Extract<Http2Result, { kind: 'response' }>;

/**
 * What an answer means, and what it asks of the connection or the credential:
 * renew_credential: it has expired; keep_credential: it is renewed too often; refresh_connection: this one is of no use.
 */
export interface Reading {
  readonly outcome: Outcome;
  readonly then: 'renew_credential' | 'keep_credential' | 'refresh_connection' | null;
}

export interface ExchangeRequest {
  readonly path: string;
  /** Belongs to the exchange: it adds the authorization. */
  readonly headers: Record<string, string>;
  readonly sensitive: readonly string[];
  readonly body: Buffer;
  readonly startedAtMs: number;
  readonly read: (response: ProviderResponse, nowMs: number) => Reading;
  readonly settle: (outcome: Outcome) => void;
}

interface Running {
  readonly request: ExchangeRequest;
  repeated: boolean;
  epoch: number;
}

export interface ExchangeContext {
  readonly client: Http2Client;
  /** Null where the connection itself authenticates (client certificate). */
  readonly authorization: Authorization | null;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Requests to one origin with one credential. Each is waiting (for the credential) → sent → settled; an answer that says
 * the credential has expired leads back to waiting, once. A request settles once, whatever happens.
 *
 * The whole is open → draining (takes nothing new) → closed (what still ran was cut).
 */
export class Exchange {
  private readonly waiting = new Set<Running>();
  private running = 0;
  private draining = false;
  /** Counts the connections' renewals, so that many answers of one old connection renew it once. */
  private epoch = 0;
  private onIdle: (() => void) | null = null;

  constructor(private readonly context: ExchangeContext) {}

  start(request: ExchangeRequest): void {
    if (this.draining) {
      request.settle({ kind: 'unavailable', reason: 'closing', ambiguous: false, retryAfterMs: null });
      return;
    }
    const running: Running = { request, repeated: false, epoch: this.epoch };
    this.running += 1;
    const { authorization } = this.context;
    const pass = authorization === null ? null : authorization.peek();
    if (authorization === null || pass !== null) this.send(running, pass);
    else this.wait(running, authorization.obtain());
  }

  private wait(running: Running, result: Promise<PassResult>): void {
    this.waiting.add(running);
    void result.then((answer) => {
      if (!this.waiting.delete(running)) return;
      if (answer.kind === 'pass') this.send(running, answer.pass);
      else this.settle(running, answer.outcome);
    });
  }

  private send(running: Running, pass: Pass | null): void {
    const { client, clock, timeoutMs } = this.context;
    const { path, headers, sensitive, body, startedAtMs } = running.request;
    const timeLeftMs = timeoutMs - (clock.now() - startedAtMs);
    if (timeLeftMs <= 0) {
      this.settle(running, {
        kind: 'unavailable',
        reason: 'credential_late',
        ambiguous: false,
        retryAfterMs: null,
      });
      return;
    }
    if (pass !== null) headers['authorization'] = pass.header;
    running.epoch = this.epoch;
    client.request({ method: 'POST', path, headers, sensitive, body, timeoutMs: timeLeftMs }, (result) =>
      this.receive(running, pass, result),
    );
  }

  private receive(running: Running, pass: Pass | null, result: Http2Result): void {
    switch (result.kind) {
      case 'response':
        this.act(running, pass, running.request.read(result, this.context.clock.now()));
        return;
      case 'not_processed':
        this.settle(running, {
          kind: 'unavailable',
          reason: result.cause,
          ambiguous: false,
          retryAfterMs: null,
        });
        return;
      case 'cut':
        this.settle(running, {
          kind: 'unavailable',
          reason: result.cause,
          ambiguous: true,
          retryAfterMs: null,
        });
        return;
      default:
        result satisfies never;
    }
  }

  private act(running: Running, pass: Pass | null, { outcome, then }: Reading): void {
    const { authorization, client } = this.context;
    switch (then) {
      case null:
        this.settle(running, outcome);
        return;
      case 'renew_credential':
        if (authorization === null || pass === null || running.repeated) this.settle(running, outcome);
        else this.repeat(running, pass, authorization, outcome);
        return;
      case 'keep_credential':
        authorization?.keep();
        this.settle(running, outcome);
        return;
      case 'refresh_connection':
        if (running.epoch === this.epoch) {
          this.epoch += 1;
          client.refresh();
        }
        this.settle(running, outcome);
        return;
      default:
        then satisfies never;
    }
  }

  private repeat(running: Running, used: Pass, authorization: Authorization, outcome: Outcome): void {
    running.repeated = true;
    const renewed = authorization.renew(used).then((answer): PassResult => {
      const same = answer.kind === 'pass' && answer.pass.generation === used.generation;
      return same ? { kind: 'refused', outcome } : answer;
    });
    this.wait(running, renewed);
  }

  private settle(running: Running, outcome: Outcome): void {
    this.running -= 1;
    if (this.running === 0) this.onIdle?.();
    running.request.settle(outcome);
  }

  /** Waits for what runs, at most `deadlineMs`; then cuts it. Resolves when every request has settled. */
  async close(deadlineMs: number): Promise<void> {
    this.draining = true;
    const idle = new Promise<void>((resolve) => {
      if (this.running === 0) resolve();
      else this.onIdle = resolve;
    });
    await within(deadlineMs, idle, undefined);
    for (const running of [...this.waiting]) {
      this.waiting.delete(running);
      this.settle(running, { kind: 'unavailable', reason: 'closing', ambiguous: false, retryAfterMs: null });
    }
    await this.context.client.close(0);
  }
}
