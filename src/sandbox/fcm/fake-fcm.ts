/*
 * Open this file first: it judges a request to FCM as Google does. `fake-oauth.ts` hands out access tokens. `fcm-message.ts`
 * checks a message against `fcm-schema.ts`, by the rules of `proto-json.ts`. `fcm-errors.ts` has the answers in Google's form.
 */

import type { ReplyAnswer } from '../answer';
import type { CertifiedKey } from '../certificates/certificate';
import type { Exchange } from '../exchange';
import { FakeOAuth, type TrustedAccount } from './fake-oauth';
import { FakeProvider, type FakeProviderOptions, type Verdict, type WireAnswer } from '../fake-provider';
import {
  fcmErrors,
  fcmFailure,
  isFcmErrorCode,
  jsonHeaders,
  notFoundPage,
  permissionDenied,
  toFcmWire,
  unauthenticated,
  type FcmFailure,
} from './fcm-errors';
import { checkMessage, type CheckedMessage } from './fcm-message';
import { Listener } from '../listener';
import { isObject, type JsonObject } from '../../shared/json-object';
import { field } from './proto-json';
import type { RecordedPush } from '../recorder';
import { Script, type Rule, type RuleHandle, type ScriptedRequest, type ScriptFunction } from '../script';

export interface FcmPush extends RecordedPush {
  /** `projects/…/messages/…`, as it was answered. */
  readonly name: string;
  /** The request's `message`, as it came. */
  readonly message: JsonObject;
  readonly connection: number;
}

/** Without a word a device token is known. invalid → INVALID_ARGUMENT, the others → their own error code. */
export type FcmDeviceState = {
  readonly kind: 'known' | 'invalid' | 'unregistered' | 'sender_mismatch' | 'third_party_auth';
};

export interface FakeFcmOptions extends FakeProviderOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate: CertifiedKey;
  readonly projectId: string;
  readonly account: TrustedAccount;
}

/** What Google's front end allows on a connection. */
const maxStreams = 100;
const tokenPath = '/token';
const sendPath = /^\/v1\/projects\/([^/?]+)\/messages:send(?:\?.*)?$/;

/**
 * FCM's HTTP v1 API and the OAuth endpoint that issues its tokens, on one port, over HTTP/2 and HTTP/1.1.
 * @see https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
 */
export class FakeFcm extends FakeProvider<FcmPush> {
  readonly oauth: FakeOAuth;
  readonly #oauthLines: Script;
  readonly #projectId: string;
  readonly #devices = new Map<string, FcmDeviceState>();
  #listener: Listener | null = null;
  #lastMessage = 0;

  private constructor(options: FakeFcmOptions) {
    super(options);
    this.#projectId = options.projectId;
    this.#oauthLines = new Script(options.random);
    this.oauth = new FakeOAuth(options.account, () => this.tokenUri, options.clock);
  }

