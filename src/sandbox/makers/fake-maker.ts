import type { ReplyAnswer } from '../answer';
import type { CertifiedKey } from '../certificates/certificate';
import type { Exchange } from '../exchange';
import { FakeProvider, type FakeProviderOptions, type Verdict, type WireAnswer } from '../fake-provider';
import { Listener } from '../listener';
import type { JsonObject } from '../../shared/json-object';
import type { RecordedPush } from '../recorder';
import { Script, type Rule, type RuleHandle, type ScriptedRequest, type ScriptFunction } from '../script';

/** A push to one device token, of a call for many. */
export interface MakerPush extends RecordedPush {
  /** What the call had besides its device tokens. */
  readonly message: JsonObject;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly path: string;
  /** Counts calls from 1: pushes of one call have the same. */
  readonly call: number;
}

/** Without a word a device token is known; what else it can be, each maker says. */
export interface MakerDeviceState {
  readonly kind: string;
}

export interface FakeMakerOptions<Account = unknown> extends FakeProviderOptions {
  /** What may push. */
  readonly account: Account;
  readonly host: string;
  readonly port: number;
  readonly certificate: CertifiedKey;
}

/** A call in the maker's judgement: what it answers, and the device tokens that it took. */
export interface JudgedCall {
  readonly answer: WireAnswer;
  /** Empty: refused as a whole. */
  readonly taken: readonly string[];
  readonly message: JsonObject;
  /** Tells two copies of one message from two messages; null: each call is its own. */
  readonly messageKey: string | null;
  /** Of a refusal. */
  readonly reason: string;
  readonly detail: string;
}

/** As far as a script looks: the call's device tokens and its message; null where the body is not to be read. */
export interface ReadCall {
  readonly tokens: readonly string[];
}

/**
 * What the makers' fakes share: one port, over HTTP/2 and HTTP/1.1, with a token endpoint that scripts leave alone unless they are
 * meant for it (`scriptAuth`), and calls for many device tokens, each of which is recorded by itself.
 */
export abstract class FakeMaker<Account = unknown> extends FakeProvider<MakerPush> {
  protected readonly states = new Map<string, MakerDeviceState>();
  protected readonly account: Account;
  readonly #options: FakeMakerOptions<Account>;
  readonly #authLines: Script;
  #listener: Listener | null = null;
  #calls = 0;
  #lastId = 0;

  constructor(options: FakeMakerOptions<Account>) {
    super(options);
    this.#options = options;
    this.account = options.account;
    this.#authLines = new Script(options.random);
  }

