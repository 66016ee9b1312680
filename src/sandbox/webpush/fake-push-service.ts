import type { ReplyAnswer } from '../answer';
import type { CertifiedKey } from '../certificates/certificate';
import type { Exchange } from '../exchange';
import { FakeProvider, type FakeProviderOptions, type Verdict, type WireAnswer } from '../fake-provider';
import { Listener } from '../listener';
import type { RecordedPush } from '../recorder';
import type { ScriptedRequest } from '../script';
import { decrypt } from './decryption';
import { checkHeaders, checkVapid, type PushRefusal } from './push-checks';
import { subscribe, type Subscriber, type SubscriptionJson } from './subscriptions';

export interface WebPush extends RecordedPush {
  /** The subscription's endpoint. */
  readonly token: string;
  /** What the browser's service worker gets: the decrypted text. */
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly connection: number;
}

/** expired: 410. */
export type SubscriptionState = { readonly kind: 'known' | 'expired' };

export interface FakePushServiceOptions extends FakeProviderOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate: CertifiedKey;
}

const jsonHeaders = { 'content-type': 'application/json' };
const maxStreams = 100;
const pathPrefix = '/wpush/v2/';

/**
 * A push service as browsers have it, which answers in Apple's words, over HTTP/2 and HTTP/1.1:
 * https://www.rfc-editor.org/rfc/rfc8030. It also plays the browsers: it makes subscriptions, and decrypts what arrives for them.
 */
export class FakePushService extends FakeProvider<WebPush> {
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #expired = new Set<string>();
  readonly #refusedTokens = new Set<string>();
  readonly #tokens = new Set<string>();
  #refusal: PushRefusal | null = null;
  #listener: Listener | null = null;
  #lastMessage = 0;
  #lastSubscriber = 0;

  private constructor(options: FakePushServiceOptions) {
    super(options);
  }

