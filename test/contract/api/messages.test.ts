import { isDeviceToken } from '../../../src/domain/device-token';
import { providerNames } from '../../../src/domain/provider-table';
import { startTestApi, type TestApi } from './harness';
import { openTestStore } from './test-store';

const hex = 'ab'.repeat(32);
const fcmToken = `dQw4w9WgXcQ:APA91b${'x'.repeat(120)}`;

describe('what an error says', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi(await openTestStore());
  });

  const device = '/v1/users/a/devices/d';
  const first = async (method: string, path: string, body: unknown) => {
    const reply = await api.call(method, path, { body });
    expect(reply.status).toBe(400);
    const [named] = (reply.body.errors ?? []) as unknown as { path: string; message: string }[];
    expect(reply.body.detail).toBe(`${named?.path || 'body'}: ${named?.message}`);
    return reply.body;
  };

  it.each([
    [
      'a flat push, as other gateways take it',
      'POST',
      '/v1/push',
      { uids: ['a'], title: 'x' },
      /^title: belongs in notification/,
    ],
    ['no uids', 'POST', '/v1/push', { notification: { title: 'x' } }, /^uids: is required: a list of uids$/],
    [
      'one uid instead of a list',
      'POST',
      '/v1/push',
      { uids: 'carol', notification: { title: 'x' } },
      /^uids: must be a list of uids$/,
    ],
    ['no notification', 'POST', '/v1/push', { uids: ['a'] }, /^notification: is required: an object$/],
    ['no name', 'PUT', '/v1/users/a/profile', {}, /^name: is required: a text in quotes$/],
    ['a number for a name', 'PUT', '/v1/users/a/profile', { name: 7 }, /^name: must be a text in quotes$/],
    ['a list for a body', 'PUT', '/v1/users/a/profile', [], /^body: must be an object$/],
    [
      'another environment',
      'PUT',
      device,
      { provider: 'apns', token: hex, environment: 'development' },
      /^environment: must be production or sandbox$/,
    ],
    [
      'another preview',
      'PUT',
      device,
      { provider: 'apns', token: hex, preview: 'some' },
      /^preview: must be full, sender or none$/,
    ],
    [
      'another priority',
      'POST',
      '/v1/push',
      { uids: ['a'], notification: { title: 'x' }, priority: 'urgent' },
      /^priority: must be high or normal$/,
    ],
    [
      'a device flag in quotes',
      'PUT',
      device,
      { provider: 'apns', token: hex, device_flag: '1' },
      /^device_flag: must be an integer$/,
    ],
    [
      'camel case',
      'PUT',
      device,
      { provider: 'apns', token: hex, deviceFlag: 1 },
      /^deviceFlag: unknown field; did you mean device_flag\?$/,
    ],
    [
      'a slip of the pen',
      'PUT',
      device,
      { provider: 'apns', token: hex, lcale: 'en' },
      /^lcale: unknown field; did you mean locale\?$/,
    ],
    [
      'a field of another provider',
      'PUT',
      device,
      { provider: 'apns', token: hex, region: 'cn' },
      /^region: only a \w+ device has a region/,
    ],
    ['no count', 'PUT', '/v1/users/a/badge', {}, /^count: is required: an integer$/],
    ['no channel type', 'POST', '/v1/users/a/read', {}, /^channel_type: is required: an integer$/],
    [
      'a misspelt list of uids, not the missing one',
      'POST',
      '/v1/push',
      { uid: 'carol', notification: { title: 'x' } },
      /^uid: unknown field; did you mean uids\?$/,
    ],
    [
      'a misspelt provider',
      'PUT',
      device,
      { provder: 'apns', token: hex },
      /^provder: unknown field; did you mean provider\?$/,
    ],
    [
      'capital letters where no provider is named',
      'PUT',
      device,
      { Provider: 'apns', Token: hex },
      /^Provider: unknown field; did you mean provider\?$/,
    ],
    [
      'both ways to choose dead letters',
      'POST',
      '/v1/dead-letters/replay',
      { ids: ['x'], all: true },
      /^ids: must not be given with all: true$/,
    ],
    [
      'neither way to choose them',
      'POST',
      '/v1/dead-letters/replay',
      {},
      /^ids: is required: either ids or all: true$/,
    ],
  ])('names %s', async (_, method, path, body, detail) => {
    expect((await first(method, path, body)).detail).toMatch(detail);
  });

  it('names provider and token of an empty registration', async () => {
    const { errors } = await first('PUT', device, {});
    expect(errors).toMatchObject([
      { path: 'provider', message: expect.stringMatching(/^is required: one of apns, fcm, /) },
      { path: 'token', message: expect.stringMatching(/^is required/) },
    ]);
  });

  it('asks nothing of the fields of a list', async () => {
    expect((await first('PUT', device, [])).errors).toEqual([{ path: '', message: 'must be an object' }]);
  });

  it('suggests the token field for what others call it', async () => {
    for (const name of ['deviceToken', 'device_token', 'pushToken', 'fcmToken']) {
      const { errors } = await first('PUT', device, { provider: 'fcm', [name]: fcmToken });
      expect(errors).toEqual(
        expect.arrayContaining([{ path: name, message: 'unknown field; did you mean token?' }]),
      );
    }
  });

  it('speaks one language, without words of the library', async () => {
    const values = [undefined, null, true, 7, 1.5, 'x', '', [], {}, [null], -1];
    const fields = {
      [device]: [
        'provider',
        'token',
        'platform',
        'app',
        'locale',
        'timezone',
        'preview',
        'device_flag',
        'app_version',
        'model',
      ],
      '/v1/users/a/profile': ['name', 'avatar_url'],
      '/v1/push': ['uids', 'notification', 'app', 'collapse_id', 'ttl_seconds', 'priority', 'silent'],
      '/v1/dead-letters/replay': ['ids', 'all', 'max_message_age_seconds'],
    };
    for (const [path, names] of Object.entries(fields)) {
      const method = path.startsWith('/v1/users') ? 'PUT' : 'POST';
      for (const name of names)
        for (const value of values) {
          const { status, text } = await api.call(method, path, { body: { [name]: value } });
          if (status !== 400) continue;
          expect(text).not.toMatch(/Invalid|expected|received|Too |Unrecognized|undefined/);
        }
    }
  });

  const slips: readonly (readonly [string, string, RegExp])[] = [
    [`"${fcmToken}"`, 'fcm', /remove the quotes/],
    [`'${hex}'`, 'apns', /remove the quotes/],
    [`{"token":"${fcmToken}"}`, 'fcm', /this is JSON/],
    [`Optional("${fcmToken}")`, 'fcm', /Swift optional/],
    [`<abababab abababab abababab>`, 'apns', /Data as iOS prints it/],
    [`${fcmToken},${fcmToken}`, 'fcm', /several tokens/],
    [`${fcmToken}\n`, 'fcm', /spaces or line breaks around/],
    [` ${hex}`, 'apns', /spaces or line breaks around/],
    [fcmToken, 'apns', /looks like a token of FCM/],
    ['null', 'fcm', /nothing/],
    ['undefined', 'apns', /nothing/],
    ['(null)', 'fcm', /nothing/],
    ['NaN', 'fcm', /nothing/],
  ];

  it.each(slips)(
    'tells what became of the token %j of %s, at every door',
    async (token, provider, message) => {
      const good = provider === 'apns' ? hex : fcmToken;
      const put = await first('PUT', device, { provider, token });
      expect(put.errors).toMatchObject([{ path: 'token', message: expect.stringMatching(message) }]);
      await api.call('PUT', '/v1/users/a/devices/known', { body: { provider, token: good } });
      const patch = await first('PATCH', '/v1/users/a/devices/known', { token });
      expect(patch.errors).toMatchObject([{ path: 'token', message: expect.stringMatching(message) }]);
      if (token === fcmToken) return;
      const gone = await api.call('DELETE', `/v1/device-tokens/${encodeURIComponent(token)}`);
      // What a maker's SDK may return is nearly any text; whatever else it is, is refused.
      const isMakers = providerNames.some((name) => isDeviceToken(name, token));
      if (isMakers) expect(gone.status).toBe(204);
      else expect(gone).toMatchObject({ status: 400, body: { errors: [{ path: 'token' }] } });
    },
  );

  it('warns of an APNs token that is registered with FCM', async () => {
    const { status, body } = await api.call('PUT', device, { body: { provider: 'fcm', token: hex } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ warnings: [{ path: 'token', message: expect.stringContaining('APNs') }] });
  });
});

