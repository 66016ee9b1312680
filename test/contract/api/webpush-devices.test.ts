import { createECDH } from 'node:crypto';
import { startTestApi, webPushKey, type TestApi } from './harness';
import { openTestStore } from './test-store';

const pair = createECDH('prime256v1');
const keys = { p256dh: pair.generateKeys('base64url'), auth: Buffer.alloc(16, 7).toString('base64url') };
const endpoint = 'https://push.example.com/wpush/v2/gAAAA-abcdefgh?up=1';
const registration = { provider: 'webpush', subscription: { endpoint, keys, expirationTime: null } };

describe('devices of Web Push', () => {
  let api: TestApi;

  beforeEach(async () => {
    api = await startTestApi(await openTestStore());
  });

  const put = (body: unknown, device = 'browser') =>
    api.call('PUT', `/v1/users/alice/devices/${device}`, { body });
  const withSubscription = (change: object) => ({
    ...registration,
    subscription: { ...registration.subscription, ...change },
  });

  it('registers what a browser gives, and shows the host and the last characters alone', async () => {
    const { status, body } = await put(registration);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      provider: 'webpush',
      platform: 'web',
      environment: 'production',
      token: 'push.example.com…fgh?up=1',
    });
    const { text } = await api.call('GET', '/v1/users/alice/devices');
    expect(text).not.toContain('gAAAA');
    expect(text).not.toContain(keys.auth);
    expect((await put({ ...registration, platform: 'android' })).status).toBe(200);
  });

  it('takes keys with padding, and in plain base64', async () => {
    const padded = {
      p256dh: Buffer.from(keys.p256dh, 'base64url').toString('base64'),
      auth: `${keys.auth}==`,
    };
    expect((await put(withSubscription({ keys: padded }))).status).toBe(201);
    expect((await put(registration)).status).toBe(200);
  });

  const offCurve = Buffer.from(keys.p256dh, 'base64url');
  offCurve[64] = (offCurve[64] as number) ^ 1;
  it.each([
    ['http', { endpoint: 'http://push.example.com/x' }, 'subscription.endpoint'],
    ['no URL', { endpoint: 'push.example.com/x' }, 'subscription.endpoint'],
    ['a user', { endpoint: 'https://a:b@push.example.com/x' }, 'subscription.endpoint'],
    ['a fragment', { endpoint: 'https://push.example.com/x#y' }, 'subscription.endpoint'],
    ['another form', { endpoint: 'https://PUSH.example.com/x' }, 'subscription.endpoint'],
    ['2,049 bytes', { endpoint: `https://push.example.com/${'x'.repeat(2_024)}` }, 'subscription.endpoint'],
    ['a foreign host', { endpoint: 'https://169.254.169.254/latest' }, 'subscription.endpoint'],
    [
      'a point off the curve',
      { keys: { ...keys, p256dh: offCurve.toString('base64url') } },
      'subscription.keys.p256dh',
    ],
    ['a short point', { keys: { ...keys, p256dh: keys.p256dh.slice(0, 60) } }, 'subscription.keys.p256dh'],
    ['15 bytes', { keys: { ...keys, auth: keys.auth.slice(0, 20) } }, 'subscription.keys.auth'],
    ['no keys', { keys: undefined }, 'subscription.keys'],
    ['a strange field', { extra: 1 }, 'subscription.extra'],
    ['a time that is none', { expirationTime: 'soon' }, 'subscription.expirationTime'],
  ])('refuses %s, and names the field', async (_, change, path) => {
    const { status, body } = await put(withSubscription(change));
    expect([status, body['errors']?.[0]?.['path']]).toEqual([400, path]);
  });

  it('takes an endpoint of 2,048 bytes', async () => {
    const longest = `https://push.example.com/${'x'.repeat(2_048 - 25)}`;
    expect(longest).toHaveLength(2_048);
    expect((await put(withSubscription({ endpoint: longest }))).status).toBe(201);
    expect((await api.call('DELETE', `/v1/device-tokens/${encodeURIComponent(longest)}`)).status).toBe(204);
    expect((await api.call('GET', '/v1/users/alice/devices/browser')).status).toBe(404);
  });

  it.each([
    ['a token instead', { provider: 'webpush', token: 'x' }, 'token'],
    ['a subscription of FCM', { provider: 'fcm', token: 'abc', subscription: {} }, 'subscription'],
    ['an environment', { ...registration, environment: 'production' }, 'environment'],
    ['another platform', { ...registration, platform: 'harmonyos' }, 'platform'],
    ['nothing', { provider: 'webpush' }, 'subscription'],
  ])('refuses %s', async (_, body, path) => {
    const answer = await put(body);
    expect(answer.status).toBe(400);
    const errors = answer.body['errors'] as unknown as { path: string }[];
    expect(errors.map((error) => error.path)).toContain(path);
  });

  it('moves an endpoint to whoever registers it last, and forgets it by its address', async () => {
    await put(registration);
    await api.call('PUT', '/v1/users/bob/devices/browser', { body: registration });
    expect((await api.call('GET', '/v1/users/alice/devices/browser')).status).toBe(404);
    const token = encodeURIComponent(endpoint);
    expect((await api.call('DELETE', `/v1/device-tokens/${token}`)).status).toBe(204);
    expect((await api.call('GET', '/v1/users/bob/devices/browser')).status).toBe(404);
  });

  it('keeps the subscription when another field is patched, and takes another one', async () => {
    await put(registration);
    const patch = (body: unknown) => api.call('PATCH', '/v1/users/alice/devices/browser', { body });
    expect((await patch({ locale: 'zh-CN' })).body).toMatchObject({
      locale: 'zh-CN',
      token: 'push.example.com…fgh?up=1',
    });
    const subscription = { endpoint: 'https://push.example.com/another-one', keys };
    expect((await patch({ subscription })).body).toMatchObject({ token: 'push.example.com…ther-one' });
    expect((await patch({ subscription: { endpoint } })).status).toBe(400);
  });

  it('gives the public key of an app', async () => {
    const key = await api.call('GET', '/v1/apps/default/webpush-key');
    expect([key.status, key.body]).toEqual([200, { public_key: webPushKey }]);
    expect((await api.call('GET', '/v1/apps/beta/webpush-key')).body).toMatchObject({
      code: 'provider_not_configured',
    });
    expect((await api.call('GET', '/v1/apps/none/webpush-key')).body).toMatchObject({
      code: 'app_not_configured',
    });
  });
});
