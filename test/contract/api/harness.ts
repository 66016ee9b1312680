import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { createAdminApi } from '../../../src/api/admin-api';
import { createApi, type ApiOptions } from '../../../src/api/api';
import { exampleVapidKey } from '../../../src/api/example';
import { createClientErrorHandler } from '../../../src/api/client-error';
import type { ApiServices, ConfiguredApp } from '../../../src/api/services';
import type { Logger } from '../../../src/domain/logger';
import { createApiEvents } from '../../../src/observability/api-events';
import { TraceReader } from '../../../src/trace/trace-reader';
import type { TestStore } from './test-store';

/** JSON that a test looks into without knowing its shape. */
export interface Json {
  readonly [name: string | number]: Json;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed JSON; undefined where the answer is none. */
  readonly body: Json;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export const key = 'test-key-0123456789';

/** As an operator's list of hosts decides it. */
function pushServiceFault(endpoint: string): string | null {
  return new URL(endpoint).hostname.endsWith('.example.com') ? null : 'must be of an allowed push service';
}

export const webPushKey = exampleVapidKey;

export const apps: readonly ConfiguredApp[] = [
  {
    name: 'default',
    providers: [
      { provider: 'apns', lanes: ['production', 'sandbox'] },
      { provider: 'fcm', lanes: ['production'] },
      { provider: 'webpush', lanes: [], addressFault: pushServiceFault },
    ],
  },
  { name: 'beta', providers: [{ provider: 'apns', lanes: ['sandbox'] }] },
];

/** `next_cursor` as it goes into a query. */
export function cursorOf(reply: Reply): string {
  const { next_cursor: cursor } = JSON.parse(reply.text) as { readonly next_cursor: string };
  return encodeURIComponent(cursor);
}

const open: (() => Promise<void>)[] = [];

afterAll(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** The API over a store, until the end of the file's tests, on a port of its own; paths go out exactly as they are given. */
export async function startTestApi(
  store: TestStore,
  {
    options = {},
    services = {},
    admin = false,
  }: {
    readonly options?: Partial<ApiOptions>;
    readonly services?: Partial<ApiServices>;
    readonly admin?: boolean;
  } = {},
) {
  const log: LogLine[] = [];
  const { clock } = store;
  const registry = new Registry();
  const all: ApiServices = {
    store,
    connectionsOf: null,
    testPush: () => Promise.resolve([]),
    replayDeadLetters: () => Promise.resolve({ replayed: 0, skipped: {}, remaining: 0, nextCursor: null }),
    readiness: () =>
      Promise.resolve({ status: 'ready', checks: [{ name: 'store', status: 'ok', detail: 'fine' }] }),
    metricsText: () => registry.metrics(),
    forgetUser: async () => {},
    registered: () => {},
    journey: { isFollowed: false, tell: () => {} },
    spans: null,
    traces: new TraceReader({ traces: store.traces, sample: 0, recorder: null, maxAgeMs: 86_400_000, clock }),
    configuredApps: () => apps,
    webPushKey: (app) => (app === 'default' ? webPushKey : null),
    clock,
    random: Math.random,
    events: createApiEvents({ logger: toLogger(log), registry }),
    ...services,
  };
  const api = { version: '1.2.3', apiKeys: [key], devicesPerUser: 20, adminElsewhere: false, ...options };
  const server = createServer(
    admin ? createAdminApi(all, options.allowUnauthenticated === false) : createApi(api, all),
  );
  server.on('clientError', createClientErrorHandler(clock, Math.random));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  open.push(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return {
    port,
    log,
    clock,
    call: (method: string, path: string, of: CallOptions = {}) => call(port, method, path, of),
    /** Writes bytes to a socket, resolves with all that comes back until the end. */
    wire: (bytes: string | Buffer) => wire(port, bytes),
  };
}

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

function call(port: number, method: string, path: string, of: CallOptions): Promise<Reply> {
  const payload = of.raw ?? (of.body === undefined ? undefined : JSON.stringify(of.body));
  const headers = {
    authorization: `Bearer ${key}`,
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    ...of.headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
        const body = (isJson ? JSON.parse(text) : undefined) as Json;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function wire(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.write(bytes);
  });
}

function toLogger(log: LogLine[]): Logger {
  const at = (level: LogLine['level']) => (fields: object) =>
    void log.push({ level, fields: fields as LogLine['fields'] });
  const logger: Logger = {
    isDebugging: true,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
