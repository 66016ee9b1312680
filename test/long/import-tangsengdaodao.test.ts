import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { apnsToken } from '../helpers/client';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { temporaryDirectory } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';

const bundle = 'com.xinbida.tangsengdaodao';
const day = 86_400_000;

/** As TangSengDaoDao stores it. */
const row = (device_type: string, device_token: string, bundle_id = bundle) => ({
  device_type,
  device_token,
  bundle_id,
});

describeWithRedis('devices import --from tangsengdaodao', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
  });

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  beforeEach(() => redis.flushall());

  const store = async (rows: Readonly<Record<string, Record<string, string>>>) => {
    for (const [uid, fields] of Object.entries(rows)) await redis.hset(`userDeviceToken:${uid}`, fields);
  };

  /** A relay's store of its own, with the providers that TangSengDaoDao knows but OPPO. */
  const installation = async () => {
    const directory = await temporaryDirectory();
    const apps = { default: { apns: { topic: bundle }, oppo: null } };
    const config = join(directory, 'relay.json');
    await writeFile(config, JSON.stringify({ providers: { mode: 'sandbox' }, apps }));
    const env = { DATA_DIR: join(directory, 'data'), RELAY_CONFIG: config };
    const command = (...args: string[]) => runCommand(['devices', ...args], { env });
    return {
      env,
      import: (...args: string[]) =>
        command('import', '--from', 'tangsengdaodao', '--redis', server.url, ...args),
      devices: async () => {
        const { stdout } = await command('export');
        return stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .filter(({ kind }) => kind === 'device')
          .sort((a, b) => String(a['uid']).localeCompare(String(b['uid'])));
      },
    };
  };

  it('takes each type over, and tells what it leaves out and why', async () => {
    await store({
      ann: row('IOS', apnsToken('ann')),
      bob: row('FIREBASE', 'fcm-token-of-bob:APA91b'),
      cat: row('HMS', 'huawei-token-of-cat'),
      dan: row('MI', 'xiaomi/token+of=dan'),
      eve: row('VIVO', 'vivo-token-of-eve'),
      'group:with:colons': row('HMS', 'huawei-token-of-colons'),
      foreign: row('IOS', apnsToken('foreign'), 'com.other'),
      oddtype: row('NOKIA', 'x'),
      notoken: row('MI', ''),
      half: { device_type: 'MI', device_token: 'half' },
      malformed: row('IOS', 'not hexadecimal'),
      ['u'.repeat(300)]: row('MI', 'long-uid'),
      oddbundle: row('MI', 'odd-bundle', '包'.repeat(100)),
    });
    await redis.set('userDeviceToken:text', 'IOS');
    await redis.set('token:login-of-ann', 'ann@Ann');
    const before = await redis.dbsize();
    const target = await installation();
    const { code, stdout, stderr } = await target.import();
    expect(stdout).toContain('14 devices read: 6 imported, 0 already up to date, 8 left out');
    expect(code).toBe(1);
    expect(await redis.dbsize()).toBe(before);
    expect(await target.devices()).toMatchObject([
      { uid: 'ann', device_id: `IOS:${bundle}`, provider: 'apns', token: apnsToken('ann'), platform: 'ios' },
      { uid: 'bob', device_id: `FIREBASE:${bundle}`, provider: 'fcm', token: 'fcm-token-of-bob:APA91b' },
      { uid: 'cat', provider: 'huawei', token: 'huawei-token-of-cat', app: 'default' },
      { uid: 'dan', provider: 'xiaomi', token: 'xiaomi/token+of=dan' },
      { uid: 'eve', provider: 'vivo' },
      { uid: 'group:with:colons', provider: 'huawei' },
    ]);
    for (const line of [
      /^1 +IOS +com\.other +no app has apns for this bundle_id +foreign$/m,
      /^1 +NOKIA +\S+ +the relay does not know this device_type +oddtype$/m,
      /^1 +MI +\S+ +device_token is missing +notoken$/m,
      /^1 +MI +- +bundle_id is missing +half$/m,
      /^1 +MI +\S+ +bundle_id is not 1 to 200 characters of ASCII +oddbundle$/m,
      /^1 +IOS +\S+ +device_token: must be .* +malformed$/m,
      /^1 +- +- +the row is not a Redis hash +text$/m,
      /^1 +MI +\S+ +the uid is not 1 to 256 bytes of UTF-8 +u+…$/m,
    ])
      expect(stdout).toMatch(line);
    expect(stderr).toContain('text: the row is not a Redis hash\n');
    expect(stdout + stderr).not.toContain('not hexadecimal');
  });

  it('writes nothing in a dry run', async () => {
    await store({ ann: row('IOS', apnsToken('ann')), foreign: row('IOS', apnsToken('x'), 'com.other') });
    const target = await installation();
    const { code, stdout } = await target.import('--dry-run');
    expect(code).toBe(1);
    expect(stdout).toContain('2 devices read: 1 would be imported, 0 already up to date, 1 left out');
    expect(JSON.parse((await target.import('--dry-run', '--json')).stdout)).toMatchObject({
      dry_run: true,
      read: 2,
      imported: 1,
      left_out: 1,
      reasons: [{ left_out: 1, bundle_id: 'com.other' }],
    });
    expect(await target.devices()).toEqual([]);
  });

  it('is safe to repeat, and takes what has changed since', async () => {
    await store({ ann: row('HMS', 'first') });
    const target = await installation();
    expect((await target.import()).code).toBe(0);
    await store({ ann: row('HMS', 'second') });
    expect((await target.import()).stdout).toBe(
      '1 devices read: 1 imported, 0 already up to date, 0 left out\n',
    );
    const [device, ...others] = await target.devices();
    expect(device).toMatchObject({ uid: 'ann', token: 'second', last_active_at: null });
    expect(others).toEqual([]);
    const age = Date.now() - Date.parse(String(device?.['registered_at']));
    expect(age / day).toBeCloseTo(135, 1);
  });

  it('gives way to what an app has registered at the relay', async () => {
    const target = await installation();
    const lines = [
      { format: 'wukongim-push-relay/devices', version: 1 },
      {
        kind: 'device',
        uid: 'ann',
        device_id: `HMS:${bundle}`,
        provider: 'huawei',
        token: 'newer',
        registered_at: new Date(Date.now() - day).toISOString(),
      },
      { end: true, count: 1 },
    ];
    const file = join(target.env.DATA_DIR, '..', 'devices.ndjson');
    await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
    expect((await runCommand(['devices', 'import', '--file', file], { env: target.env })).code).toBe(0);
    await store({ ann: row('HMS', 'older'), bob: row('HMS', 'newer') });
    const { code, stdout } = await target.import();
    expect(stdout).toContain('2 devices read: 0 imported, 2 already up to date, 0 left out');
    expect(code).toBe(0);
    expect(await target.devices()).toMatchObject([{ uid: 'ann', token: 'newer' }]);
  });

  it('gives a device token that several users have to none of them', async () => {
    await store({
      ann: row('HMS', 'shared'),
      bob: row('HMS', 'shared'),
      cat: row('HMS', 'shared'),
      dan: row('HMS', 'own'),
    });
    const target = await installation();
    const dry = await target.import('--dry-run');
    const { code, stdout } = await target.import();
    expect(stdout).toContain('4 devices read: 1 imported, 0 already up to date, 3 left out');
    expect(stdout).toContain('two users have this device token');
    expect(dry).toMatchObject({ code: 1, stdout: stdout.replace('imported', 'would be imported') });
    expect(code).toBe(1);
    expect(await target.devices()).toMatchObject([{ uid: 'dan' }]);
    expect((await target.import()).stdout).toContain('1 imported');
    expect(await target.devices()).toMatchObject([{ uid: 'dan' }]);
  });

  it('takes thousands over, by pages', async () => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 3_000; index++) {
      pipeline.hset(`userDeviceToken:u${index}`, row('MI', `xiaomi-token-${index}`));
      pipeline.set(`token:${index}`, 'x');
    }
    await pipeline.exec();
    const target = await installation();
    expect((await target.import()).stdout).toMatch(/^3\d{3} devices read: 3000 imported, /);
    expect(await target.devices()).toHaveLength(3_000);
  });

  it.each([
    [['--redis', 'redis://127.0.0.1:1'], 1, /the Redis of TangSengDaoDao cannot be read: .*ECONNREFUSED/],
    [['--redis', 'http://127.0.0.1'], 2, /--redis: expected a URL redis:/],
    [[], 2, /needs its Redis: set --redis, or compat\.tangsengdaodao\.redis_url/],
    [['--file', 'x'], 2, /--from reads Redis, and --file a file: leave one out/],
  ])('ends on %j with %i', async (args: string[], code, message) => {
    const { env } = await installation();
    const result = await runCommand(['devices', 'import', '--from', 'tangsengdaodao', ...args], { env });
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });

  it('takes the address from the configuration, where it needs none in the list of processes', async () => {
    await store({ ann: row('HMS', 'token-of-ann') });
    const { env } = await installation();
    const apps = { default: { huawei: {} } };
    const compat = { tangsengdaodao: { redis_url: server.url } };
    await writeFile(env.RELAY_CONFIG, JSON.stringify({ providers: { mode: 'sandbox' }, apps, compat }));
    const { code, stdout } = await runCommand(['devices', 'import', '--from', 'tangsengdaodao'], { env });
    expect([code, stdout]).toEqual([0, '1 devices read: 1 imported, 0 already up to date, 0 left out\n']);
  });
});
