import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseScriptRequest, type ScriptRequest } from './control-request';
import { openableHost } from '../http/openable-host';
import type { FakeApns } from './apns/fake-apns';
import type { FakeFcm } from './fcm/fake-fcm';
import type { FakeMaker } from './makers/fake-maker';
import type { Makers } from './makers/start-makers';
import type { FakePushService } from './webpush/fake-push-service';
import { shortText } from '../domain/short-text';
import { isObject } from '../shared/json-object';

export interface Fakes extends Makers {
  readonly apns: FakeApns;
  readonly fcm: FakeFcm;
  readonly webpush: FakePushService;
}

type Fake = Fakes[keyof Fakes];

interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const maxBodyBytes = 8_388_608;
const defaultPage = 1000;
const maxPage = 10_000;
const maxWaitMs = 60_000;

/**
 * Plain HTTP by which another process scripts the fakes and reads what they took; docs/sandbox.md describes it.
 * Whoever reaches it rules the fakes, so it wants a loopback address. POST needs content-type application/json, which a
 * web page cannot send to another origin unasked.
 */
export class ControlPlane {
  readonly #server: Server;

  private constructor(
    server: Server,
    readonly url: string,
  ) {
    this.#server = server;
  }

  static start(fakes: Fakes, host: string, port: number): Promise<ControlPlane> {
    const server = createServer((request, response) => {
      respond(fakes, request, response).catch((error: unknown) => {
        send(response, { status: 500, body: { error: shortText(String(error)) } });
      });
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        const bound = server.address() as AddressInfo;
        resolve(new ControlPlane(server, `http://${openableHost(host)}:${bound.port}`));
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

async function respond(fakes: Fakes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const call = `${request.method} ${pathname}`;
  switch (call) {
    case 'GET /state':
      return send(response, { status: 200, body: stateOf(fakes) });
    case 'GET /accepted':
      return send(response, await accepted(fakes, searchParams));
    case 'POST /script':
      return send(response, await withJson(request, (body) => script(fakes, body)));
    case 'POST /subscriptions':
      return send(response, await withJson(request, (body) => newSubscription(fakes.webpush, body)));
    case 'POST /reset':
      return send(
        response,
        await withJson(request, () => {
          for (const fake of Object.values(fakes) as Fake[]) fake.reset();
          return Promise.resolve({ status: 200, body: {} });
        }),
      );
    default:
      return send(response, { status: 404, body: { error: `no ${call}` } });
  }
}

function stateOf({ apns, fcm, webpush, ...makers }: Fakes): object {
  const shared = ({ url, counts, connections, rejected }: FakeMaker | FakePushService) => ({
    url,
    counts,
    connections,
    rejected,
  });
  return {
    apns: {
      url: apns.url,
      sandbox_url: apns.sandboxUrl,
      counts: apns.counts,
      connections: apns.connections,
      rejected: apns.rejected,
    },
    fcm: {
      url: fcm.url,
      token_uri: fcm.tokenUri,
      counts: fcm.counts,
      connections: fcm.connections,
      rejected: fcm.rejected,
      oauth: { requests: fcm.oauth.requests, issued: fcm.oauth.issued },
    },
    webpush: shared(webpush),
    ...Object.fromEntries(Object.entries(makers).map(([name, fake]) => [name, shared(fake as FakeMaker)])),
  };
}

async function accepted(fakes: Fakes, query: URLSearchParams): Promise<ControlAnswer> {
  const provider = query.get('provider');
  if (provider === null || !isFake(fakes, provider))
    return bad(`provider must be ${Object.keys(fakes).join(' or ')}`);
  const since = numberOf(query, 'since', 0);
  const limit = Math.min(numberOf(query, 'limit', defaultPage), maxPage);
  const waitFor = numberOf(query, 'wait_for', 0);
  const timeoutMs = Math.min(numberOf(query, 'timeout_ms', 10_000), maxWaitMs);
  if ([since, limit, waitFor, timeoutMs].some(Number.isNaN)) {
    return bad('since, limit, wait_for and timeout_ms are whole numbers');
  }
  const fake = fakes[provider];
  if (waitFor > 0) {
    try {
      await fake.waitForAccepted(waitFor, { timeoutMs });
    } catch (error) {
      return {
        status: 504,
        body: { error: shortText(error instanceof Error ? error.message : String(error)) },
      };
    }
  }
  const from = Math.max(0, since - fake.firstIndex);
  const items = fake.accepted.slice(from, from + limit);
  const first = fake.firstIndex + from;
  return { status: 200, body: { total: fake.counts.accepted, first, next: first + items.length, items } };
}

function isFake(fakes: Fakes, provider: string): provider is keyof Fakes {
  return Object.hasOwn(fakes, provider);
}

async function script(fakes: Fakes, body: unknown): Promise<ControlAnswer> {
  const parsed = parseScriptRequest(body);
  if (!parsed.ok) return { status: 400, body: { error: 'the script is not right', errors: parsed.errors } };
  const { request } = parsed;
  if (request.clear === true) fakes[request.provider].clearScript();
  setDevices(fakes, request);
  const fake = fakes[request.provider];
  const ids = (request.rules ?? []).map((rule) => fake.script(rule).id);
  if (request.latencyMs !== undefined) fake.latencyMs = request.latencyMs;
  if (request.provider === 'fcm') scriptOAuth(fakes.fcm, request);
  if ('authRules' in request)
    for (const rule of request.authRules ?? []) fakes[request.provider].scriptAuth(rule);
  if (request.do !== undefined) await perform(fake, request.do);
  return { status: 200, body: { ids } };
}

/** What a browser would have: a subscription made with the relay's public key. */
function newSubscription(webpush: FakePushService, body: unknown): Promise<ControlAnswer> {
  const key = isObject(body) ? body['application_key'] : null;
  return Promise.resolve(
    typeof key === 'string'
      ? { status: 200, body: webpush.subscribe(key) }
      : bad('application_key must be the public VAPID key, as GET /v1/apps/{app}/webpush-key gives it'),
  );
}

function scriptOAuth(fcm: FakeFcm, request: Extract<ScriptRequest, { provider: 'fcm' }>): void {
  for (const rule of request.oauthRules ?? []) fcm.scriptOAuth(rule);
  if (request.tokenLifetimeSeconds !== undefined)
    fcm.oauth.tokenLifetimeSeconds = request.tokenLifetimeSeconds;
  if (request.revokeTokens === true) fcm.oauth.revokeAll();
}

function setDevices({ apns, fcm, webpush, ...makers }: Fakes, request: ScriptRequest): void {
  switch (request.provider) {
    case 'apns':
      for (const [token, state] of Object.entries(request.devices ?? {})) apns.setDevice(token, state);
      return;
    case 'fcm':
      for (const [token, state] of Object.entries(request.devices ?? {})) fcm.setDevice(token, state);
      return;
    case 'webpush':
      for (const [token, state] of Object.entries(request.devices ?? {})) webpush.setDevice(token, state);
      return;
    default:
      for (const [token, state] of Object.entries(request.devices ?? {}))
        makers[request.provider].setDevice(token, state);
  }
}

function perform(fake: Fake, action: NonNullable<ScriptRequest['do']>): Promise<void> {
  switch (action) {
    case 'down':
      return fake.down();
    case 'up':
      return fake.up();
    case 'freeze':
      return Promise.resolve(fake.freeze());
    case 'thaw':
      return Promise.resolve(fake.thaw());
    case 'goaway':
      return Promise.resolve(fake.goaway());
    default:
      return action satisfies never;
  }
}

async function withJson(
  request: IncomingMessage,
  use: (body: unknown) => Promise<ControlAnswer>,
): Promise<ControlAnswer> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
    return { status: 415, body: { error: 'content-type must be application/json' } };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return { status: 413, body: { error: `over ${maxBodyBytes} bytes` } };
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = bytes === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return bad('the body is not JSON');
  }
  return use(body);
}

function numberOf(query: URLSearchParams, name: string, absent: number): number {
  const text = query.get(name);
  if (text === null) return absent;
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
}

function bad(error: string): ControlAnswer {
  return { status: 400, body: { error } };
}

function send(response: ServerResponse, { status, body }: ControlAnswer): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
