import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { Delivery } from '../../src/domain/notification';
import type { Outcome } from '../../src/domain/outcome';
import type { Authorization } from '../../src/providers/wire/authorization';
import { Exchange, type ExchangeRequest, type Reading } from '../../src/providers/wire/exchange';
import { createHttp2Client } from '../../src/transport/http2-client';

/** A vendor that takes many device tokens per call, and lists those that it does not know. */
class ManyTokens {
  readonly server: Http2Server = createServer();
  readonly calls: { readonly key: string; readonly tokens: readonly string[] }[] = [];
  /** What it answers, by the call's tokens. */
  answer: (tokens: readonly string[]) => { readonly status: number; readonly body: string } = (tokens) => ({
    status: 200,
    body: JSON.stringify({ unknown: tokens.filter((_, index) => index % 2 === 1) }),
  });

  async listen(): Promise<string> {
    this.server.on('stream', (stream, headers) => {
      let body = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      stream.on('end', () => {
        const tokens = JSON.parse(body) as string[];
        this.calls.push({ key: String(headers['x-vendor-key']), tokens });
        const answer = this.answer(tokens);
        stream.respond({ ':status': answer.status, 'content-type': 'application/json' });
        stream.end(answer.body);
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

/** A list of all these tokens is nearly 1 MiB long. */
const deliveries: readonly Delivery[] = Array.from({ length: 1_000 }, (_, index) => ({
  id: `id-${index}`,
  uid: `u${index}`,
  deviceId: 'd',
  tokenKind: 'alert',
  token: `${index}-`.padEnd(1_040, 'x'),
  platform: 'android',
  lane: 'production',
  badge: null,
}));

function read(
  { status, body }: { readonly status: number; readonly body: string },
  asked: readonly Delivery[],
): Reading {
  if (status === 401) return { outcomes: asked.map(() => refused), then: 'renew_credential' };
  const { unknown, silent = 0 } = JSON.parse(body) as { unknown: string[]; silent?: number };
  const dead = new Set(unknown);
  const outcomes = asked.map(({ token }): Outcome =>
    dead.has(token)
      ? { kind: 'unregistered', reason: 'unknown', asOfMs: null }
      : { kind: 'accepted', receipt: token.slice(0, 8) },
  );
  return { outcomes: outcomes.slice(silent), then: null };
}

const refused: Outcome = { kind: 'misconfigured', reason: 'key refused' };

/** A key that changes whenever the vendor refuses it; it travels in a header of the vendor's own. */
class VendorKey implements Authorization {
  #generation = 1;

  peek() {
    return { value: `key-${this.#generation}`, generation: this.#generation };
  }

  obtain() {
    return Promise.resolve({ kind: 'pass' as const, pass: this.peek() });
  }

  renew() {
    this.#generation += 1;
    return this.obtain();
  }

  write(pass: { readonly value: string }, request: { readonly headers: Record<string, string> }): void {
    request.headers['x-vendor-key'] = pass.value;
  }
}

describe('one call for many deliveries', () => {
  let vendor: ManyTokens;
  let exchange: Exchange;

  beforeEach(async () => {
    vendor = new ManyTokens();
    const client = createHttp2Client(
      {
        baseUrl: await vendor.listen(),
        proxyUrl: null,
        minConnections: 1,
        maxConnections: 1,
        maxStreamsPerConnection: 100,
        singleStreamUntilFirstAnswer: false,
        tls: {},
        pingIntervalMs: 60_000,
        pingTimeoutMs: 10_000,
        connectTimeoutMs: 5_000,
        idleTimeoutMs: 60_000,
      },
      { clock: systemClock, logger: silentLogger },
    );
    exchange = new Exchange({
      client,
      authorization: new VendorKey(),
      timeoutMs: 60_000,
      clock: systemClock,
    });
  });

  afterEach(async () => {
    await exchange.close(0);
    vendor.server.close();
  });

  function send(change: Partial<ExchangeRequest<Delivery>> = {}): Promise<Map<Delivery, Outcome>> {
    const outcomes = new Map<Delivery, Outcome>();
    return new Promise((resolve, reject) => {
      exchange.start({
        path: '/send',
        headers: { 'content-type': 'application/json' },
        sensitive: [],
        body: Buffer.from(JSON.stringify(deliveries.map(({ token }) => token))),
        maxAnswerBytes: 2 ** 20,
        startedAtMs: systemClock.monotonicMs(),
        deliveries,
        read,
        settle: (delivery, outcome) => {
          if (outcomes.has(delivery)) reject(new Error(`${delivery.id} is settled twice`));
          outcomes.set(delivery, outcome);
          if (outcomes.size === deliveries.length) resolve(outcomes);
        },
        ...change,
      });
      if (outcomes.size > 0) reject(new Error('settled before the call returned'));
    });
  }

  it('settles each by what a list of 500 dead tokens says of it', async () => {
    const outcomes = await send();
    expect(vendor.calls).toHaveLength(1);
    expect(deliveries.map((delivery) => outcomes.get(delivery)?.kind)).toEqual(
      deliveries.map((_, index) => (index % 2 === 1 ? 'unregistered' : 'accepted')),
    );
  });

  it('reads an answer of 1 MiB whole', async () => {
    const body = JSON.stringify({ unknown: deliveries.map(({ token }) => token) }).slice(0, -2);
    expect(body.length).toBeGreaterThan(1_000_000);
    vendor.answer = () => ({ status: 200, body: `${body}]}`.padEnd(2 ** 20, ' ') });
    const outcomes = await send();
    expect(new Set([...outcomes.values()].map(({ kind }) => kind))).toEqual(new Set(['unregistered']));
  });

  it('takes a longer one for ambiguous, for all of them', async () => {
    const outcomes = await send({ maxAnswerBytes: 10_000 });
    expect(new Set([...outcomes.values()].map((outcome) => JSON.stringify(outcome)))).toEqual(
      new Set([
        JSON.stringify({
          kind: 'unavailable',
          reason: 'answer is larger than 10000 bytes',
          ambiguous: true,
          retryAfterMs: null,
        }),
      ]),
    );
  });

  it('tries again what the answer says nothing of', async () => {
    vendor.answer = () => ({ status: 200, body: '{"unknown":[],"silent":300}' });
    const kinds = [...(await send()).values()].map((outcome) =>
      outcome.kind === 'unavailable' ? `ambiguous ${outcome.ambiguous}` : outcome.kind,
    );
    expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(700);
    expect(kinds.filter((kind) => kind === 'ambiguous true')).toHaveLength(300);
  });

  it('writes the credential where the vendor wants it, and repeats the call once with a new one', async () => {
    const answer = vendor.answer;
    vendor.answer = (tokens) => (vendor.calls.length === 1 ? { status: 401, body: '' } : answer(tokens));
    const outcomes = await send();
    expect(vendor.calls.map(({ key }) => key)).toEqual(['key-1', 'key-2']);
    expect([...outcomes.values()].some(({ kind }) => kind === 'misconfigured')).toBe(false);
  });

  it('settles none before it returns, not even once it is closing', async () => {
    const closing = exchange.close(0);
    const outcomes = await send();
    expect(new Set([...outcomes.values()].map(({ kind }) => kind))).toEqual(new Set(['unavailable']));
    await closing;
  });
});
