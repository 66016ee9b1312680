import type { Clock, Random } from '../domain/clock';
import type { Answer, ReplyAnswer } from './answer';
import type { Exchange } from './exchange';
import type { Listener } from './listener';
import { Recorder, type Counts, type RecordedPush, type RejectedPush } from './recorder';
import { Script, type RuleHandle, type Rule, type ScriptedRequest, type ScriptFunction } from './script';

export interface FakeProviderOptions {
  readonly record: 'all' | 'counts';
  readonly recordLimit: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** An answer as it goes over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The judgement of one request. `record` is called when the push is really taken. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly answer: WireAnswer; readonly record: () => void }
  | {
      readonly kind: 'rejected';
      readonly answer: WireAnswer;
      readonly reason: string;
      readonly detail: string;
    };

export interface ConnectionState {
  readonly id: number;
  readonly openedAtMs: number;
  readonly requests: number;
  readonly openStreams: number;
  readonly maxOpenStreams: number;
}

const refusedStream = 7;
const internalError = 2;
const waitTimeoutMs = 60_000;

/**
 * What both fakes share: listeners, script, record. A request is read whole, planned by the script, delayed, then
 * answered: as scripted, or by the vendor's own rules (`judge`). A client that goes away meanwhile undoes nothing,
 * as at the vendors'; a connection that was cut here, or a stream above GOAWAY's last id, is not processed.
 */