describe('locales and time zones', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi(await openTestStore());
  });

  const put = (more: object) =>
    api.call('PUT', '/v1/users/a/devices/d', { body: { provider: 'apns', token: hex, ...more } });

  it.each([
    ['zh_CN', 'zh-CN'],
    ['zh_CN_#Hans', 'zh-Hans-CN'],
    ['en_US', 'en-US'],
    ['zh-Hans-CN', 'zh-Hans-CN'],
    ['zh-Hans_CN', 'zh-Hans-CN'],
    ['zh-CN-Hans', 'zh-Hans-CN'],
    ['C', 'en-US-u-va-posix'],
    ['POSIX', 'en-US-u-va-posix'],
    ['en_US.UTF-8', 'en-US'],
    ['en_US@calendar=gregorian', 'en-US'],
    ['iw_IL', 'he-IL'],
    ['zh-rCN', 'zh-CN'],
    ['b+zh+Hans+CN', 'zh-Hans-CN'],
    ['zh-CN,zh;q=0.9', 'zh-CN'],
    ['sr_RS@latin', 'sr-Latn-RS'],
  ])('keeps %s as %s, by PUT and PATCH', async (locale, canonical) => {
    expect((await put({ locale })).body).toMatchObject({ locale: canonical });
    await put({});
    const patched = await api.call('PATCH', '/v1/users/a/devices/d', { body: { locale } });
    expect(patched).toMatchObject({ status: 200, body: { locale: canonical } });
    expect(patched.body).not.toHaveProperty('warnings');
  });

  it.each(['', 'english', '中文', '?', 'x'.repeat(5000), '\u0000', '_', '123'])(
    'warns of the locale %j and goes on without it',
    async (locale) => {
      const reply = await put({ locale });
      expect(reply.status).toBeLessThan(300);
      expect(reply.body).toMatchObject({ locale: null, warnings: [{ path: 'locale' }] });
    },
  );

  it.each([
    ['Asia/Shanghai', 'Asia/Shanghai'],
    ['PRC', 'PRC'],
    ['GMT+08:00', 'Etc/GMT-8'],
    ['GMT+0800', 'Etc/GMT-8'],
    ['GMT+5:30', 'Asia/Kolkata'],
    ['+0545', 'Asia/Kathmandu'],
    ['UTC', 'UTC'],
    ['CET', 'CET'],
  ])('keeps the time zone %s as %s', async (timezone, kept) => {
    expect((await put({ timezone })).body).toMatchObject({ timezone: kept });
  });

  it.each(['Mars/Olympus', 'China Standard Time', '', '+05:20', 'CST', 'ist'])(
    'warns of the time zone %j and goes on without it',
    async (timezone) => {
      expect((await put({ timezone })).body).toMatchObject({
        timezone: null,
        warnings: [{ path: 'timezone' }],
      });
    },
  );

  it('takes a VoIP token without a word', async () => {
    const { body } = await put({ voip_token: 'cd'.repeat(32) });
    expect(body['has_voip_token']).toBe(true);
    expect(body['warnings']).toBeUndefined();
  });

  it('shows one device', async () => {
    await put({ locale: 'zh_CN' });
    const list = await api.call('GET', '/v1/users/a/devices');
    const one = await api.call('GET', '/v1/users/a/devices/d');
    expect(one.status).toBe(200);
    expect(one.body).toEqual(list.body.items?.[0]);
    expect(await api.call('GET', '/v1/users/a/devices/none')).toMatchObject({
      status: 404,
      body: { code: 'device_not_found' },
    });
  });
});
