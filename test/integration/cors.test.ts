import { closeConnections, send } from '../helpers/client';
import { apiKey, Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { createSigner, inSeconds, publicPem, signToken } from '../helpers/user-token';

const page = 'https://chat.example.com';
const signer = createSigner('ES256');

describe('a web page of another origin', () => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    const user_tokens = { public_key: publicPem(signer) };
    relay = await fakes.startRelay({
      yaml: JSON.stringify({ api: { user_tokens, cors_origins: [page, 'http://localhost:5173'] } }),
    });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  const call = (method: string, path: string, headers: Record<string, string>, url = relay.url) =>
    send(url, { method, path, headers });
  const preflight = (origin: string, path = '/v1/users/ann/devices/web', url = relay.url) =>
    call('OPTIONS', path, { origin, 'access-control-request-method': 'PUT' }, url);
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('asks before it calls, and may, without a key and on every path', async () => {
    for (const origin of [page, 'http://localhost:5173'])
      for (const path of ['/v1/users/ann/devices/web', '/v1/apps/default/webpush-key', '/v1/nothing']) {
        const { status, text, headers } = await preflight(origin, path);
        expect({ status, text }).toEqual({ status: 204, text: '' });
        expect(headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'GET, PUT, PATCH, POST, DELETE',
          'access-control-allow-headers': 'authorization, content-type, idempotency-key, x-request-id',
          'access-control-max-age': '7200',
          vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
        });
        expect(headers['access-control-allow-credentials']).toBeUndefined();
      }
  });

  it('reads answers, errors of every kind among them', async () => {
    const own = bearer(signToken(signer, { sub: 'ann' }));
    const expired = bearer(signToken(signer, { sub: 'ann', exp: inSeconds(-3600) }));
    const calls = [
      ['GET', '/v1/users/ann/devices', own, 200],
      ['GET', '/v1/users/eve/devices', own, 403],
      ['GET', '/v1/users/ann/devices', expired, 401],
      ['GET', '/v1/users/ann/devices', {}, 401],
      ['PUT', '/v1/users/ann/devices/web', own, 415],
      ['GET', '/v1/nothing', bearer(apiKey), 404],
      ['POST', '/v1/users/ann/devices', own, 405],
      ['GET', '/v1/users/%ff/devices', bearer(apiKey), 400],
    ] as const;
    for (const [method, path, headers, expected] of calls) {
      const answer = await call(method, path, { origin: page, ...headers });
      expect({ path, status: answer.status }).toEqual({ path, status: expected });
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': page,
        'access-control-expose-headers': 'x-request-id, retry-after, www-authenticate',
        vary: 'Origin',
      });
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  it.each([
    'https://evil.example.com',
    'https://chat.example.com.evil.com',
    'https://chat.example.com:444',
    'http://chat.example.com',
    'https://chat.example.com/',
    'HTTPS://CHAT.EXAMPLE.COM',
    'null',
    '*',
    '',
  ])('that is not configured gets no permission: %s', async (origin) => {
    const asked = await preflight(origin);
    expect(asked.status).toBe(401);
    const read = await call('GET', '/v1/users/ann/devices', { origin, ...bearer(apiKey) });
    for (const { headers } of [asked, read]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers).toMatchObject({ vary: 'Origin' });
    }
  });

  it('and caches between: each answer depends on the origin, without one too', async () => {
    const { headers } = await call('GET', '/v1/users/ann/devices', bearer(apiKey));
    expect(headers).toMatchObject({ vary: 'Origin' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('gets nothing where no origin is configured', async () => {
    await using closed = await fakes.startRelay();
    const answers = [
      await preflight(page, '/v1/users/ann/devices', closed.url),
      await call('GET', '/v1/users/ann/devices', { origin: page, ...bearer(apiKey) }, closed.url),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 200]);
    for (const { headers } of answers)
      expect(Object.keys(headers).filter((name) => /^access-control|^vary$/.test(name))).toEqual([]);
    closeConnections();
  });
});
