import type { ApnsEnvironment } from '../../domain/provider-table';
import { randomUUID } from 'node:crypto';
import type { ReplyAnswer } from '../answer';
import { ApnsAuthentication, type ApnsTeamKey } from './apns-authentication';
import { checkPush, tokenOfPath, type CheckedPush } from './apns-checks';
import { apnsReasons, refusal, type ApnsRefusal } from './apns-reasons';
import type { CertifiedKey } from '../certificates/certificate';
import type { Connection } from '../connection';
import type { Exchange } from '../exchange';
import { FakeProvider, type FakeProviderOptions, type Verdict, type WireAnswer } from '../fake-provider';
import { Listener } from '../listener';
import type { RecordedPush } from '../recorder';
import type { ScriptedRequest } from '../script';

export interface ApnsPush extends RecordedPush {
  readonly environment: ApnsEnvironment;
  readonly topic: string;
  readonly pushType: string;
  readonly apnsId: string;
  /** The apns-* headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly connection: number;
}

/**
 * What the fake knows of a device token; without a word it is known, in both environments and for every topic.
 * unknown → BadDeviceToken; unregistered → 410 with `sinceMs` (default: when it was said); environment → BadDeviceToken
 * in the other one; topic → DeviceTokenNotForTopic for another bundle id.
 */
export type ApnsDeviceState =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'unregistered';
      readonly sinceMs?: number | undefined;
      readonly reason?: 'Unregistered' | 'ExpiredToken' | undefined;
    }
  | { readonly kind: 'environment'; readonly environment: ApnsEnvironment }
  | { readonly kind: 'topic'; readonly topic: string };

export interface FakeApnsOptions extends FakeProviderOptions {
  readonly host: string;
  readonly port: number;
  readonly sandboxPort: number;
  readonly certificate: CertifiedKey;
  readonly clientAuthorityPem: string;
  readonly keys: readonly ApnsTeamKey[];
  readonly tokenUpdateScope: 'connection' | 'key';
  readonly minTokenUpdateIntervalMs: number;
}

/** Streams before and after the first request with a valid provider token (facts of APNs: a SETTINGS frame says so). */
const streamsBefore = 1;
const streamsAfter = 1000;

