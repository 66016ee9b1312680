import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { problemCodes } from '../../../src/api/problem';
import { startTestApi, type Reply, type TestApi } from './harness';
import { openTestStore, override, type TestStore } from './test-store';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import type { TraceSegment } from '../../../src/store/ports/traces';
import { TraceBatch } from '../../../src/store/traces/trace-batch';
import { aStep } from '../store/builders';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

interface MediaType {
  readonly schema: Record<string, unknown>;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Record<string, MediaType> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, MediaType> }
  >;
  readonly security: readonly object[];
}

interface Success {
  readonly id: string;
  readonly status: number;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, DocumentedOperation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

/** The very schema of the document; zod knows references by `$defs` only. */
function toSchema(document: Document, schema: object): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')) as JsonSchema);
}

/** Of two recipients, with every field that a trace can have. */
const aTrace: TraceSegment = {
  messageId: '2124460212696813568',
  receivedAtMs: 1_000,
  origin: { source: 'webhook', fromUid: 'alice', channelId: 'team', channelType: 2, recipients: 3 },
  counts: { pushed: 1 },
  steps: [
    aStep({ uid: 'carol', step: 'planned', detail: 'rendered as type 1 (text)' }),
    aStep({
      uid: 'carol',
      deviceId: 'phone',
      step: 'answered',
      provider: 'apns',
      outcome: 'accepted',
      attempt: 2,
      providerId: 'an-apns-id',
    }),
    aStep({ uid: 'dave', step: 'skipped', reason: 'no_device' }),
  ],
};

