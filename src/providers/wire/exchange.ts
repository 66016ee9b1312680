/*
 * Open this file first: it sends one request with a credential (`authorization.ts`) and reads one outcome per delivery from the
 * answer. `retry-after.ts` reads the wait that a provider asks for, `foreign-answer.ts` recognizes answers that no provider
 * gave. `sdk-calls.ts` and `error-text.ts` do the same for the vendors' SDKs. What devices share is built by `template.ts`,
 * `text.ts`, `string-fields.ts` and `recent.ts`; `apple-payload.ts`, `apple-headers.ts` and `conversation.ts` are what APNs and FCM have in common.
 * `web-display.ts` has what FCM and Web Push show in a browser. `click-template.ts` is what a click opens, and `refuse.ts` settles what is
 * never sent. `connection-options.ts` is what clients are made with, and `check-by-push.ts` checks a credential.
 */

import type { Clock } from '../../domain/clock';
import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { HttpClient, HttpRequest, HttpResult } from '../../transport/port';
import type { Authorization, Pass, PassResult, UnauthorizedRequest } from './authorization';
import { within } from '../../shared/within';

export type ProviderResponse = Extract<HttpResult, { kind: 'response' }>;

/**
 * What an answer means, and what it asks of the connection or the credential:
 * renew_credential: it has expired; replace_credential: it is refused, maybe for its time; keep_credential: it is renewed too often; refresh_connection: this one is of no use.
 */
export interface Reading {
  /** One for each delivery of the request, in their order. A delivery without one is tried again, as ambiguous. */
  readonly outcomes: readonly Outcome[];
  readonly then: 'renew_credential' | 'replace_credential' | 'keep_credential' | 'refresh_connection' | null;
}

/** One call of the provider, for one delivery or for as many as its API takes. */
export interface ExchangeRequest<D extends Delivery> {
  readonly path: string;
  /** Belongs to the exchange: it adds the authorization. */
  readonly headers: Record<string, string>;
  readonly sensitive: readonly string[];
  readonly body: Buffer;
  /** As with `HttpRequest`. */
  readonly maxAnswerBytes?: number;
  /** By the monotonic clock. */
  readonly startedAtMs: number;
  readonly deliveries: readonly D[];
  read(this: void, response: ProviderResponse, deliveries: readonly D[], nowMs: number): Reading;
  settle(this: void, delivery: D, outcome: Outcome, httpStatus?: number): void;
}

const unsaid = unavailable('the answer says nothing of this delivery', true);

/** A request on its way, as the client takes it. There are 20,000 at worst, so the functions are the same for all. */
class Running implements HttpRequest, UnauthorizedRequest {
  readonly method = 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly sensitive: readonly string[];
  body: Buffer;
  readonly maxAnswerBytes: number | undefined;
  timeoutMs = 0;
  pass: Pass | null = null;
  repeated = false;
  epoch = 0;
  /** Of the last answer; undefined: none has come. */
  status: number | undefined;
  readonly startedAtMs: number;
  readonly #deliveries: readonly Delivery[];
  readonly #reader: ExchangeRequest<Delivery>['read'];
  readonly #settler: ExchangeRequest<Delivery>['settle'];

  constructor(request: ExchangeRequest<Delivery>) {
    this.path = request.path;
    this.headers = request.headers;
    this.sensitive = request.sensitive;
    this.body = request.body;
    this.maxAnswerBytes = request.maxAnswerBytes;
    this.startedAtMs = request.startedAtMs;
    this.#deliveries = request.deliveries;
    this.#reader = request.read;
    this.#settler = request.settle;
  }

  read(response: ProviderResponse, nowMs: number): Reading {
    return this.#reader(response, this.#deliveries, nowMs);
  }

  settle(outcomes: readonly Outcome[]): void {
    let index = 0;
    for (const delivery of this.#deliveries) {
      this.#settler(delivery, outcomes[index] ?? unsaid, this.status);
      index += 1;
    }
  }

  /** The same outcome for all. */
  settleAll(outcome: Outcome): void {
    for (const delivery of this.#deliveries) this.#settler(delivery, outcome, this.status);
  }
}

export interface ExchangeContext {
  readonly client: HttpClient;
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
  readonly #waiting = new Set<Running>();
  #running = 0;
  #draining = false;
  /** Counts the connections' renewals, so that many answers of one old connection renew it once. */
  #epoch = 0;
  #onIdle: (() => void) | null = null;
  readonly #context: ExchangeContext;

