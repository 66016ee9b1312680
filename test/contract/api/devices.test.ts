import { cursorOf, startTestApi, type TestApi } from './harness';
import { openTestStore, type TestStore } from './test-store';

const hex = (byte: string) => byte.repeat(32);
const apns = { provider: 'apns', token: hex('ab') };
const fcm = { provider: 'fcm', token: 'fcm-token:APA91b_0123456789' };

describe('devices', () => {
  let api: TestApi;
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    api = await startTestApi(store, { options: { devicesPerUser: 3 } });
  });

  const put = (path: string, body: unknown) => api.call('PUT', `/v1/users/${path}`, { body });

  it('registers a new device with every default and answers 201', async () => {
    const { status, body } = await put('alice/devices/phone', apns);
    expect(status).toBe(201);
    expect(body).toEqual({
      device_id: 'phone',
      provider: 'apns',
      platform: 'ios',
      app: 'default',
      environment: 'production',
      token: '…abababab',
      has_voip_token: false,
      locale: null,
      timezone: null,
      preview: null,
      device_flag: null,
      app_version: null,
      model: null,
      registered_at: '2026-01-31T12:00:00.000Z',
      last_active_at: null,
      last_accepted_at: null,
      state: 'active',
      last_failure_at: null,
      last_failure_reason: null,
    });
  });

  it('keeps every field that a registration names', async () => {
    const { body } = await put('alice/devices/phone', {
      ...apns,
      voip_token: hex('CD'),
      environment: 'sandbox',
      locale: 'zh-cn',
      timezone: 'Asia/Shanghai',
      preview: 'sender',
      device_flag: 0,
      app_version: '1.2',
      model: 'iPhone17,1',
    });
    expect(body).toMatchObject({
      environment: 'sandbox',
      has_voip_token: true,
      locale: 'zh-CN',
      timezone: 'Asia/Shanghai',
      preview: 'sender',
      device_flag: 0,
      app_version: '1.2',
      model: 'iPhone17,1',
    });
    expect(await store.devices.get('alice', 'phone')).toMatchObject({ voipToken: hex('cd') });
  });

  it('answers 200 when it replaces, keeps what is known of the token and ends a suspension', async () => {
    await put('alice/devices/phone', apns);
    await store.devices.update('alice', 'phone', (device) => ({
      ...device,
      lane: 'sandbox',
      lastActiveAtMs: 1000,
      lastAcceptedAtMs: 2000,
      lastFailureAtMs: 3000,
      lastFailureReason: 'BadDeviceToken',
      rejectionsInRow: 5,
      suspendedUntilMs: api.clock.now() + 1000,
    }));
    const suspended = await api.call('GET', '/v1/users/alice/devices');
    expect(suspended.body.items?.[0]).toMatchObject({
      state: 'suspended',
      last_failure_reason: 'BadDeviceToken',
    });
    api.clock.nowMs += 60_000;
    const { status, body } = await put('alice/devices/phone', { ...apns, token: hex('AB') });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      environment: 'sandbox',
      state: 'active',
      registered_at: '2026-01-31T12:01:00.000Z',
      last_active_at: '1970-01-01T00:00:01.000Z',
      last_accepted_at: '1970-01-01T00:00:02.000Z',
      last_failure_at: '1970-01-01T00:00:03.000Z',
    });
    expect(await store.devices.get('alice', 'phone')).toMatchObject({
      rejectionsInRow: 0,
      suspendedUntilMs: null,
    });
  });

  it('forgets what was known of the old token when another replaces it', async () => {
    await put('alice/devices/phone', apns);
    await store.devices.update('alice', 'phone', (device) => ({
      ...device,
      environment: 'sandbox',
      lastActiveAtMs: 1000,
      lastAcceptedAtMs: 2000,
    }));
    const { body } = await put('alice/devices/phone', { ...apns, token: hex('ef') });
    expect(body).toMatchObject({
      environment: 'production',
      last_active_at: '1970-01-01T00:00:01.000Z',
      last_accepted_at: null,
    });
  });

  it('says which devices the limit evicted', async () => {
    for (const index of [1, 2, 3]) {
      api.clock.nowMs += 1000;
      const reply = await put(`alice/devices/d${index}`, { ...fcm, token: `token-${index}` });
      expect(reply.body).not.toHaveProperty('evicted');
    }
    api.clock.nowMs += 1000;
    const { body } = await put('alice/devices/d4', { ...fcm, token: 'token-4' });
    expect(body.evicted).toHaveLength(1);
    expect(body.evicted?.[0]).toMatchObject({ device_id: 'd1' });
  });

  it('takes the only environment of an app where none is said', async () => {
    const { body } = await put('alice/devices/phone', { ...apns, app: 'beta' });
    expect(body).toMatchObject({ app: 'beta', environment: 'sandbox' });
  });

  it.each([
    ['an unknown app', { ...apns, app: 'nobody' }, 'app_not_configured'],
    ['a provider that the app has not', { ...fcm, app: 'beta' }, 'provider_not_configured'],
    [
      'an environment without a credential',
      { ...apns, app: 'beta', environment: 'production' },
      'environment_not_configured',
    ],
  ])('answers 422 to %s', async (_, body, code) => {
    const reply = await put('alice/devices/phone', body);
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ code });
  });

  it.each([
    ['an unknown field', { ...apns, tokn: 'x' }, 'tokn'],
    ['an unknown provider', { provider: 'nokia', token: 'x' }, 'provider'],
    ['no provider', { token: 'x' }, 'provider'],
    ['no token', { provider: 'apns' }, 'token'],
    ['an fcm device without a token', { provider: 'fcm' }, 'token'],
    ['a null token alone', { provider: 'apns', token: null }, 'token'],
    ['an APNs token with spaces', { ...apns, token: '<abab abab>' }, 'token'],
    ['an APNs token of half a byte', { ...apns, token: hex('ab').slice(1) }, 'token'],
    ['an APNs token with a slash', { ...apns, token: '../../3/device/abcdef00' }, 'token'],
    ['an FCM token with a line break', { ...fcm, token: 'abc\r\ndef' }, 'token'],
    ['an FCM token of 5000 characters', { ...fcm, token: 'x'.repeat(5000) }, 'token'],
    ['an FCM token with a letter outside ASCII', { ...fcm, token: 'tökén' }, 'token'],
    ['a VoIP token of an fcm device', { ...fcm, voip_token: hex('ab') }, 'voip_token'],
    ['an environment of an fcm device', { ...fcm, environment: 'production' }, 'environment'],
    ['android over apns', { ...apns, platform: 'android' }, 'platform'],
    ['a number for a locale', { ...apns, locale: 7 }, 'locale'],
    ['a device flag over 255', { ...apns, device_flag: 256 }, 'device_flag'],
    ['a broken device flag', { ...apns, device_flag: 1.5 }, 'device_flag'],
    ['a preview that there is not', { ...apns, preview: 'some' }, 'preview'],
    ['a number for a token', { ...fcm, token: 12345678 }, 'token'],
    ['an endless model', { ...apns, model: 'x'.repeat(129) }, 'model'],
    ['half a surrogate pair', { ...apns, model: '\ud800' }, 'model'],
  ])('answers 400 with the path to %s', async (_, body, path) => {
    const reply = await put('alice/devices/phone', body);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ code: 'invalid_request', errors: [{ path }] });
    expect(await store.deviceCount()).toBe(0);
  });

  it('treats null as not given, so that an answer can be sent back', async () => {
    const { status } = await put('alice/devices/phone', {
      ...fcm,
      voip_token: null,
      environment: null,
      locale: null,
    });
    expect(status).toBe(201);
  });

  it('moves a token to the user who registered it last', async () => {
    await put('alice/devices/phone', apns);
    await put('bob/devices/phone', apns);
    expect((await api.call('GET', '/v1/users/alice/devices')).body).toEqual({ items: [] });
    expect((await api.call('GET', '/v1/users/bob/devices')).body.items).toHaveLength(1);
  });

  describe('PATCH', () => {
    const patch = (body: unknown, headers = {}) =>
      api.call('PATCH', '/v1/users/alice/devices/phone', { body, headers });

    it('adds the VoIP token that comes later and counts as a registration', async () => {
      await put('alice/devices/phone', { ...apns, locale: 'en', environment: 'sandbox' });
      api.clock.nowMs += 1000;
      const type = { 'content-type': 'application/merge-patch+json' };
      const { status, body } = await patch({ voip_token: hex('cd') }, type);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        token: '…abababab',
        has_voip_token: true,
        locale: 'en',
        environment: 'sandbox',
        registered_at: '2026-01-31T12:00:01.000Z',
      });
    });

    it('removes what is null and leaves the registration time', async () => {
      await put('alice/devices/phone', { ...apns, locale: 'en', model: 'x' });
      api.clock.nowMs += 1000;
      const { body } = await patch({ locale: null, model: 'y' });
      expect(body).toMatchObject({ locale: null, model: 'y', registered_at: '2026-01-31T12:00:00.000Z' });
    });

    it('does not end a suspension without a token', async () => {
      await put('alice/devices/phone', apns);
      const suspendedUntilMs = api.clock.now() + 10_000;
      await store.devices.update('alice', 'phone', (device) => ({
        ...device,
        suspendedUntilMs,
        rejectionsInRow: 5,
      }));
      expect((await patch({ locale: 'en' })).body).toMatchObject({ state: 'suspended' });
      expect((await patch({ token: hex('ab') })).body).toMatchObject({ state: 'active' });
    });

    it('refuses a result without a token with 400 and changes nothing', async () => {
      await put('alice/devices/phone', apns);
      const { status, body } = await patch({ token: null, locale: 'en' });
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ path: 'token' }] });
      expect(await store.devices.get('alice', 'phone')).toMatchObject({ token: hex('ab'), locale: null });
    });

    it('checks values as PUT does', async () => {
      await put('alice/devices/phone', apns);
      expect((await patch({ token: 'xyz' })).body).toMatchObject({
        code: 'invalid_request',
        errors: [{ path: 'token' }],
      });
      expect((await patch({ provider: null })).status).toBe(400);
      expect((await patch({ app: 'nobody' })).body).toMatchObject({ code: 'app_not_configured' });
      expect((await patch({ nobody: 1 })).body).toMatchObject({ errors: [{ path: 'nobody' }] });
    });

    it('leaves nothing of the address that the device had at another provider', async () => {
      await put('alice/devices/phone', {
        ...apns,
        voip_token: hex('cd'),
        locale: 'en',
        environment: 'sandbox',
      });
      const refused = await patch({ provider: 'fcm' });
      expect(refused.status).toBe(400);
      expect(refused.body).toMatchObject({ errors: [{ path: 'token' }] });
      const { status, body } = await patch(fcm);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        provider: 'fcm',
        platform: 'android',
        environment: 'production',
        has_voip_token: false,
        locale: 'en',
      });
    });

    it('takes back the environment with null', async () => {
      await put('alice/devices/phone', { ...apns, environment: 'sandbox' });
      expect((await patch({ locale: 'en' })).body).toMatchObject({ environment: 'sandbox' });
      expect((await patch({ environment: null })).body).toMatchObject({ environment: 'production' });
    });

    it('takes a token from its former owner', async () => {
      await put('bob/devices/phone', { ...apns, token: hex('cd') });
      await put('alice/devices/phone', apns);
      await patch({ token: hex('cd') });
      expect((await api.call('GET', '/v1/users/bob/devices')).body).toEqual({ items: [] });
    });

    it('answers 404 where there is no such device', async () => {
      const { status, body } = await patch({ locale: 'en' });
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 'device_not_found' });
    });
  });

  it('lists in pages, in the order of the ids', async () => {
    for (const id of ['b', 'c', 'a']) await put(`alice/devices/${id}`, { ...fcm, token: `token-${id}` });
    const first = await api.call('GET', '/v1/users/alice/devices?limit=2');
    expect(first.body).toMatchObject({ items: [{ device_id: 'a' }, { device_id: 'b' }] });
    const cursor = cursorOf(first);
    const second = await api.call('GET', `/v1/users/alice/devices?limit=2&cursor=${cursor}`);
    expect(second.body).toMatchObject({ items: [{ device_id: 'c' }] });
    expect(second.body).not.toHaveProperty('next_cursor');
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1e2',
    'limit=',
    'cursor=%00',
    'cursor=a',
    'nobody=1',
    'limit=1&limit=2',
  ])('answers 400 to the query %s', async (query) => {
    const { status, body } = await api.call('GET', `/v1/users/alice/devices?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request' });
  });

  it('forgets one device, all devices and a token of either provider, also twice', async () => {
    for (const _ of [1, 2]) {
      expect((await api.call('DELETE', '/v1/users/alice/devices/none')).status).toBe(204);
      expect((await api.call('DELETE', '/v1/users/alice/devices')).status).toBe(204);
      expect((await api.call('DELETE', '/v1/device-tokens/gone')).status).toBe(204);
    }
    await put('alice/devices/a', apns);
    await put('alice/devices/b', fcm);
    expect((await api.call('DELETE', `/v1/device-tokens/${hex('AB')}`)).text).toBe('');
    expect((await api.call('GET', '/v1/users/alice/devices')).body).toMatchObject({
      items: [{ device_id: 'b' }],
    });
    await api.call('DELETE', `/v1/device-tokens/${encodeURIComponent(fcm.token)}`);
    expect((await api.call('GET', '/v1/users/alice/devices')).body).toEqual({ items: [] });
  });

  it('does not take a forgotten device id for all devices', async () => {
    await put('alice/devices/a', apns);
    expect((await api.call('DELETE', '/v1/users/alice/devices/')).status).toBe(404);
    expect((await api.call('DELETE', '/v1/users//devices')).status).toBe(404);
    expect((await api.call('DELETE', '/v1/users/')).status).toBe(404);
    expect(await store.deviceCount()).toBe(1);
  });
});
