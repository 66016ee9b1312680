import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createRelayClient } from '../../clients/node';
import { closeConnections, eventually, messageBody, postEvent, send } from '../helpers/client';
import { describeWithProgram } from '../helpers/describe-with-program';
import { apiKey, Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly example?: string | number;
}

interface Media {
  readonly example?: unknown;
}

interface Documented {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface Operation extends Documented {
  readonly method: string;
  readonly path: string;
}

/** What an operation finds: those before it, by id. */
const before: Readonly<Record<string, readonly string[]>> = {
  listAliases: ['putAlias'],
  patchDevice: ['putDevice'],
  getDevice: ['putDevice'],
  listDevices: ['putDevice'],
  postTestPush: ['putDevice'],
  getUserProfile: ['putUserProfile'],
  getChannel: ['putChannel'],
  getPreferences: ['putPreferences'],
  listMutes: ['putMute'],
  getBadge: ['putBadge'],
  listLatest: ['eraseUser', 'putDevice'],
  getMessage: ['eraseUser', 'putDevice'],
  getPush: ['eraseUser', 'putDevice'],
  listRecent: ['eraseUser', 'putDevice'],
};

function messageToAlice(messageId: string): string {
  const payload = { type: 1, content: 'hello' };
  return messageBody({ messageId, from: 'bob', to: ['alice'], channelId: 'team', channelType: 2, payload });
}

/** What no operation of the API makes. */
const webhooks: Readonly<Record<string, { readonly event: string; readonly body: string }>> = {
  listDeadLetters: { event: 'msg.offline', body: 'text' },
  getMessage: { event: 'msg.offline', body: messageToAlice('2124460212696813568') },
  listLatest: { event: 'msg.offline', body: messageToAlice('2124460212696813568') },
  listRecent: { event: 'msg.offline', body: messageToAlice('2124460212696813568') },
  getPresence: { event: 'user.onlinestatus', body: '["alice-0-1-17-1-1"]' },
};

/** Their answers are longer than an example. */
const excerpts = new Set(['getMetrics', 'getDocs', 'getOpenapi', 'getReadyz', 'listLatest']);

/** What becomes of a message takes a moment: then the answer has this. */
const traces: Readonly<Record<string, string>> = {
  listLatest: '"pushed"',
  getMessage: '"accepted"',
  getPush: '"accepted"',
  listRecent: '"accepted"',
};

const perRelay = new Set(['latency_ms', 'age_seconds', 'public_key']);

/** New at each request or relay: times, ids, durations and keys. */
function steady(value: unknown, name = ''): unknown {
  if (perRelay.has(name)) return typeof value;
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\dT.*Z$/.test(value)) return 'a time';
    return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(value) ? 'an id' : value;
  }
  if (Array.isArray(value)) return value.map((item) => steady(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, steady(inner, key)]));
}

/** Fields of it, and items of its lists. */
function excerptOf(example: unknown): unknown {
  if (Array.isArray(example)) return expect.arrayContaining(example.map(excerptOf));
  if (typeof example !== 'object' || example === null) return example;
  return expect.objectContaining(
    Object.fromEntries(Object.entries(example).map(([key, inner]) => [key, excerptOf(inner)])),
  );
}