/**
 * Both environments of APNs.
 * @see https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export class FakeApns extends FakeProvider<ApnsPush> {
  readonly #authentication: ApnsAuthentication;
  readonly #devices = new Map<string, ApnsDeviceState & { readonly setAtMs: number }>();
  readonly #opened = new WeakSet<Connection>();
  readonly #environments = new WeakMap<Connection, ApnsEnvironment>();
  #production: Listener | null = null;
  #sandbox: Listener | null = null;

  private constructor(options: FakeApnsOptions) {
    super(options);
    this.#authentication = new ApnsAuthentication(options);
    for (const key of options.keys) this.#authentication.trust(key);
  }

  static async start(options: FakeApnsOptions): Promise<FakeApns> {
    const fake = new FakeApns(options);
    fake.#production = await fake.#listen(options, 'production', options.port);
    try {
      fake.#sandbox = await fake.#listen(options, 'sandbox', options.sandboxPort);
    } catch (error) {
      await fake.close();
      throw error;
    }
    return fake;
  }

  /** Base URL of the production environment, `https://host:port`. */
  get url(): string {
    return this.#production?.url ?? '';
  }

  get sandboxUrl(): string {
    return this.#sandbox?.url ?? '';
  }

  setDevice(token: string, state: ApnsDeviceState): void {
    this.#devices.set(token.toLowerCase(), { ...state, setAtMs: this.clock.now() });
  }

  trust(key: ApnsTeamKey): void {
    this.#authentication.trust(key);
  }

  /** Its tokens are InvalidProviderToken from now on, until it is trusted again. */
  revoke(keyId: string): void {
    this.#authentication.revoke(keyId);
  }

  override reset(): void {
    super.reset();
    this.#devices.clear();
  }

  protected get listeners(): readonly Listener[] {
    return [this.#production, this.#sandbox].filter((listener) => listener !== null);
  }

  protected beforeAnswer(exchange: Exchange): void {
    const { connection } = exchange;
    if (this.#opened.has(connection) || !this.#authenticate(exchange).ok) return;
    this.#opened.add(connection);
    connection.allowStreams(streamsAfter);
  }

  protected judge(exchange: Exchange): Verdict {
    const sender = this.#authenticate(exchange);
    const push = sender.ok ? checkPush(exchange, sender, randomUUID) : sender;
    const wrong = push.ok ? this.#checkDevice(push, this.#environmentOf(exchange)) : push;
    if (push.ok && wrong === null) {
      const headers = { 'apns-id': push.apnsId };
      const record = (): void => this.#record(exchange, push);
      return { kind: 'accepted', answer: { status: 200, headers, body: '' }, record };
    }
    return this.#refuse(exchange, wrong ?? refusal('InternalServerError', ''));
  }

  protected toScripted(exchange: Exchange): ScriptedRequest {
    const { headers } = exchange;
    return {
      token: tokenOfPath(exchange.path) || null,
      environment: this.#environmentOf(exchange),
      topic: text(headers['apns-topic']),
      pushType: text(headers['apns-push-type']),
      path: exchange.path,
      headers,
      body: exchange.body,
      connection: exchange.connection.id,
    };
  }

  protected toWire(exchange: Exchange, reply: ReplyAnswer): WireAnswer {
    if (reply.reason === 'ExpiredProviderToken') this.#authentication.expired(exchange.connection);
    const retryAfter =
      reply.retryAfterSeconds === undefined ? {} : { 'retry-after': String(reply.retryAfterSeconds) };
    const headers = { 'apns-id': apnsIdOf(exchange), ...retryAfter, ...reply.headers };
    if (reply.body !== undefined) return { status: reply.status, headers, body: reply.body };
    if (reply.reason === undefined) return { status: reply.status, headers, body: '' };
    const timestamp = reply.status === 410 ? { timestamp: reply.timestampMs ?? this.clock.now() } : {};
    return { status: reply.status, headers, body: JSON.stringify({ reason: reply.reason, ...timestamp }) };
  }

  #listen(options: FakeApnsOptions, environment: ApnsEnvironment, port: number): Promise<Listener> {
    return Listener.open({
      host: options.host,
      port,
      certificate: options.certificate,
      clientAuthorityPem: options.clientAuthorityPem,
      http1: false,
      maxStreams: streamsBefore,
      clock: this.clock,
      onConnection: (connection) => this.#connected(connection, environment),
      onExchange: (exchange) => this.take(exchange),
      onStreams: (change) => this.recorder.streams(change),
    });
  }

  /** A client certificate is proof enough: only token authentication starts with one stream. */
  #connected(connection: Connection, environment: ApnsEnvironment): void {
    this.#environments.set(connection, environment);
    if (!connection.socket.authorized) return;
    this.#opened.add(connection);
    connection.allowStreams(streamsAfter);
  }

  #environmentOf(exchange: Exchange): ApnsEnvironment {
    return this.#environments.get(exchange.connection) ?? 'production';
  }

  #authenticate(exchange: Exchange): ReturnType<ApnsAuthentication['check']> {
    const { connection, headers } = exchange;
    return this.#authentication.check(connection, headers.authorization, this.#environmentOf(exchange));
  }

  #checkDevice(push: CheckedPush, environment: ApnsEnvironment): ApnsRefusal | null {
    const device = this.#devices.get(push.token);
    if (device === undefined) return null;
    switch (device.kind) {
      case 'known':
        return null;
      case 'unknown':
        return refusal('BadDeviceToken', 'no such device');
      case 'unregistered':
        return {
          ...refusal(device.reason ?? 'Unregistered', 'the app is gone'),
          timestampMs: device.sinceMs ?? device.setAtMs,
        };
      case 'environment':
        return device.environment === environment
          ? null
          : refusal('BadDeviceToken', `a token of ${device.environment}`);
      case 'topic':
        return push.topic === device.topic || push.topic.startsWith(`${device.topic}.`)
          ? null
          : refusal('DeviceTokenNotForTopic', `a token of ${device.topic}`);
      default:
        return device satisfies never;
    }
  }

  #refuse(exchange: Exchange, wrong: ApnsRefusal): Verdict {
    const { reason, detail } = wrong;
    const timestamp = wrong.timestampMs === undefined ? {} : { timestamp: wrong.timestampMs };
    const headers = { 'apns-id': apnsIdOf(exchange) };
    const body = JSON.stringify({ reason, ...timestamp });
    return { kind: 'rejected', answer: { status: apnsReasons[reason], headers, body }, reason, detail };
  }

  #record(exchange: Exchange, push: CheckedPush): void {
    this.recorder.accept(push.apnsId.toLowerCase(), (repeat) => ({
      token: push.token,
      repeatKey: push.apnsId.toLowerCase(),
      repeat,
      receivedAtMs: this.clock.now(),
      environment: this.#environmentOf(exchange),
      topic: push.topic,
      pushType: push.pushType,
      apnsId: push.apnsId,
      headers: apnsHeaders(exchange),
      payload: push.payload,
      connection: exchange.connection.id,
    }));
  }
}

function apnsHeaders(exchange: Exchange): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (name.startsWith('apns-') && typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function apnsIdOf(exchange: Exchange): string {
  return text(exchange.headers['apns-id']) ?? randomUUID();
}

function text(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