  async open(): Promise<this> {
    const { host, port, certificate, clock } = this.#options;
    this.#listener = await Listener.open({
      host,
      port,
      certificate,
      clientAuthorityPem: null,
      http1: true,
      maxStreams: 100,
      clock,
      onConnection: () => {},
      onExchange: (exchange) => this.#arrived(exchange),
      onStreams: (change) => this.recorder.streams(change),
    });
    return this;
  }

  /** Whether it is for the token endpoint; without one, each call is signed. */
  protected isAuthentication(_exchange: Exchange): boolean {
    return false;
  }

  /** Answers a request to the token endpoint; null: there is none. */
  protected authenticate(_exchange: Exchange): WireAnswer | null {
    return null;
  }

  protected abstract judgeCall(exchange: Exchange): JudgedCall;
  protected abstract readCall(exchange: Exchange): ReadCall | null;
  /** The maker's body for a code. */
  protected abstract codeBody(code: string): string;

  /** Base URL, `https://host:port`. */
  get url(): string {
    return this.#listener?.url ?? '';
  }

  setDevice(token: string, state: MakerDeviceState): void {
    this.states.set(token, state);
  }

  /** As `script`, for the token endpoint. */
  scriptAuth(rule: Rule | ScriptFunction): RuleHandle {
    return this.#authLines.add(rule);
  }

  override clearScript(): void {
    super.clearScript();
    this.#authLines.clear();
  }

  override reset(): void {
    super.reset();
    this.#authLines.clear();
    this.states.clear();
  }

  protected isDead(token: string): boolean {
    return this.states.get(token)?.kind === 'dead';
  }

  /** Of a request or a message. */
  protected nextId(): string {
    this.#lastId += 1;
    return `${String(this.clock.now())}${String(this.#lastId).padStart(6, '0')}`;
  }

  protected get listeners(): readonly Listener[] {
    return this.#listener === null ? [] : [this.#listener];
  }

  protected beforeAnswer(_exchange: Exchange): void {}

  protected judge(exchange: Exchange): Verdict {
    if (this.isAuthentication(exchange)) return this.#judgeAuthentication(exchange);
    const call = this.judgeCall(exchange);
    if (call.taken.length === 0)
      return { kind: 'rejected', answer: call.answer, reason: call.reason, detail: call.detail };
    return { kind: 'accepted', answer: call.answer, record: () => this.#record(exchange, call) };
  }

  protected toScripted(exchange: Exchange): ScriptedRequest {
    const pushType = exchange.headers['push-type'];
    return {
      token: this.readCall(exchange)?.tokens[0] ?? null,
      environment: 'production',
      topic: null,
      pushType: typeof pushType === 'string' ? pushType : null,
      path: exchange.path,
      headers: exchange.headers,
      body: exchange.body,
      connection: exchange.connection.id,
    };
  }

  protected toWire(_exchange: Exchange, { status, reason, body, ...reply }: ReplyAnswer): WireAnswer {
    const retryAfter =
      reply.retryAfterSeconds === undefined ? {} : { 'retry-after': String(reply.retryAfterSeconds) };
    const headers = { ...retryAfter, ...reply.headers };
    const text = body ?? (reason === undefined ? '' : this.codeBody(reason));
    return { status, headers: text === '' ? headers : { ...jsonHeaders, ...headers }, body: text };
  }

  #arrived(exchange: Exchange): void {
    if (this.isAuthentication(exchange)) this.follow(this.#authLines, exchange, 0);
    else this.take(exchange);
  }

  #judgeAuthentication(exchange: Exchange): Verdict {
    const answer = this.authenticate(exchange) ?? jsonAnswer(404, '{}');
    return answer.status === 200
      ? { kind: 'accepted', answer, record: () => {} }
      : { kind: 'rejected', answer, reason: 'authentication', detail: answer.body };
  }

  #record(exchange: Exchange, { taken, message, messageKey }: JudgedCall): void {
    this.#calls += 1;
    const call = this.#calls;
    for (const token of taken) {
      const repeatKey = `${token} ${messageKey ?? `call ${String(call)}`}`;
      this.recorder.accept(repeatKey, (repeat) => ({
        token,
        repeatKey,
        repeat,
        receivedAtMs: this.clock.now(),
        message,
        headers: exchange.headers,
        path: exchange.path,
        call,
      }));
    }
  }
}

export const jsonHeaders = { 'content-type': 'application/json; charset=UTF-8' } as const;

export function jsonAnswer(status: number, body: string): WireAnswer {
  return { status, headers: jsonHeaders, body };
}

/** A call that is refused as a whole; `body`: in the maker's words. */
export function refusedCall(status: number, body: object, reason: string, detail: string): JudgedCall {
  const answer = jsonAnswer(status, JSON.stringify(body));
  return { answer, taken: [], message: {}, messageKey: null, reason, detail };
}

/** A call that the maker took, but for the device tokens that are not `taken`; `reason`: where none is. */
export function answeredCall(
  body: object,
  taken: readonly string[],
  message: JsonObject,
  messageKey: string | null,
  reason = '',
): JudgedCall {
  return { answer: jsonAnswer(200, JSON.stringify(body)), taken, message, messageKey, reason, detail: '' };
}

/** As makers write it that have numbers for codes; what a script calls otherwise stays text. */
export function numberOf(code: string): number | string {
  return /^-?\d+$/.test(code) ? Number(code) : code;
}

/** The device tokens of a form that lists them with commas. */
export function formTokens(body: Buffer, name: string): ReadCall | null {
  const list = new URLSearchParams(body.toString('utf8')).get(name);
  return list === null ? null : { tokens: list.split(',') };
}
