import { foreignHosts, foreignOrigins, localHosts } from '../foreign-callers';
import { startTestApi, type TestApi } from './harness';
import { openTestStore } from './test-store';

const calls: readonly (readonly [string, string])[] = [
  ['GET', '/v1/users/a/devices'],
  ['PUT', '/v1/users/a/profile'],
  ['POST', '/v1/users/a/test-push'],
  ['GET', '/openapi.json'],
  ['GET', '/readyz'],
  ['GET', '/metrics'],
  ['GET', '/healthz'],
  ['GET', '/nowhere'],
  ['OPTIONS', '/v1/push'],
];

describe('without API keys', () => {
  let open: TestApi;
  let waived: TestApi;
  let admin: TestApi;
  let keyed: TestApi;

  beforeAll(async () => {
    const store = await openTestStore();
    open = await startTestApi(store, { options: { apiKeys: [] } });
    waived = await startTestApi(store, { options: { apiKeys: [], allowUnauthenticated: true } });
    admin = await startTestApi(store, { options: { allowUnauthenticated: false }, admin: true });
    keyed = await startTestApi(store);
  });

  it.each(calls)('%s %s is 403 for foreign callers', async (method, path) => {
    for (const headers of [
      ...foreignHosts.map((host) => ({ host })),
      ...foreignOrigins.map((origin) => ({ origin })),
    ]) {
      const { status, body } = await open.call(method, path, { headers });
      expect([status, body.code]).toEqual([403, 'not_local']);
      expect((await waived.call(method, path, { headers })).status).not.toBe(403);
      expect((await keyed.call(method, path, { headers })).status).not.toBe(403);
    }
    expect(open.log.some(({ fields }) => fields['event'] === 'api_not_local')).toBe(true);
  });

  it.each(localHosts)('the Host %s is served', async (host) => {
    for (const [method, path] of calls)
      expect((await open.call(method, path, { headers: { host } })).status).not.toBe(403);
  });

  it.each(['/readyz', '/metrics', '/healthz', '/nowhere'])(
    'nor does the admin port on loopback answer foreign callers on %s',
    async (path) => {
      for (const host of foreignHosts)
        expect((await admin.call('GET', path, { headers: { host } })).status).toBe(403);
      expect((await admin.call('GET', path)).status).not.toBe(403);
    },
  );

  it.each([
    'GET /healthz HTTP/1.0\r\n\r\n',
    'GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
  ])('nor are requests whose host is missing, elsewhere or in doubt: %j', async (bytes) => {
    expect(await open.wire(bytes)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('a body that nobody reads', () => {
  it.each([
    ['POST', '/v1/push', 401],
    ['PUT', '/v1/users/a/profile', 401],
    ['GET', '/healthz', 200],
    ['POST', '/healthz', 405],
    ['POST', '/nowhere', 404],
    ['DELETE', '/v1/users/a', 401],
  ])('does not keep the connection: %s %s is %i', async (method, path, status) => {
    const api = await startTestApi(await openTestStore());
    for (const length of ['content-length: 1000000', 'transfer-encoding: chunked']) {
      // Resolves when the server closes.
      const answer = await api.wire(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${length}\r\n\r\n`);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*connection: close`, 'i'));
    }
  });
});