export abstract class FakeProvider<Push extends RecordedPush> {
  /** Added to every answer. */
  latencyMs = 0;
  protected readonly recorder: Recorder<Push>;
  protected readonly lines: Script;
  protected readonly clock: Clock;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: FakeProviderOptions) {
    this.recorder = new Recorder(options);
    this.lines = new Script(options.random);
    this.clock = options.clock;
  }

  protected abstract readonly listeners: readonly Listener[];
  protected abstract judge(exchange: Exchange): Verdict;
  protected abstract toScripted(exchange: Exchange): ScriptedRequest;
  /** The vendor's body for a scripted reply. */
  protected abstract toWire(exchange: Exchange, reply: ReplyAnswer): WireAnswer;
  /** Called before a request is answered, however it is answered. */
  protected abstract beforeAnswer(exchange: Exchange): void;

  get accepted(): readonly Push[] {
    return this.recorder.accepted;
  }

  get firstIndex(): number {
    return this.recorder.firstIndex;
  }

  /** The newest 200. */
  get rejected(): readonly RejectedPush[] {
    return this.recorder.rejected;
  }

  get counts(): Counts {
    return this.recorder.counts();
  }

  get connections(): readonly ConnectionState[] {
    return this.listeners.flatMap((listener) =>
      [...listener.connections].map(({ id, openedAtMs, requests, openStreams, maxOpenStreams }) => ({
        id,
        openedAtMs,
        requests,
        openStreams,
        maxOpenStreams,
      })),
    );
  }

  /** How often a push with this repeat key (APNs: the apns-id) was accepted. */
  acceptedCount(repeatKey: string): number {
    return this.recorder.repeats.countOf(repeatKey);
  }

  script(rule: Rule | ScriptFunction): RuleHandle {
    return this.lines.add(rule);
  }

  clearScript(): void {
    this.lines.clear();
  }

  /** Returns the way to stop listening. */
  onAccepted(listener: (push: Push) => void): () => void {
    return this.recorder.onAccepted(listener);
  }

  onRejected(listener: (push: RejectedPush) => void): () => void {
    return this.recorder.onRejected(listener);
  }

  /**
   * A number: until so many were accepted in all, with the list of them. A predicate: the first push that fits, one that
   * already came included. Rejects after `timeoutMs` (60,000) with what did arrive.
   */
  waitForAccepted(wanted: number, options?: { timeoutMs?: number }): Promise<readonly Push[]>;
  waitForAccepted(wanted: (push: Push) => boolean, options?: { timeoutMs?: number }): Promise<Push>;
  waitForAccepted(
    wanted: number | ((push: Push) => boolean),
    options: { timeoutMs?: number } = {},
  ): Promise<readonly Push[] | Push> {
    const timeoutMs = options.timeoutMs ?? waitTimeoutMs;
    return typeof wanted === 'number'
      ? this.recorder.waitForCount(wanted, timeoutMs)
      : this.recorder.waitForPush(wanted, timeoutMs);
  }

  /** Outage: connections are refused, the existing ones reset. `up` takes the same ports again. */
  async down(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.down()));
  }

  async up(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.up()));
  }

  /** Black hole: nothing is read or written any more; new connections get no TLS handshake. `thaw` ends it. */
  freeze(): void {
    for (const listener of this.listeners) listener.freeze();
  }

  thaw(): void {
    for (const listener of this.listeners) listener.thaw();
  }

  /** GOAWAY on every connection; what is open is still answered. */
  goaway(): void {
    for (const listener of this.listeners) listener.goaway();
  }

  /** Forgets records, script and latency; connections stay. */
  reset(): void {
    this.recorder.clear();
    this.lines.clear();
    this.latencyMs = 0;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.listeners.map((listener) => listener.close()));
  }

  protected take(exchange: Exchange): void {
    this.recorder.requests += 1;
    this.follow(this.lines, exchange, this.latencyMs);
  }

  protected follow(script: Script, exchange: Exchange, usualLatencyMs: number): void {
    let latencyMs = usualLatencyMs;
    let answer: Answer | null = null;
    if (!script.isEmpty) {
      const plan = script.plan(this.toScripted(exchange));
      latencyMs += plan.latencyMs;
      answer = plan.answer;
    }
    if (latencyMs <= 0) {
      this.#answer(exchange, answer);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#answer(exchange, answer);
    }, latencyMs);
    this.#timers.add(timer);
  }

  #answer(exchange: Exchange, answer: Answer | null): void {
    const { connection } = exchange;
    if (connection.isFrozen) {
      connection.whenThawed(() => this.#answer(exchange, answer));
      return;
    }
    if (exchange.streamId > connection.lastProcessed || connection.wasCutHere) return;
    this.beforeAnswer(exchange);
    if (answer === null) this.#settle(exchange, true);
    else this.#perform(exchange, answer);
  }

  #perform(exchange: Exchange, answer: Answer): void {
    const { connection } = exchange;
    switch (answer.kind) {
      case 'accept':
        return this.#settle(exchange, true);
      case 'reply':
        return this.#reply(exchange, answer);
      case 'hang':
        return this.#settleIf(answer.accepted, exchange);
      case 'reset':
        this.#settleIf(answer.accepted, exchange);
        return exchange.reset(answer.code ?? internalError);
      case 'refuse':
        return exchange.reset(refusedStream);
      case 'goaway':
        return this.#goAway(exchange, answer);
      case 'close_socket':
        this.#settleIf(answer.accepted, exchange);
        return connection.cut(answer.how ?? 'fin');
      case 'freeze':
        this.#settleIf(answer.accepted, exchange);
        return connection.freeze();
      default:
        return answer satisfies never;
    }
  }

  #reply(exchange: Exchange, answer: ReplyAnswer): void {
    const wire = this.toWire(exchange, answer);
    if (wire.status >= 300) {
      const { token } = this.toScripted(exchange);
      this.recorder.reject({
        token,
        status: wire.status,
        reason: answer.reason ?? String(wire.status),
        detail: '',
      });
    }
    exchange.respond(wire.status, wire.headers, wire.body);
  }

  #goAway(exchange: Exchange, answer: Extract<Answer, { kind: 'goaway' }>): void {
    const { connection, streamId } = exchange;
    const data = JSON.stringify({ reason: answer.reason ?? 'Shutdown' });
    const shared = { code: answer.code ?? 0, data };
    if (answer.lastProcessed !== 'previous') {
      connection.goaway(shared);
      this.#settle(exchange, true);
    } else if (streamId > 2) {
      connection.goaway({ ...shared, lastStreamId: streamId - 2 });
    } else {
      // Node cannot say "last stream 0"; a refused first stream says the same of it.
      exchange.reset(refusedStream);
      connection.goaway(shared);
    }
  }

  #settleIf(accepted: boolean | undefined, exchange: Exchange): void {
    if (accepted === true) this.#settle(exchange, false);
  }

  #settle(exchange: Exchange, respond: boolean): void {
    const verdict = this.judge(exchange);
    const { status, headers, body } = verdict.answer;
    if (verdict.kind === 'accepted') {
      verdict.record();
    } else {
      const { token } = this.toScripted(exchange);
      this.recorder.reject({ token, status, reason: verdict.reason, detail: verdict.detail });
    }
    if (respond) exchange.respond(status, headers, body);
  }
}