describe('the examples of openapi.json', () => {
  let fakes: Fakes;
  let relay: RelayProcess;
  let operations: Operation[];

  beforeAll(async () => {
    fakes = await Fakes.start();
    const { publicKey, privateKey } = fakes.sandbox.credentials.vapid;
    const webpush = { public_key: publicKey, private_key: privateKey, subject: 'mailto:push@relay.chat' };
    const browsers = { ...webpush, base_url: 'https://chat.relay.chat/' };
    relay = await fakes.startRelay({ yaml: JSON.stringify({ apps: { default: { webpush: browsers } } }) });
    const { text } = await send(relay.url, { method: 'GET', path: '/openapi.json' });
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Documented>> };
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
    );
  });
  afterAll(async () => {
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
    closeConnections();
  });

  /** Of the id that a push gets now, in the place of the example's. */
  const withNewPush = async (operation: Operation): Promise<Operation> => {
    const push = operations.find(({ operationId }) => operationId === 'postPush');
    if (operation.operationId !== 'getPush' || push === undefined) return operation;
    const { id } = JSON.parse((await ask({ ...push, parameters: [] })).text) as { readonly id: string };
    const parameters = operation.parameters?.map((one) =>
      one.in === 'path' ? { ...one, example: id } : one,
    );
    return { ...operation, parameters: parameters ?? [] };
  };

  const ask = ({ method, path, parameters = [], requestBody }: Operation) => {
    let target = path;
    const query = new URLSearchParams();
    const headers: Record<string, string> = { authorization: `Bearer ${apiKey}` };
    for (const { name, in: where, example } of parameters) {
      if (example === undefined) continue;
      if (where === 'path') target = target.replace(`{${name}}`, encodeURIComponent(String(example)));
      if (where === 'query') query.set(name, String(example));
      if (where === 'header') headers[name] = String(example);
    }
    const body = requestBody?.content['application/json']?.example;
    if (body !== undefined) headers['content-type'] = 'application/json';
    return send(relay.url, {
      method: method.toUpperCase(),
      path: query.size > 0 ? `${target}?${query.toString()}` : target,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };

  const check = async (operation: Operation): Promise<void> => {
    const { operationId } = operation;
    for (const id of before[operationId] ?? []) {
      const earlier = operations.find((one) => one.operationId === id);
      if (earlier === undefined) throw new Error(`no operation ${id}`);
      expect((await ask(earlier)).status).toBeLessThan(300);
    }
    const webhook = webhooks[operationId];
    if (webhook !== undefined) await postEvent(relay.url, webhook.event, webhook.body);
    const asked = await withNewPush(operation);
    const isDone = ({ text }: { readonly text: string }) => text.includes(traces[operationId] ?? '');
    const { status, text, headers } = await eventually(() => ask(asked), isDone);
    const content = operation.responses[String(status)]?.content;
    const shown = [operationId, status];
    if (content === undefined) {
      expect([...shown, text]).toEqual([operationId, 204, '']);
      return;
    }
    const type = String(headers['content-type']).split(';')[0] ?? '';
    const example = content[type]?.example;
    if (typeof example === 'string') {
      expect(text).toContain(example);
      return;
    }
    const answer = steady(JSON.parse(text));
    const expected = excerpts.has(operationId) ? excerptOf(steady(example)) : steady(example);
    expect([...shown, answer]).toEqual([...shown, expected]);
  };

  it('are what the relay answers to them', async () => {
    for (const operation of operations) await check(operation);
    expect(operations.length).toBeGreaterThan(35);
  });

  it('are those of openapi.json in the source, which the client is generated from', () => {
    const script = join(__dirname, '../../scripts/openapi.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check', relay.url], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('are what the generated client sends and gets', async () => {
    const client = createRelayClient({ baseUrl: relay.url, apiKey });
    const { data } = await client.PUT('/v1/users/{uid}/profile', {
      params: { path: { uid: 'a/b c' } },
      body: { name: 'Carol' },
    });
    expect(data).toEqual({ name: 'Carol', avatar_url: null });
    const missing = await client.GET('/v1/users/{uid}/profile', { params: { path: { uid: 'nobody' } } });
    expect(missing.error?.code).toBe('profile_not_found');
    const stranger = createRelayClient({ baseUrl: relay.url, apiKey: null });
    expect((await stranger.GET('/v1/dead-letters')).error?.code).toBe('unauthenticated');
  });

  it('show problems whose type is a section of docs/errors.md', async () => {
    const types = new Set(
      operations.flatMap(({ responses }) =>
        Object.values(responses).flatMap(({ content = {} }) => {
          const { example } = content['application/problem+json'] ?? {};
          return example === undefined ? [] : [(example as { type: string }).type];
        }),
      ),
    );
    const { text } = await send(relay.url, { method: 'GET', path: '/v1/users/alice/devices' });
    types.add((JSON.parse(text) as { type: string }).type);
    expect(types.size).toBeGreaterThan(5);
    for (const type of types) {
      const { pathname, hash } = new URL(type, relay.url);
      const page = await send(relay.url, { method: 'GET', path: pathname });
      expect(page.status).toBe(200);
      expect(page.text).toContain(`\n### \`${hash.slice(1)}\`\n`);
    }
  });

  it('lead to the Chinese page and back by its links, whatever the language of the browser', async () => {
    const page = async (path: string) => {
      const headers = { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' };
      const { status, text } = await send(relay.url, { method: 'GET', path, headers });
      return { status, title: text.split('\n', 1)[0], linked: /^\[.*\]\((.*)\)$/m.exec(text)?.[1] };
    };
    for (const [name, english, chinese] of [
      ['errors', '# Errors of the REST API', '# REST API 的错误'],
      ['runbook', '# Runbook', '# 运维手册'],
    ] as const) {
      const first = await page(`/docs/${name}.md`);
      expect(first).toMatchObject({ status: 200, title: english });
      const there = new URL(first.linked ?? '', new URL(`/docs/${name}.md`, relay.url));
      const second = await page(there.pathname);
      expect(second).toMatchObject({ status: 200, title: chinese });
      const back = new URL(second.linked ?? '', there);
      expect(await page(back.pathname)).toMatchObject({ status: 200, title: english });
    }
    expect((await page('/docs/zh-CN/start.js')).status).toBe(400);
  });

  it('are served with a page that loads nothing from elsewhere', async () => {
    const page = await send(relay.url, { method: 'GET', path: '/docs' });
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    const files = [...page.text.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) {
      expect(file).not.toContain('//');
      expect((await send(relay.url, { method: 'GET', path: `/${file}` })).status).toBe(200);
    }
    expect((await send(relay.url, { method: 'GET', path: '/docs/..%2Fmain.js' })).status).toBe(400);
  });

  const chromium = { command: 'chromium', args: ['--version'], aptPackage: 'chromium' };
  describeWithProgram(chromium, 'the page', () => {
    it('shows every operation in a browser, within its own policy', () => {
      const { stdout, stderr } = spawnSync(
        'chromium',
        [
          ...['--headless=new', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr'],
          ...['--virtual-time-budget=5000', '--dump-dom', `${relay.url}/docs`],
        ],
        { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
      );
      expect(stderr.split('\n').filter((line) => line.includes('CONSOLE'))).toEqual([]);
      for (const { operationId } of operations) expect(stdout).toContain(`-${operationId}"`);
    });
  });
});