  static async start(options: FakeFcmOptions): Promise<FakeFcm> {
    const fake = new FakeFcm(options);
    fake.#listener = await Listener.open({
      host: options.host,
      port: options.port,
      certificate: options.certificate,
      clientAuthorityPem: null,
      http1: true,
      maxStreams,
      clock: options.clock,
      onConnection: () => {},
      onExchange: (exchange) => fake.#arrived(exchange),
      onStreams: (change) => fake.recorder.streams(change),
    });
    return fake;
  }

  /** Base URL, `https://host:port`. */
  get url(): string {
    return this.#listener?.url ?? '';
  }

  get tokenUri(): string {
    return `${this.url}${tokenPath}`;
  }

  setDevice(token: string, state: FcmDeviceState): void {
    this.#devices.set(token, state);
  }

  /** As `script`, for the token endpoint, which `script` leaves alone. */
  scriptOAuth(rule: Rule | ScriptFunction): RuleHandle {
    return this.#oauthLines.add(rule);
  }

  override clearScript(): void {
    super.clearScript();
    this.#oauthLines.clear();
  }

  override reset(): void {
    super.reset();
    this.#oauthLines.clear();
    this.#devices.clear();
    this.oauth.reset();
  }

  protected get listeners(): readonly Listener[] {
    return this.#listener === null ? [] : [this.#listener];
  }

  protected beforeAnswer(_exchange: Exchange): void {}

  protected judge(exchange: Exchange): Verdict {
    if (exchange.path === tokenPath) return this.#judgeGrant(exchange);
    const project = sendPath.exec(exchange.path)?.[1];
    if (project === undefined || exchange.method !== 'POST') {
      return {
        kind: 'rejected',
        answer: notFoundPage,
        reason: 'NOT_FOUND',
        detail: `${exchange.method} ${exchange.path}`,
      };
    }
    const checked = this.#authorize(exchange, project) ?? checkMessage(exchange.body);
    const wrong = checked.ok ? this.#checkDevice(checked) : checked;
    if (!checked.ok || wrong !== null) return refuse(wrong ?? fcmFailure('INTERNAL'));
    return this.#accept(exchange, checked);
  }

  protected toScripted(exchange: Exchange): ScriptedRequest {
    return {
      token: tokenOf(exchange.body),
      environment: 'production',
      topic: null,
      pushType: null,
      path: exchange.path,
      headers: exchange.headers,
      body: exchange.body,
      connection: exchange.connection.id,
    };
  }

  protected toWire(_exchange: Exchange, reply: ReplyAnswer): WireAnswer {
    const retryAfter =
      reply.retryAfterSeconds === undefined ? {} : { 'retry-after': String(reply.retryAfterSeconds) };
    const headers = { ...retryAfter, ...reply.headers };
    const { status, reason, body } = reply;
    if (body !== undefined)
      return { status, headers: body === '' ? headers : { ...jsonHeaders, ...headers }, body };
    if (reason === undefined) return { status, headers, body: '' };
    const failure: FcmFailure = isFcmErrorCode(reason)
      ? { ...fcmFailure(reason), httpStatus: status, message: fcmErrors[reason].message, headers }
      : { ok: false, httpStatus: status, status: reason, message: reason, headers };
    return toFcmWire(failure);
  }

  #arrived(exchange: Exchange): void {
    if (exchange.path === tokenPath) this.follow(this.#oauthLines, exchange, 0);
    else this.take(exchange);
  }

  #judgeGrant(exchange: Exchange): Verdict {
    const answer = this.oauth.answer(exchange);
    return answer.status === 200
      ? { kind: 'accepted', answer, record: () => {} }
      : { kind: 'rejected', answer, reason: 'OAUTH', detail: answer.body };
  }

  #authorize(exchange: Exchange, project: string): FcmFailure | null {
    const bearer = this.oauth.bearer(exchange.headers.authorization);
    switch (bearer) {
      case 'valid':
        return project === this.#projectId ? null : permissionDenied(project);
      case 'missing':
        return unauthenticated('CREDENTIALS_MISSING');
      case 'expired':
        return unauthenticated('ACCESS_TOKEN_EXPIRED');
      case 'unknown':
        return unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED');
      default:
        return bearer satisfies never;
    }
  }

  #checkDevice({ target }: CheckedMessage): FcmFailure | null {
    const kind = this.#devices.get(target)?.kind ?? 'known';
    switch (kind) {
      case 'known':
        return null;
      case 'invalid':
        return fcmFailure('INVALID_ARGUMENT');
      case 'unregistered':
        return fcmFailure('UNREGISTERED');
      case 'sender_mismatch':
        return fcmFailure('SENDER_ID_MISMATCH');
      case 'third_party_auth':
        return fcmFailure('THIRD_PARTY_AUTH_ERROR');
      default:
        return kind satisfies never;
    }
  }

  #accept(exchange: Exchange, checked: CheckedMessage): Verdict {
    this.#lastMessage += 1;
    const id = checked.validateOnly
      ? 'fake_message_id'
      : `0:${this.clock.now()}%${this.#lastMessage.toString(16)}`;
    const name = `projects/${this.#projectId}/messages/${id}`;
    const answer = { status: 200, headers: jsonHeaders, body: JSON.stringify({ name }) };
    const record = (): void => {
      if (!checked.validateOnly) this.#record(exchange, checked, name);
    };
    return { kind: 'accepted', answer, record };
  }

  #record(exchange: Exchange, { message, target }: CheckedMessage, name: string): void {
    const repeatKey = `${target} ${messageKey(message) ?? name}`;
    this.recorder.accept(repeatKey, (repeat) => ({
      token: target,
      repeatKey,
      repeat,
      receivedAtMs: this.clock.now(),
      name,
      message,
      connection: exchange.connection.id,
    }));
  }
}

function refuse(failure: FcmFailure): Verdict {
  const reason = failure.errorCode ?? failure.status;
  return { kind: 'rejected', answer: toFcmWire(failure), reason, detail: failure.message };
}

/** What tells two copies of one message from two messages: its own id, or the tag by which a copy replaces the other. */
function messageKey(message: JsonObject): string | null {
  const android = message.android;
  const shown = isObject(android) ? android.notification : undefined;
  const data = message.data;
  const keys = [
    isObject(data) ? data.message_id : undefined,
    isObject(shown) ? shown.tag : undefined,
    isObject(android) ? field(android, 'collapseKey') : undefined,
  ];
  return keys.find((key): key is string => typeof key === 'string') ?? null;
}

function tokenOf(body: Buffer): string | null {
  try {
    const request: unknown = JSON.parse(body.toString('utf8'));
    const message = isObject(request) ? request.message : undefined;
    return isObject(message) && typeof message.token === 'string' ? message.token : null;
  } catch {
    return null;
  }
}
