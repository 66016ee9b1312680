import { Redis } from 'ioredis';
import { api, apnsToken, closeConnections, eventually, postMessage, send } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import type { RelayProcess } from '../helpers/relay-process';

const bundle = 'com.example.sandbox';

describeWithRedis('the clients of TangSengDaoDao', () => {
  let fakes: Fakes;
  let server: RedisServer;
  let relay: RelayProcess;
  let topic: string;

  beforeAll(async () => {
    fakes = await Fakes.start();
    topic = fakes.sandbox.credentials.apns.topic;
    server = await RedisServer.start();
    const redis = new Redis(server.url);
    await redis.mset({
      'token:login-of-ann': '{"uid":"ann","name":"Ann","role":"","ver":1}',
      'token:login-of-bob': 'bob@Bob@admin',
      'token:broken': '{"uid":',
      'token:nobody': '{"name":"x"}',
      'token:empty': '',
      'token:half': '{"uid":"\\ud800"}',
    });
    redis.disconnect();
    const tangsengdaodao = { redis_url: server.url };
    relay = await fakes.startRelay({ yaml: JSON.stringify({ compat: { tangsengdaodao } }) });
    await eventually(
      () => call('POST', 'device_badge', { badge: 0 }),
      ({ status }) => status === 200,
    );
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await server.stop();
    await fakes[Symbol.asyncDispose]();
  });

  const call = async (
    method: string,
    name: string,
    body?: unknown,
    headers: Record<string, string> = { token: 'login-of-ann' },
  ) => {
    const { status, text } = await send(relay.url, {
      method,
      path: `/v1/user/${name}`,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status, body: JSON.parse(text) as unknown };
  };
  const isAway = (line: Record<string, unknown>) => line['event'] === 'tangsengdaodao_redis_away';
  const ok = { status: 200, body: { status: 200 } };
  const failure = (msg: unknown) => ({ status: 400, body: { msg, status: 400 } });
  const devicesOf = async (uid: string) =>
    ((await api(relay.url, 'GET', `/users/${uid}/devices`)).body as { items: Record<string, unknown>[] })
      .items;
  const fcm = { device_token: 'fcm-token-of-ann', device_type: 'FIREBASE' };
  const ios = { device_token: apnsToken('ann/ios'), device_type: 'IOS' };

  it('register, are pushed to, and leave', async () => {
    expect(await call('POST', 'device_token', { ...ios, bundle_id: topic })).toEqual(ok);
    const android = {
      device_token: 'fcm-token-of-ann-on-android',
      device_type: 'FIREBASE',
      bundle_id: bundle,
    };
    const sent = { token: 'login-of-ann', model: 'Pixel 9', version: '3.2.0', package: bundle };
    expect(await call('POST', 'device_token', android, sent)).toEqual(ok);
    expect(await devicesOf('ann')).toMatchObject([
      { device_id: `FIREBASE:${bundle}`, provider: 'fcm', model: 'Pixel 9', app_version: '3.2.0' },
      { device_id: `IOS:${topic}`, provider: 'apns', platform: 'ios' },
    ]);
    await postMessage(relay.url, { to: ['ann'], from: 'bob' });
    await fakes.sandbox.apns.waitForAccepted(1);
    await fakes.sandbox.fcm.waitForAccepted(1);
    expect(await call('DELETE', 'device_token', undefined, { ...sent })).toEqual(ok);
    expect((await devicesOf('ann')).map((device) => device['device_id'])).toEqual([`IOS:${topic}`]);
    expect(await call('DELETE', 'device_token')).toEqual(ok);
    expect(await call('DELETE', 'device_token')).toEqual(ok);
    expect(await devicesOf('ann')).toEqual([]);
  });

  it('replace their token, and keep what was registered by other means', async () => {
    const own = { provider: 'apns', token: apnsToken('ann/own') };
    await api(relay.url, 'PUT', '/users/ann/devices/own', own);
    for (const name of ['one', 'two'])
      await call('POST', 'device_token', { ...ios, device_token: apnsToken(name), bundle_id: topic });
    expect((await devicesOf('ann')).map((device) => device['device_id'])).toEqual([`IOS:${topic}`, 'own']);
    await call('DELETE', 'device_token');
    expect((await devicesOf('ann')).map((device) => device['device_id'])).toEqual(['own']);
    await api(relay.url, 'DELETE', '/users/ann/devices');
  });

  it('of iOS send a VoIP token by itself', async () => {
    const voip = { voip_device_token: apnsToken('ann/voip') };
    expect(await call('POST', 'device_token', voip)).toEqual(failure('bundleID不能为空！'));
    await call('POST', 'device_token', { ...ios, bundle_id: topic });
    expect(await call('POST', 'device_token', voip)).toEqual(ok);
    const both = [{ device_id: `IOS:${topic}`, has_voip_token: true, token: expect.any(String) }];
    expect(await devicesOf('ann')).toMatchObject(both);
    await call('POST', 'device_token', { ...ios, bundle_id: topic });
    expect(await devicesOf('ann')).toMatchObject(both);
    await call('DELETE', 'device_token');
    const headers = { token: 'login-of-ann', bundle_id: topic };
    expect(await call('POST', 'device_token', voip, headers)).toEqual(ok);
    expect(await devicesOf('ann')).toMatchObject([{ has_voip_token: true, token: null }]);
    await call('DELETE', 'device_token');
  });

  it('set the badge', async () => {
    expect(await call('POST', 'device_badge', { badge: 7 })).toEqual(ok);
    expect((await api(relay.url, 'GET', '/users/ann/badge')).body).toEqual({ app: 'default', count: 7 });
    expect(await call('POST', 'device_badge', { badge: -1 })).toEqual(ok);
    expect((await api(relay.url, 'GET', '/users/ann/badge')).body).toEqual({ app: 'default', count: 0 });
    for (const badge of ['7', 1.5, null, 2 ** 40])
      expect(await call('POST', 'device_badge', { badge })).toEqual(failure('数据格式有误！'));
  });

  it('are known by both forms of a login', async () => {
    const headers = { token: 'login-of-bob' };
    const token = { device_token: apnsToken('bob'), device_type: 'IOS', bundle_id: topic };
    expect(await call('POST', 'device_token', token, headers)).toEqual(ok);
    expect(await devicesOf('bob')).toHaveLength(1);
    expect(await devicesOf('ann')).toEqual([]);
  });

  it.each([
    [{}],
    [{ token: '' }],
    [{ token: 'unknown' }],
    [{ token: 'broken' }],
    [{ token: 'nobody' }],
    [{ token: 'empty' }],
    [{ token: 'half' }],
    [{ token: 'x'.repeat(5_000) }],
    [{ authorization: 'Bearer api-key-of-the-tests' }],
  ])('are asked to log in with %j', async (headers: Record<string, string>) => {
    for (const [method, name] of [
      ['POST', 'device_token'],
      ['DELETE', 'device_token'],
      ['POST', 'device_badge'],
    ] as const)
      expect(await call(method, name, undefined, headers)).toEqual({
        status: 401,
        body: { msg: '请先登录！' },
      });
  });

  it.each([
    [{ device_type: 'IOS', bundle_id: 'x' }, '设备token不能为空！'],
    [{ device_token: ' ', device_type: 'IOS', bundle_id: 'x' }, '设备token不能为空！'],
    [{ device_token: 'aa', bundle_id: 'x' }, '设备类型不能为空！'],
    [{ device_token: 'aa', device_type: 'IOS' }, 'bundleID不能为空！'],
    // Each would make a device id that the REST API cannot name: too long, half a character, an escape of terminals.
    [{ ...fcm, bundle_id: '包'.repeat(200) }, 'bundleID不能为空！'],
    [{ ...fcm, bundle_id: 'com.\ud800' }, 'bundleID不能为空！'],
    [{ ...fcm, bundle_id: 'com.\u001b[31mred' }, 'bundleID不能为空！'],
    [{ voip_device_token: 'aa', bundle_id: '包'.repeat(200) }, 'bundleID不能为空！'],
    [{ device_token: 7, device_type: 'IOS', bundle_id: 'x' }, '数据格式有误！'],
    [{ ...ios, bundle_id: 'com.other.app' }, '没有配置 IOS 推送：com.other.app'],
    [{ device_token: 'aa', device_type: 'ios', bundle_id: 'x' }, '没有配置 ios 推送：x'],
    [{ device_token: 'aa', device_type: 'VIVO', bundle_id: 'x' }, '没有配置 VIVO 推送：x'],
    [{ device_token: 'aa', device_type: '__proto__', bundle_id: 'x' }, '没有配置 __proto__ 推送：x'],
    ['[]', '数据格式有误！'],
    ['{', '数据格式有误！'],
    ['', '数据格式有误！'],
    ['null', '数据格式有误！'],
  ])('are told what is wrong with %j', async (body, msg) => {
    expect(await call('POST', 'device_token', body)).toEqual(failure(msg));
  });

  it('are told of a token that no phone has', async () => {
    const body = { device_token: 'not hex', device_type: 'IOS', bundle_id: topic };
    expect(await call('POST', 'device_token', body)).toEqual(
      failure(expect.stringMatching(/^device_token: /)),
    );
  });

  it('stay logged in while its Redis is frozen or away', async () => {
    server.freeze();
    expect((await call('POST', 'device_badge', { badge: 1 })).status).toBe(400);
    server.thaw();
    const badge = () => call('POST', 'device_badge', { badge: 1 });
    await eventually(badge, ({ status }) => status === 200);
    const toldBefore = relay.log.filter(isAway).length;
    await server.kill();
    const away = failure('登录状态暂时无法验证，请稍后再试！');
    for (let at = 0; at < 3; at++) expect(await call('POST', 'device_badge', { badge: 1 })).toEqual(away);
    expect(relay.log.filter(isAway)).toHaveLength(toldBefore + 1);
    const { text } = await send(relay.url, { method: 'GET', path: '/readyz' });
    expect(JSON.parse(text)).toMatchObject({
      status: 'degraded',
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'tangsengdaodao', status: 'degraded' }),
      ]),
    });
    expect((await api(relay.url, 'GET', '/users/ann/devices')).status).toBe(200);
    await server.restart();
    await eventually(badge, ({ status }) => status !== 400);
    const ready = async () => (await send(relay.url, { method: 'GET', path: '/readyz' })).text;
    await eventually(ready, (report) => !/"tangsengdaodao","status":"degraded"/.test(report));
    expect(JSON.stringify(relay.log)).not.toMatch(/login-of-ann|[0-9a-f]{64}/);
  });
});
