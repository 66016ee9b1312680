import type { Clock } from '../../domain/clock';
import type { Outcome } from '../../domain/outcome';
import type { Http2Client, Http2Request, Http2Result } from '../../transport/port';
import type { Authorization, Pass, PassResult } from './authorization';
import { within } from './within';

export type ProviderResponse = Extract<Http2Result, { kind: 'response' }>;

/**
 * What an answer means, and what it asks of the connection or the credential:
 * renew_credential: it has expired; replace_credential: it is refused, maybe for its time; keep_credential: it is renewed too often; refresh_connection: this one is of no use.
 */
export interface Reading {
  readonly outcome: Outcome;
  readonly then: 'renew_credential' | 'replace_credential' | 'keep_credential' | 'refresh_connection' | null;
}

/** `subject` is what it is about, for functions that are the same for all requests: each is there 20,000 times at worst. */
export interface ExchangeRequest<Subject> {
  readonly path: string;
  /** Belongs to the exchange: it adds the authorization. */
  readonly headers: Record<string, string>;
  readonly sensitive: readonly string[];
  readonly body: Buffer;
  /** By the monotonic clock. */
  readonly startedAtMs: number;
  readonly subject: Subject;
  read(this: void, response: ProviderResponse, subject: Subject, nowMs: number): Reading;
  settle(this: void, subject: Subject, outcome: Outcome): void;
}

/** A request on its way, as the client takes it. */
class Running implements Http2Request {
  readonly method = 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly sensitive: readonly string[];
  readonly body: Buffer;
  timeoutMs = 0;
  pass: Pass | null = null;
  repeated = false;
  epoch = 0;
  readonly startedAtMs: number;
  private readonly subject: unknown;
  private readonly reader: ExchangeRequest<unknown>['read'];
  private readonly settler: ExchangeRequest<unknown>['settle'];

  constructor(request: ExchangeRequest<unknown>) {
    this.path = request.path;
    this.headers = request.headers;
    this.sensitive = request.sensitive;
    this.body = request.body;
    this.startedAtMs = request.startedAtMs;
    this.subject = request.subject;
    this.reader = request.read;
    this.settler = request.settle;
  }

  read(response: ProviderResponse, nowMs: number): Reading {
    return this.reader(response, this.subject, nowMs);
  }

  settle(outcome: Outcome): void {
    this.settler(this.subject, outcome);
  }
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

  start<Subject>(request: ExchangeRequest<Subject>): void {
    const running = new Running(request);
    if (this.draining) {
      running.settle({ kind: 'unavailable', reason: 'closing', ambiguous: false, retryAfterMs: null });
      return;
    }
    this.running += 1;
    const { authorization } = this.context;
    const pass = authorization === null ? null : authorization.peek();
    if (authorization === null || pass !== null) this.send(running, pass, running.startedAtMs);
    else this.wait(running, authorization.obtain());
  }

  private wait(running: Running, result: Promise<PassResult>): void {
    this.waiting.add(running);
    void result.then((answer) => {
      if (!this.waiting.delete(running)) return;
      if (answer.kind === 'pass') this.send(running, answer.pass, this.context.clock.monotonicMs());
      else this.settle(running, answer.outcome);
    });
  }

  private send(running: Running, pass: Pass | null, nowMs: number): void {
    const { client, timeoutMs } = this.context;
    const timeLeftMs = timeoutMs - (nowMs - running.startedAtMs);
    if (timeLeftMs <= 0) {
      this.settle(running, {
        kind: 'unavailable',
        reason: 'credential_late',
        ambiguous: false,
        retryAfterMs: null,
      });
      return;
    }
    if (pass !== null) running.headers['authorization'] = pass.header;
    running.pass = pass;
    running.epoch = this.epoch;
    running.timeoutMs = timeLeftMs;
    client.request(running, this.receive);
  }

  private readonly receive = (result: Http2Result, running: Running): void => {
    switch (result.kind) {
      case 'response':
        this.act(running, running.read(result, this.context.clock.now()));
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
  };

  private act(running: Running, { outcome, then }: Reading): void {
    const { authorization, client } = this.context;
    const { pass } = running;
    switch (then) {
      case null:
        this.settle(running, outcome);
        return;
      case 'renew_credential':
      case 'replace_credential': {
        const said = then === 'renew_credential' ? 'expired' : 'invalid';
        if (authorization === null || pass === null || running.repeated) this.settle(running, outcome);
        else this.repeat(running, authorization.renew(pass, said), pass, outcome);
        return;
      }
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

  private repeat(running: Running, successor: Promise<PassResult>, used: Pass, outcome: Outcome): void {
    running.repeated = true;
    const renewed = successor.then((answer): PassResult => {
      const same = answer.kind === 'pass' && answer.pass.generation === used.generation;
      return same ? { kind: 'refused', outcome } : answer;
    });
    this.wait(running, renewed);
  }

  private settle(running: Running, outcome: Outcome): void {
    this.running -= 1;
    if (this.running === 0) this.onIdle?.();
    running.settle(outcome);
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