/** One call of every operation and success status that the document promises: path, body. */
const successes: readonly Success[] = [
  {
    id: 'putDevice',
    status: 201,
    method: 'PUT',
    path: '/v1/users/alice/devices/phone',
    body: { provider: 'apns', token: 'ab'.repeat(32), locale: 'en' },
  },
  {
    id: 'putDevice',
    status: 200,
    method: 'PUT',
    path: '/v1/users/alice/devices/phone',
    body: { provider: 'apns', token: 'ab'.repeat(32) },
  },
  {
    id: 'putDevice',
    status: 201,
    method: 'PUT',
    path: '/v1/users/alice/devices/tablet',
    body: { provider: 'fcm', token: 'fcm:token' },
  },
  {
    id: 'patchDevice',
    status: 200,
    method: 'PATCH',
    path: '/v1/users/alice/devices/phone',
    body: { voip_token: 'cd'.repeat(32) },
  },
  { id: 'getDevice', status: 200, method: 'GET', path: '/v1/users/alice/devices/phone' },
  { id: 'listDevices', status: 200, method: 'GET', path: '/v1/users/alice/devices?limit=1' },
  { id: 'postTestPush', status: 200, method: 'POST', path: '/v1/users/alice/test-push' },
  { id: 'deleteDevice', status: 204, method: 'DELETE', path: '/v1/users/alice/devices/phone' },
  { id: 'deleteDevices', status: 204, method: 'DELETE', path: '/v1/users/alice/devices' },
  { id: 'deleteDeviceToken', status: 204, method: 'DELETE', path: '/v1/device-tokens/abc' },
  {
    id: 'putUserProfile',
    status: 200,
    method: 'PUT',
    path: '/v1/users/alice/profile',
    body: { name: 'Alice' },
  },
  {
    id: 'putPreferences',
    status: 200,
    method: 'PUT',
    path: '/v1/users/alice/preferences',
    body: {
      locale: 'en',
      quiet_hours: { start: '22:00', end: '07:00', days: [1], timezone: 'Asia/Shanghai' },
    },
  },
  { id: 'getPreferences', status: 200, method: 'GET', path: '/v1/users/alice/preferences' },
  {
    id: 'putMute',
    status: 204,
    method: 'PUT',
    path: '/v1/users/alice/mutes/2/team',
    body: { until: '2100-01-01T00:00:00Z' },
  },
  { id: 'listMutes', status: 200, method: 'GET', path: '/v1/users/alice/mutes' },
  { id: 'deleteMute', status: 204, method: 'DELETE', path: '/v1/users/alice/mutes/2/team' },
  { id: 'getUserProfile', status: 200, method: 'GET', path: '/v1/users/alice/profile' },
  {
    id: 'putChannel',
    status: 200,
    method: 'PUT',
    path: '/v1/channels/2/team',
    body: { name: 'Team', avatar_url: 'https://img.test/t.png' },
  },
  { id: 'getChannel', status: 200, method: 'GET', path: '/v1/channels/2/team' },
  {
    id: 'putAlias',
    status: 204,
    method: 'PUT',
    path: '/v1/users/bob/aliases/alice',
    body: { name: 'Sis' },
  },
  { id: 'listAliases', status: 200, method: 'GET', path: '/v1/users/bob/aliases' },
  { id: 'deleteAlias', status: 204, method: 'DELETE', path: '/v1/users/bob/aliases/alice' },
  {
    id: 'putMember',
    status: 204,
    method: 'PUT',
    path: '/v1/channels/2/team/members/alice',
    body: { name: 'Captain' },
  },
  { id: 'deleteMember', status: 204, method: 'DELETE', path: '/v1/channels/2/team/members/alice' },
  {
    id: 'postProfiles',
    status: 204,
    method: 'POST',
    path: '/v1/profiles',
    body: { users: [{ uid: 'alice', name: 'Alice' }] },
  },
  { id: 'getWebPushKey', status: 200, method: 'GET', path: '/v1/apps/default/webpush-key' },
  { id: 'getPresence', status: 200, method: 'GET', path: '/v1/users/alice/presence' },
  { id: 'putBadge', status: 200, method: 'PUT', path: '/v1/users/alice/badge', body: { count: 3 } },
  { id: 'getBadge', status: 200, method: 'GET', path: '/v1/users/alice/badge' },
  {
    id: 'postRead',
    status: 204,
    method: 'POST',
    path: '/v1/users/alice/read',
    body: { channel_type: 2, channel_id: 'team', up_to_seq: 7 },
  },
  { id: 'eraseUser', status: 204, method: 'DELETE', path: '/v1/users/alice' },
  {
    id: 'postPush',
    status: 202,
    method: 'POST',
    path: '/v1/push',
    body: { uids: ['alice'], notification: { title: 'Hi', data: { a: 'b' } } },
  },
  {
    id: 'postCalls',
    status: 202,
    method: 'POST',
    path: '/v1/calls',
    body: { call_id: 'c', uids: ['alice'], from_uid: 'bob', type: 'invite' },
  },
  { id: 'listLatest', status: 200, method: 'GET', path: '/v1/messages?limit=1' },
  { id: 'getMessage', status: 200, method: 'GET', path: '/v1/messages/2124460212696813568?limit=1' },
  { id: 'getPush', status: 200, method: 'GET', path: '/v1/pushes/2124460212696813568' },
  { id: 'listRecent', status: 200, method: 'GET', path: '/v1/users/carol/recent?limit=1' },
  { id: 'listDeadLetters', status: 200, method: 'GET', path: '/v1/dead-letters' },
  { id: 'listDeadLetters', status: 200, method: 'GET', path: '/v1/dead-letters?include=body' },
  {
    id: 'replayDeadLetters',
    status: 200,
    method: 'POST',
    path: '/v1/dead-letters/replay',
    body: { all: true },
  },
  { id: 'deleteDeadLetters', status: 200, method: 'DELETE', path: '/v1/dead-letters?all=true' },
  { id: 'getHealthz', status: 200, method: 'GET', path: '/healthz' },
  { id: 'getReadyz', status: 200, method: 'GET', path: '/readyz' },
  { id: 'getReadyz', status: 503, method: 'GET', path: '/readyz' },
  { id: 'getMetrics', status: 200, method: 'GET', path: '/metrics' },
  { id: 'getOpenapi', status: 200, method: 'GET', path: '/openapi.json' },
  { id: 'getDocs', status: 200, method: 'GET', path: '/docs' },
];