  constructor(context: ExchangeContext) {
    this.#context = context;
  }

  /** Settles nothing before it has returned. */
  start<D extends Delivery>(request: ExchangeRequest<D>): void {
    const running = new Running(request);
    if (this.#draining) {
      queueMicrotask(() => running.settleAll(unavailable('closing', false)));
      return;
    }
    this.#running += 1;
    const { authorization } = this.#context;
    const pass = authorization === null ? null : authorization.peek();
    if (authorization === null || pass !== null) this.#send(running, pass, running.startedAtMs);
    else this.#wait(running, authorization.obtain());
  }

  #wait(
    running: Running,
    result: Promise<PassResult>,
    isSettled: (answer: PassResult) => boolean = () => false,
  ): void {
    this.#waiting.add(running);
    void result.then((answer) => {
      if (!this.#waiting.delete(running) || isSettled(answer)) return;
      if (answer.kind === 'pass') this.#send(running, answer.pass, this.#context.clock.monotonicMs());
      else this.#settleAll(running, answer.outcome);
    });
  }

  #send(running: Running, pass: Pass | null, nowMs: number): void {
    const { authorization, client, timeoutMs } = this.#context;
    const timeLeftMs = timeoutMs - (nowMs - running.startedAtMs);
    if (timeLeftMs <= 0) {
      this.#settleAll(running, unavailable('credential_late', false));
      return;
    }
    if (pass !== null) authorization?.write(pass, running);
    running.pass = pass;
    running.epoch = this.#epoch;
    running.timeoutMs = timeLeftMs;
    client.request(running, this.#receive);
  }

  readonly #receive = (result: HttpResult, running: Running): void => {
    running.status = result.kind === 'response' ? result.status : undefined;
    switch (result.kind) {
      case 'response':
        this.#act(running, running.read(result, this.#context.clock.now()));
        return;
      case 'not_processed':
        this.#settleAll(running, unavailable(result.cause, false));
        return;
      case 'cut':
        this.#settleAll(running, unavailable(result.cause, true));
        return;
      default:
        result satisfies never;
    }
  };

  #act(running: Running, { outcomes, then }: Reading): void {
    const { authorization, client } = this.#context;
    const { pass } = running;
    switch (then) {
      case null:
        this.#settle(running, outcomes);
        return;
      case 'renew_credential':
      case 'replace_credential': {
        const said = then === 'renew_credential' ? 'expired' : 'invalid';
        if (authorization === null || pass === null || running.repeated) this.#settle(running, outcomes);
        else this.#repeat(running, authorization.renew(pass, said), pass, outcomes);
        return;
      }
      case 'keep_credential':
        authorization?.keep?.();
        this.#settle(running, outcomes);
        return;
      case 'refresh_connection':
        if (running.epoch === this.#epoch) {
          this.#epoch += 1;
          client.refresh();
        }
        this.#settle(running, outcomes);
        return;
      default:
        then satisfies never;
    }
  }

  #repeat(running: Running, successor: Promise<PassResult>, used: Pass, said: readonly Outcome[]): void {
    running.repeated = true;
    this.#wait(running, successor, (answer) => {
      const isSame = answer.kind === 'pass' && answer.pass.generation === used.generation;
      if (isSame) this.#settle(running, said);
      return isSame;
    });
  }

  #settle(running: Running, outcomes: readonly Outcome[]): void {
    this.#end();
    running.settle(outcomes);
  }

  #settleAll(running: Running, outcome: Outcome): void {
    this.#end();
    running.settleAll(outcome);
  }

  #end(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#onIdle?.();
  }

  /** Waits for what runs, at most `deadlineMs`; then cuts it. Resolves when every request has settled. */
  async close(deadlineMs: number): Promise<void> {
    this.#draining = true;
    const idle = new Promise<void>((resolve) => {
      if (this.#running === 0) resolve();
      else this.#onIdle = resolve;
    });
    await within(deadlineMs, idle, undefined);
    for (const running of [...this.#waiting]) {
      this.#waiting.delete(running);
      this.#settleAll(running, unavailable('closing', false));
    }
    await this.#context.client.close(0);
  }
}

function unavailable(reason: string, ambiguous: boolean): Outcome {
  return { kind: 'unavailable', reason, ambiguous, retryAfterMs: null };
}
