import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseScriptRequest, type ScriptRequest } from './control-request';
import type { FakeApns } from './apns/fake-apns';
import type { FakeFcm } from './fcm/fake-fcm';
import { shortText } from '../domain/short-text';

export interface Fakes {
  readonly apns: FakeApns;
  readonly fcm: FakeFcm;
}

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
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

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
        resolve(new ControlPlane(server, `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`));
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
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
    case 'POST /reset':
      return send(
        response,
        await withJson(request, () => {
          fakes.apns.reset();
          fakes.fcm.reset();
          return Promise.resolve({ status: 200, body: {} });
        }),
      );
    default:
      return send(response, { status: 404, body: { error: `no ${call}` } });
  }
}

function stateOf({ apns, fcm }: Fakes): object {
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
  };
}

async function accepted(fakes: Fakes, query: URLSearchParams): Promise<ControlAnswer> {
  const provider = query.get('provider');
  if (provider !== 'apns' && provider !== 'fcm') return bad('provider must be apns or fcm');
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
  if (request.do !== undefined) await perform(fake, request.do);
  return { status: 200, body: { ids } };
}

function scriptOAuth(fcm: FakeFcm, request: Extract<ScriptRequest, { provider: 'fcm' }>): void {
  for (const rule of request.oauthRules ?? []) fcm.scriptOAuth(rule);
  if (request.tokenLifetimeSeconds !== undefined)
    fcm.oauth.tokenLifetimeSeconds = request.tokenLifetimeSeconds;
  if (request.revokeTokens === true) fcm.oauth.revokeAll();
}

function setDevices(fakes: Fakes, request: ScriptRequest): void {
  if (request.provider === 'apns') {
    for (const [token, state] of Object.entries(request.devices ?? {})) fakes.apns.setDevice(token, state);
  } else {
    for (const [token, state] of Object.entries(request.devices ?? {})) fakes.fcm.setDevice(token, state);
  }
}

function perform(fake: FakeApns | FakeFcm, action: NonNullable<ScriptRequest['do']>): Promise<void> {
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
