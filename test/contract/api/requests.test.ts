import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { key, startTestApi, type TestApi } from './harness';
import { openTestStore, override, type TestStore } from './test-store';

describe('every request', () => {
  let api: TestApi;
  let store: TestStore;

  beforeAll(async () => {
    store = await openTestStore();
    api = await startTestApi(store);
  });

  describe('identifiers', () => {
    it.each([
      ['a slash', 'a/b'],
      ['an emoji', '🐉'],
      ['dots', '..'],
      ['one dot', '.'],
      ['a per cent sign', '100%25'],
      ['a NUL', 'a\u0000b'],
      ['a question mark and a hash', 'a?b#c'],
      ['a plus and a space', 'a+b c'],
      ['a backslash', 'a\\b'],
      ['256 bytes', '好'.repeat(85) + 'x'],
      ['__proto__', '__proto__'],
      ['a colon and an asterisk', ':uid*'],
    ])('keeps %s apart in uid, device id and channel id', async (_, id) => {
      const path = encodeURIComponent(id);
      const body = { provider: 'fcm', token: 'token' };
      expect((await api.call('PUT', `/v1/users/${path}/devices/${path}`, { body })).status).toBe(201);
      expect(await store.devices.get(id, id)).toMatchObject({ uid: id, deviceId: id });
      const list = await api.call('GET', `/v1/users/${path}/devices`);
      expect(list.body).toMatchObject({ items: [{ device_id: id }] });
      const name = { name: `channel ${path}`.slice(0, 256) };
      expect((await api.call('PUT', `/v1/channels/2/${path}`, { body: name })).status).toBe(200);
      expect((await api.call('GET', `/v1/channels/2/${path}`)).body).toMatchObject(name);
      expect((await api.call('DELETE', `/v1/users/${path}/devices/${path}`)).status).toBe(204);
      expect(await store.devices.get(id, id)).toBeNull();
    });

    it.each(['%zz', '%', '%ff', '%c3%28', '%ed%a0%80'])(
      'answers 400 to the path segment %s',
      async (segment) => {
        const { status, body } = await api.call('GET', `/v1/users/${segment}/devices`);
        expect(status).toBe(400);
        expect(body).toMatchObject({ code: 'malformed_path' });
      },
    );

    it('answers 400 to a uid of 257 bytes', async () => {
      const { status, body } = await api.call(
        'GET',
        `/v1/users/${encodeURIComponent('好'.repeat(85) + 'xy')}/devices`,
      );
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ path: 'uid' }] });
    });

    it.each(['-1', '256', '1.5', '1e1', '01', 'x', '%20'])(
      'answers 400 to the channel type %s',
      async (type) => {
        const { status, body } = await api.call('GET', `/v1/channels/${type}/c`);
        expect(status).toBe(400);
        expect(body).toMatchObject({ errors: [{ path: 'channel_type' }] });
      },
    );
  });

  describe('authentication', () => {
    it.each([
      ['nothing', ''],
      ['another key', 'Bearer other'],
      ['the beginning of the key', `Bearer ${key.slice(0, -1)}`],
      ['the key and more', `Bearer ${key}x`],
      ['two keys', `Bearer ${key} ${key}`],
      ['Basic', `Basic ${Buffer.from(`x:${key}`).toString('base64')}`],
      ['an empty key', 'Bearer '],
    ])('answers 401 to %s', async (_, authorization) => {
      const { status, headers, body } = await api.call('GET', '/v1/users/alice/devices', {
        headers: { authorization },
      });
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe('Bearer');
      expect(body).toMatchObject({ code: 'unauthenticated', status: 401 });
      expect(api.log.some(({ fields }) => fields.event === 'api_unauthenticated')).toBe(true);
      expect(JSON.stringify(api.log)).not.toContain(key.slice(0, -1));
    });

    it('does not tell a stranger which paths there are', async () => {
      const headers = { authorization: '' };
      expect((await api.call('GET', '/v1/nothing', { headers })).status).toBe(401);
      expect((await api.call('PUT', '/v1/push', { headers })).status).toBe(401);
      expect((await api.call('GET', '/v1/users/%zz/devices', { headers })).status).toBe(401);
    });

    it('takes any of several keys', async () => {
      const several = await startTestApi(store, { options: { apiKeys: ['one', 'two', 'schlüssel'] } });
      for (const name of ['one', 'two', Buffer.from('schlüssel').toString('latin1')]) {
        const headers = { authorization: `bearer ${name}` };
        expect((await several.call('GET', '/v1/users/a/devices', { headers })).status).toBe(200);
      }
    });

    it('is open where no key is configured', async () => {
      const open = await startTestApi(store, { options: { apiKeys: [] } });
      expect((await open.call('GET', '/v1/users/a/devices', { headers: { authorization: '' } })).status).toBe(
        200,
      );
    });
  });

  describe('request id', () => {
    it('comes back as it was sent where it is harmless', async () => {
      const headers = { 'x-request-id': 'trace-1:2/3' };
      expect((await api.call('GET', '/healthz', { headers })).headers['x-request-id']).toBe('trace-1:2/3');
    });

    it.each(['', 'x'.repeat(129), 'with space', 'caf\u00e9'])('is a new one instead of "%s"', async (id) => {
      const { headers } = await api.call('GET', '/healthz', { headers: { 'x-request-id': id } });
      expect(headers['x-request-id']).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    });

    it('stands on answers of every kind', async () => {
      for (const path of [
        '/healthz',
        '/nowhere',
        '/v1/users/%zz/devices',
        '/v1/push',
        '/metrics',
        '/openapi.json',
      ]) {
        const { headers } = await api.call('GET', path);
        expect(headers['x-request-id']).toBeTruthy();
        expect(headers['cache-control']).toBe('no-store');
        expect(headers).not.toHaveProperty('x-powered-by');
        expect(headers).not.toHaveProperty('etag');
      }
    });
  });

  describe('paths and methods', () => {
    it.each([
      '/',
      '/v1',
      '/v1/',
      '/V1/push',
      '/v1/push/',
      '/v2/push',
      '/v1/users/a',
      '/v1//push',
      '/%761/push',
      '/v1/calls',
    ])('answers a problem to GET %s', async (path) => {
      const { status, headers, body } = await api.call('GET', path);
      expect([404, 405]).toContain(status);
      expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(body).toMatchObject({ status, code: status === 404 ? 'not_found' : 'method_not_allowed' });
    });

    it.each([
      ['/v1/pushes/x', 'push_not_found'],
      ['/v1/messages/1', 'message_not_found'],
    ])('says of %s that nothing is known of it, and why', async (path, code) => {
      const { status, body } = await api.call('GET', path);
      const detail: unknown = expect.stringContaining('trace.sample is 0');
      expect([status, body]).toEqual([404, expect.objectContaining({ code, detail })]);
    });

    it('answers 405 with the methods that there are', async () => {
      const { status, headers, body } = await api.call('POST', '/v1/users/a/devices');
      expect(status).toBe(405);
      expect(headers.allow).toBe('GET, DELETE, HEAD, OPTIONS');
      expect(body).toMatchObject({ code: 'method_not_allowed' });
    });

    it('answers HEAD like GET without a body, and OPTIONS with the methods', async () => {
      const head = await api.call('HEAD', '/v1/users/a/devices');
      expect(head.status).toBe(200);
      expect(head.text).toBe('');
      const options = await api.call('OPTIONS', '/v1/push');
      expect(options.status).toBe(204);
      expect(options.headers.allow).toBe('POST, OPTIONS');
    });
  });

  describe('bodies', () => {
    const path = '/v1/users/alice/profile';
    const send = (raw: string | Buffer, headers = {}) => api.call('PUT', path, { raw, headers });

    it.each([
      ['nothing', ''],
      ['half an object', '{"name":"a"'],
      ['single quotes', "{'name':'a'}"],
      ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
      ['UTF-16', Buffer.from('{"name":"a"}', 'utf16le')],
      ['two documents', '{"name":"a"}{"name":"b"}'],
    ])('answers 400 to %s', async (_, raw) => {
      const { status, body } = await send(raw);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'malformed_json' });
    });

    it('names the place where a body breaks, and never quotes it', async () => {
      const { body, text } = await send('{\n  "name": "ä", secret-content}');
      expect(body).toMatchObject({ detail: 'The body is not JSON: line 2, column 16 breaks it.' });
      expect(text).not.toContain('secret');
      expect((await send('{"name":"a"} secret')).body).toMatchObject({
        detail: 'The body is not JSON: line 1, column 14 breaks it.',
      });
      expect((await send('{"name":"a"')).body).toMatchObject({
        detail: 'The body is not JSON: it ends too early.',
      });
    });

    it.each([
      ['no content type', { 'content-type': '' }],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['plain text', { 'content-type': 'text/plain' }],
      ['a merge patch on PUT', { 'content-type': 'application/merge-patch+json' }],
      ['another charset', { 'content-type': 'application/json; charset=iso-8859-1' }],
      ['gzip', { 'content-encoding': 'gzip' }],
    ])('answers 415 to %s', async (_, headers) => {
      const { status, body } = await send('{"name":"a"}', headers);
      expect(status).toBe(415);
      expect(body).toMatchObject({ code: 'unsupported_media_type' });
    });

    it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
      'takes %s',
      async (type) => {
        expect((await send('{"name":"a"}', { 'content-type': type })).status).toBe(200);
      },
    );

    it('answers 413 to more than 1 MiB and keeps the connection usable', async () => {
      const { status, body } = await send(`{"name":"${'x'.repeat(2 * 1024 * 1024)}"}`);
      expect(status).toBe(413);
      expect(body).toMatchObject({ code: 'body_too_large' });
    });

    it('closes the connection of a caller who does not stop sending', async () => {
      const head =
        `PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n` +
        'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      const body = Array.from({ length: 20 }, () => [
        Buffer.from('100000\r\n'),
        chunk,
        Buffer.from('\r\n'),
      ]).flat();
      const answer = await api.wire(Buffer.concat([Buffer.from(head), ...body])).catch(String);
      expect(answer).toMatch(/^HTTP\/1\.1 413 |ECONNRESET|EPIPE/);
      expect((await api.call('GET', '/healthz')).status).toBe(200);
    });

    it.each(['{}', '[]', '1', '"a"'])('refuses what is wider than any request: %s', async (value) => {
      const body = `{"uids":[${`${value},`.repeat(20_000)}${value}],"notification":{"title":"t"}}`;
      const reply = await api.call('POST', '/v1/push', { raw: body });
      expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      expect(reply.body).not.toHaveProperty('errors');
    });

    it('survives a megabyte of nested arrays', async () => {
      const depth = 500_000;
      const { status, body } = await send('['.repeat(depth) + ']'.repeat(depth));
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'invalid_request' });
      const nested = await send(`{"name":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`);
      expect(nested.status).toBe(400);
    });

    it('refuses __proto__ wherever it stands, escaped too', async () => {
      for (const raw of [
        '{"name":"a","__proto__":{"x":1}}',
        '{"name":"a","\\u005f_proto__":1}',
        '[{"a":[{"__proto__":1}]}]',
      ]) {
        const { status, body } = await send(raw);
        expect(status).toBe(400);
        expect(body).toMatchObject({ code: 'invalid_request' });
      }
      expect(({} as Record<string, unknown>).x).toBeUndefined();
    });

    it('names at most 50 of many mistakes, none of them at length', async () => {
      const many = Object.fromEntries(
        Array.from({ length: 5000 }, (_, index) => [`${index}-${'x'.repeat(100)}`, 1]),
      );
      const { status, text, body } = await send(JSON.stringify(many));
      expect(status).toBe(400);
      expect(body.errors).toHaveLength(50);
      expect(text.length).toBeLessThan(20_000);
      const long = await send(JSON.stringify({ name: 'a', ['y'.repeat(900_000)]: 1 }));
      expect(long.text.length).toBeLessThan(2000);
    });

    it('does not read a body that an operation does not take', async () => {
      const { status } = await api.call('DELETE', '/v1/users/alice/devices', {
        raw: 'anything',
        headers: { 'content-type': 'x/y' },
      });
      expect(status).toBe(204);
    });

    it('bears a caller who leaves in the middle of a body', async () => {
      const { createConnection } = await import('node:net');
      const socket = createConnection(api.port, '127.0.0.1');
      socket.write(
        `PUT /v1/users/gone/profile HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"name"`,
        () => socket.destroy(),
      );
      await new Promise((resolve) => socket.once('close', resolve));
      expect((await api.call('GET', '/healthz')).status).toBe(200);
      expect(await store.profiles.getUsers(['gone'])).toEqual([null]);
    });
  });

  describe('what never becomes a request', () => {
    it('answers 431 to huge headers', async () => {
      const answer = await api.wire(`GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      expect(answer).toContain('"code":"headers_too_large"');
      expect(answer).toContain('x-request-id: ');
    });

    it('answers 400 to what is no HTTP', async () => {
      const answer = await api.wire('\u0016\u0003\u0001 hello\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"malformed_http"');
    });

    it.each(['http://[/v1/push', '//v1/push', 'http://', '*', 'http://x/v1/push?%zz'])(
      'answers a problem to the request target %s',
      async (target) => {
        const answer = await api.wire(
          `GET ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n\r\n`,
        );
        expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
        expect(answer).toContain('application/problem+json');
      },
    );
  });

  describe('failures', () => {
    it('answers 503 that says so when the store is away', async () => {
      const away = () => Promise.reject(new StoreUnavailableError('redis://secret@host refused'));
      const broken = await startTestApi({ ...store, devices: override(store.devices, { list: away }) });
      const { status, headers, text, body } = await broken.call('GET', '/v1/users/a/devices');
      expect(status).toBe(503);
      expect(headers['retry-after']).toBe('1');
      expect(body).toMatchObject({ code: 'store_unavailable' });
      expect(text).not.toContain('secret');
    });

    it('answers 500 without a word about the cause, which the log has', async () => {
      const bug = () => Promise.reject(new TypeError('secret of the house'));
      const broken = await startTestApi({ ...store, devices: override(store.devices, { list: bug }) });
      const { status, text, body } = await broken.call('GET', '/v1/users/a/devices', {
        headers: { 'x-request-id': 'r1' },
      });
      expect(status).toBe(500);
      expect(body).toMatchObject({ code: 'internal' });
      expect(text).not.toMatch(/secret|TypeError|\.ts/);
      expect(broken.log).toContainEqual(
        expect.objectContaining({
          level: 'error',
          fields: expect.objectContaining({ requestId: 'r1', operation: 'listDevices' }),
        }),
      );
    });

    it('counts requests by operation and status, never by path', async () => {
      const counted = await startTestApi(store);
      await counted.call('GET', '/v1/users/secret-uid/devices');
      await counted.call('GET', '/v1/nowhere/secret-uid');
      const { text } = await counted.call('GET', '/metrics');
      expect(text).toContain('relay_api_requests_total{operation="listDevices",status="200"} 1');
      expect(text).toContain('relay_api_requests_total{operation="none",status="404"} 1');
      expect(text).not.toContain('secret-uid');
    });
  });
});