  static async start(options: FakePushServiceOptions): Promise<FakePushService> {
    const fake = new FakePushService(options);
    fake.#listener = await Listener.open({
      host: options.host,
      port: options.port,
      certificate: options.certificate,
      clientAuthorityPem: null,
      http1: true,
      maxStreams,
      clock: options.clock,
      onConnection: () => {},
      onExchange: (exchange) => fake.take(exchange),
      onStreams: (change) => fake.recorder.streams(change),
    });
    return fake;
  }

  /** Origin, `https://host:port`. */
  get url(): string {
    return this.#listener?.url ?? '';
  }

  /** Different VAPID tokens that have come. */
  get tokensSeen(): number {
    return this.#tokens.size;
  }

  /** As `pushManager.subscribe({ applicationServerKey })` does it; `name` is the last part of the endpoint. */
  subscribe(
    applicationKey: string,
    name = `subscription-${String((this.#lastSubscriber += 1))}`,
  ): SubscriptionJson {
    return this.#subscribeAt(`${pathPrefix}${encodeURIComponent(name)}`, applicationKey);
  }

  /** As an Android app does it through a UnifiedPush distributor: ntfy's endpoints have a query (https://docs.ntfy.sh/subscribe/phone/). */
  subscribeByUnifiedPush(applicationKey: string, topic: string): SubscriptionJson {
    return this.#subscribeAt(`/${encodeURIComponent(topic)}?up=1`, applicationKey);
  }

  #subscribeAt(path: string, applicationKey: string): SubscriptionJson {
    const endpoint = new URL(path, this.url).href;
    const subscriber = subscribe(endpoint, applicationKey);
    this.#subscribers.set(endpoint, subscriber);
    return subscriber.json;
  }

  setDevice(endpoint: string, state: SubscriptionState): void {
    if (state.kind === 'expired') this.#expired.add(endpoint);
    else this.#expired.delete(endpoint);
  }

  /** Refuses the VAPID tokens that have come, as expired. */
  refuseTokens(): void {
    for (const token of this.#tokens) this.#refusedTokens.add(token);
  }

  /** Refuses all credentials; null: judges them again. */
  refuseAll(refusal: PushRefusal | null): void {
    this.#refusal = refusal;
  }

  /** Subscriptions stay, as browsers keep them. */
  override reset(): void {
    super.reset();
    this.#expired.clear();
    this.#refusedTokens.clear();
    this.#refusal = null;
  }

  protected get listeners(): readonly Listener[] {
    return this.#listener === null ? [] : [this.#listener];
  }

  protected judge(exchange: Exchange): Verdict {
    const endpoint = this.#endpointOf(exchange);
    const subscriber = this.#subscribers.get(endpoint);
    if (exchange.method !== 'POST') return refused({ status: 405, reason: 'MethodNotAllowed', detail: '' });
    const key =
      this.#refusal ?? this.#checkToken(exchange) ?? checkVapid(exchange, this.url, this.clock.now());
    if (typeof key !== 'string') return refused(key);
    const fault = checkHeaders(exchange);
    if (fault !== null) return refused(fault);
    if (subscriber === undefined) return refused({ status: 404, reason: 'NotFound', detail: endpoint });
    if (this.#expired.has(endpoint))
      return refused({ status: 410, reason: 'Unregistered', detail: endpoint });
    if (key !== subscriber.applicationKey)
      return refused({ status: 403, reason: 'VapidPkHashMismatch', detail: 'subscribed with another key' });
    const text = decrypt(exchange.body, subscriber);
    // A push service cannot know. A test wants to.
    if (text === null)
      return refused({ status: 400, reason: 'BadWebPushRequest', detail: 'the browser cannot decrypt it' });
    return this.#accept(exchange, endpoint, text);
  }

  protected toScripted(exchange: Exchange): ScriptedRequest {
    const { path, headers, body, connection } = exchange;
    return {
      token: this.#endpointOf(exchange),
      environment: 'production',
      topic: typeof headers['topic'] === 'string' ? headers['topic'] : null,
      pushType: null,
      path,
      headers,
      body,
      connection: connection.id,
    };
  }

  protected toWire(
    _: Exchange,
    { status, reason, body, headers, retryAfterSeconds }: ReplyAnswer,
  ): WireAnswer {
    const later = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    if (body !== undefined) return { status, headers: { ...later, ...headers }, body };
    return {
      status,
      headers: { ...jsonHeaders, ...later, ...headers },
      body: JSON.stringify({ reason: reason ?? '' }),
    };
  }

  protected beforeAnswer(exchange: Exchange): void {
    this.#tokens.add(exchange.headers.authorization ?? '');
  }

  #endpointOf({ path }: Exchange): string {
    return `${this.url}${path}`;
  }

  #checkToken({ headers }: Exchange): PushRefusal | null {
    return this.#refusedTokens.has(headers.authorization ?? '')
      ? { status: 403, reason: 'BadJwtToken', detail: 'refused by the test' }
      : null;
  }

  #accept(exchange: Exchange, endpoint: string, text: string): Verdict {
    this.#lastMessage += 1;
    const location = `${this.url}/message/${String(this.#lastMessage)}`;
    const record = (): void => {
      this.recorder.accept(`${endpoint} ${idOf(text) ?? location}`, (repeat) => ({
        token: endpoint,
        repeatKey: `${endpoint} ${idOf(text) ?? location}`,
        repeat,
        receivedAtMs: this.clock.now(),
        text,
        headers: exchange.headers,
        connection: exchange.connection.id,
      }));
    };
    return { kind: 'accepted', answer: { status: 201, headers: { location }, body: '' }, record };
  }
}

function refused({ status, reason, detail }: PushRefusal): Verdict {
  return {
    kind: 'rejected',
    answer: { status, headers: jsonHeaders, body: JSON.stringify({ reason }) },
    reason,
    detail,
  };
}

/** By what two copies of a message replace each other. */
function idOf(text: string): string | null {
  try {
    const { notification } = JSON.parse(text) as { notification?: { tag?: unknown } };
    return typeof notification?.tag === 'string' ? notification.tag : null;
  } catch {
    return null;
  }
}