describe('openapi.json', () => {
  let api: TestApi;
  let store: TestStore;
  let document: Document;
  let operations: Map<string, { method: string; path: string; operation: DocumentedOperation }>;
  let ready: 'ready' | 'unavailable' = 'ready';

  beforeAll(async () => {
    store = await openTestStore();
    api = await startTestApi(store, {
      services: {
        readiness: () =>
          Promise.resolve({ status: ready, checks: [{ name: 'store', status: 'ok', detail: 'fine' }] }),
        testPush: () =>
          Promise.resolve([
            { deviceId: 'phone', provider: 'apns', outcome: 'accepted', reason: null, latencyMs: 1.5 },
          ]),
        replayDeadLetters: () =>
          Promise.resolve({ replayed: 1, skipped: { too_old: 1 }, remaining: 2, nextCursor: 'x' }),
      },
    });
    await store.deadLetters.add([
      {
        id: '1',
        atMs: store.clock.now(),
        source: 'entry',
        reason: 'poison',
        detail: null,
        messageId: null,
        route: null,
        receivedAtMs: store.clock.now(),
        recipients: [{ uid: 'bob', deviceId: null, tokenKind: null }],
        body: Buffer.from('{}'),
        bodyTruncated: false,
      },
    ]);
    await store.traces.append(TraceBatch.of([aTrace]));
    document = JSON.parse((await api.call('GET', '/openapi.json')).text) as Document;
    operations = new Map(
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [
          operation.operationId,
          { method, path, operation },
        ]),
      ),
    );
  });

  const find = (id: string) => {
    const found = operations.get(id);
    if (found === undefined) throw new Error(`no operation ${id} in the document`);
    return found;
  };

  /** The answer has to be what the document says of this status, to the letter of its schema. */
  const check = (id: string, reply: Reply): void => {
    const documented = find(id).operation.responses[String(reply.status)];
    if (documented === undefined) throw new Error(`${id} does not document ${reply.status}`);
    const contentType = (reply.headers['content-type'] ?? '').split(';')[0] ?? '';
    if (documented.content === undefined) {
      expect(reply.text).toBe('');
      return;
    }
    const media = documented.content[contentType];
    if (media === undefined) throw new Error(`${id} ${reply.status} does not document ${contentType}`);
    const schema = toSchema(document, media.schema);
    const value: unknown = contentType.includes('json') ? JSON.parse(reply.text) : reply.text;
    expect(schema.safeParse(value).error?.issues ?? []).toEqual([]);
  };

  it('is OpenAPI 3.1 of this version', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  });

  it('says of every operation who may call it', () => {
    for (const { path, operation } of operations.values()) {
      expect(operation.security.slice(0, 1)).toEqual(path.startsWith('/v1/') ? [{ server: [] }] : []);
    }
  });

  it('leaves no success of any operation untried here', () => {
    const promised = [...operations.values()].flatMap(({ operation }) =>
      Object.entries(operation.responses)
        .filter(([, { content }]) => content === undefined || !('application/problem+json' in content))
        .map(([status]) => `${operation.operationId} ${status}`),
    );
    expect(new Set(successes.map(({ id, status }) => `${id} ${status}`))).toEqual(new Set(promised));
  });

  it.each(successes)('holds for $id $status', async ({ id, status, method, path, body }) => {
    ready = status === 503 ? 'unavailable' : 'ready';
    const reply = await api.call(method, path, body === undefined ? {} : { body });
    expect(reply.status).toBe(status);
    expect(find(id).method).toBe(method.toLowerCase());
    check(id, reply);
  });

  it('holds for the problems of every operation', async () => {
    for (const { method, path, operation } of operations.values()) {
      const real = path.replaceAll(/\{channel_type\}/g, '2').replaceAll(/\{\w+\}/g, 'x');
      const id = operation.operationId;
      const verb = method.toUpperCase();
      if (!path.startsWith('/v1/')) continue;
      check(id, await api.call(verb, real, { headers: { authorization: '' } }));
      const unknown = await api.call(verb, `${real}?nobody=1`, { body: {} });
      expect(unknown).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      check(id, unknown);
      if (operation.requestBody === undefined) continue;
      for (const [raw, type, status] of [
        ['{', 'application/json', 400],
        ['{}', 'text/plain', 415],
        [`"${'x'.repeat(1_048_576)}"`, 'application/json', 413],
      ] as const) {
        const reply = await api.call(verb, real, { raw, headers: { 'content-type': type } });
        expect(reply.status).toBe(status);
        check(id, reply);
      }
    }
  });

  it('holds for the problems of single operations', async () => {
    const body = { provider: 'apns', token: 'ab'.repeat(32), app: 'nobody' };
    check('putDevice', await api.call('PUT', '/v1/users/a/devices/b', { body }));
    check('patchDevice', await api.call('PATCH', '/v1/users/a/devices/none', { body: {} }));
    check('getUserProfile', await api.call('GET', '/v1/users/none/profile'));
    check('getChannel', await api.call('GET', '/v1/channels/2/none'));
    const push = { uids: ['a'], notification: { title: 'x' }, app: 'nobody' };
    check('postPush', await api.call('POST', '/v1/push', { body: push }));
    const away = () => Promise.reject(new StoreUnavailableError('away'));
    const broken = await startTestApi({ ...store, devices: override(store.devices, { list: away }) });
    check('listDevices', await broken.call('GET', '/v1/users/a/devices'));
    const bug = () => Promise.reject(new Error('bug'));
    const buggy = await startTestApi({ ...store, devices: override(store.devices, { list: bug }) });
    check('listDevices', await buggy.call('GET', '/v1/users/a/devices'));
  });

  it('names only codes that there are', () => {
    for (const { operation } of operations.values()) {
      for (const { content, description } of Object.values(operation.responses)) {
        if (content === undefined || !('application/problem+json' in content)) continue;
        for (const code of description.split(', ')) expect(Object.keys(problemCodes)).toContain(code);
      }
    }
  });

  it('documents every operation that there is a file for', async () => {
    const routes = join(__dirname, '../../../src/api/routes');
    const sources = await Promise.all(
      (await readdir(routes, { recursive: true }))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFile(join(routes, name), 'utf8')),
    );
    const ids = sources
      .filter((source) => !source.includes('isHidden: true'))
      .map((source) => / id: '(\w+)'/.exec(source)?.[1]);
    expect([...ids].sort()).toEqual([...operations.keys()].sort());
  });

  it('documents the methods that every path takes', async () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const { status, headers } = await api.call('OPTIONS', path.replaceAll(/\{\w+\}/g, 'x'));
      expect(status).toBe(204);
      const allowed = String(headers.allow)
        .split(', ')
        .filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
      expect(allowed.map((method) => method.toLowerCase()).sort()).toEqual(Object.keys(methods).sort());
    }
  });

  it('documents path parameters, queries, headers and both body types', () => {
    const names = (id: string) =>
      (find(id).operation.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`);
    expect(names('putDevice')).toEqual(['path uid', 'path device_id']);
    expect(names('listDevices')).toEqual(['path uid', 'query limit', 'query cursor']);
    expect(names('postPush')).toEqual(['header idempotency-key', 'header traceparent']);
    expect(names('deleteDeadLetters')).toEqual(['query before', 'query all']);
    expect(Object.keys(find('patchDevice').operation.requestBody?.content ?? {})).toEqual([
      'application/json',
      'application/merge-patch+json',
    ]);
  });
});
