import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { systemClock, systemRandom } from '../../src/domain/clock';
import type { Device } from '../../src/domain/device';
import { silentLogger } from '../../src/domain/logger';
import { openEmbeddedStore } from '../../src/store/embedded/store';
import { aDevice } from '../contract/store/builders';
import { temporaryDirectory, RelayProcess } from '../helpers/relay-process';
import { describeWithRedis, RedisCluster, RedisServer, until } from '../helpers/redis-server';
import { runCommand, type CommandResult } from '../helpers/run-command';

type Line = Record<string, unknown>;

const header = { format: 'wukongim-push-relay/devices', version: 1 };
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

function device(index: number, fields: Line = {}): Line {
  return {
    uid: `user-${String(index).padStart(6, '0')}`,
    device_id: 'phone',
    app: 'default',
    provider: 'apns',
    token: index.toString(16).padStart(64, '0'),
    registered_at: at(index % 60),
    ...fields,
  };
}

const ndjson = (lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

function exportOf(devices: readonly Line[]): string {
  return ndjson([header, ...devices, { end: true, count: devices.length }]);
}

describe('moving devices between stores', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryDirectory();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const env = (store: string) => ({ DATA_DIR: join(folder, store), PROVIDERS: 'sandbox' });

  const exportTo = (store: string, args: readonly string[] = []) =>
    runCommand(['devices', 'export', ...args], { env: env(store) });

  /** What a store holds, without the first and last line. */
  async function contents(store: string): Promise<Line[]> {
    const { stdout } = await exportTo(store);
    return stdout
      .trim()
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  async function importInto(store: string, input: string | Buffer, yaml?: string): Promise<CommandResult> {
    const args = ['devices', 'import'];
    if (yaml !== undefined) {
      await writeFile(join(folder, 'relay.yaml'), yaml);
      args.push('--config', join(folder, 'relay.yaml'));
    }
    const child = spawn(process.execPath, [join(__dirname, '../../dist/main.js'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env(store) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { stdout, stderr, code };
  }

  it('takes 10,000 devices from one to another, whole, and a second time changes nothing', async () => {
    const full = {
      platform: 'ios',
      environment: 'sandbox',
      voip_token: 'ab'.repeat(32),
      locale: 'zh-CN',
      timezone: 'Asia/Shanghai',
      preview: 'sender',
      device_flag: 4,
      app_version: '1.2.3',
      model: 'iPhone 17',
      last_active_at: at(1),
      last_accepted_at: at(2),
      last_failure_at: at(3),
      last_failure_reason: 'TooManyRequests',
      rejections_in_row: 2,
      suspended_until: '2999-01-01T00:00:00.000Z',
    };
    const fcm = { provider: 'fcm', platform: 'web', environment: 'production', token: 'fcm:token-Of_0' };
    const devices = [
      device(0, full),
      device(1, fcm),
      ...Array.from({ length: 9_998 }, (_, index) => device(index + 2)),
    ];
    const first = await importInto('one', exportOf(devices));
    expect(first).toEqual({
      code: 0,
      stdout:
        '10000 devices read: 10000 imported (10000 new, 0 replaced), 0 already up to date, 0 over the per-user limit, 0 malformed\n',
      stderr: '',
    });
    const { code, stderr } = await exportTo('one', ['--file', join(folder, 'devices.ndjson')]);
    expect([code, stderr]).toEqual([0, '10000 devices exported\n']);
    expect((await stat(join(folder, 'devices.ndjson'))).mode & 0o777).toBe(0o600);
    const lines = (await readFile(join(folder, 'devices.ndjson'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toEqual({ ...header, exported_at: expect.any(String), count: 10_000 });
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ end: true, count: 10_000 });
    expect(JSON.parse(lines[1] ?? '')).toEqual({ kind: 'device', ...devices[0] });
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ ...devices[1], locale: null, last_active_at: null });

    const moved = await runCommand(['devices', 'import', '--file', join(folder, 'devices.ndjson')], {
      env: env('two'),
    });
    expect([moved.code, moved.stdout]).toEqual([0, first.stdout]);
    expect(await contents('two')).toEqual(lines.slice(1, -1).map((line) => JSON.parse(line) as Line));
    const again = await importInto('two', lines.join('\n'));
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringContaining('0 imported (0 new, 0 replaced), 10000 already up to date'),
    ]);
    const args = ['devices', 'import', '--json', '--file', join(folder, 'devices.ndjson')];
    const asJson = await runCommand(args, { env: env('two') });
    expect(JSON.parse(asJson.stdout)).toMatchObject({ read: 10_000, created: 0, up_to_date: 10_000 });
  });

  describe('exports to a reader who takes his time', () => {
    const count = 3_000;

    /** Its output is more than a pipe holds, and nobody has read it for longer than all of it takes. */
    async function exportUnread() {
      await importInto('slow', exportOf(Array.from({ length: count }, (_, index) => device(index))));
      const child = spawn(process.execPath, [join(__dirname, '../../dist/main.js'), 'devices', 'export'], {
        env: { PATH: process.env['PATH'] ?? '', ...env('slow') },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const closed = once(child, 'close');
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (words: string) => (said += words));
      // Whoever listens to that reads by himself.
      await once(
        child.stdout.on('readable', () => {}),
        'readable',
      );
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(said).toBe('');
      return { child, closed, said: () => said };
    }

    it('all of it, and reads on in the store only as he does', async () => {
      const { child, closed, said } = await exportUnread();
      const lines = (await text(child.stdout)).trim().split('\n');
      expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ end: true, count });
      expect((await closed)[0]).toBe(0);
      expect(said()).toBe(`${count} devices exported\n`);
    });

    it('and does not wait for him when it is told to stop', async () => {
      const { child, closed, said } = await exportUnread();
      child.kill('SIGTERM');
      await once(child, 'exit');
      expect(await text(child.stdout)).not.toContain('"end"');
      expect((await closed)[0]).toBe(1);
      expect(said()).toBe('stopped: the export is incomplete\n');
    });
  });

  it('writes all that a command prints before its process ends, to a reader who takes his time', async () => {
    // Longer than a process that has ended is kept for handles that were left open. Node itself would read ahead.
    const slowly = '"$0" "$1" check-config --schema | { sleep 5; cat; }';
    const main = join(__dirname, '../../dist/main.js');
    const schema = await text(spawn('sh', ['-c', slowly, process.execPath, main]).stdout);
    expect(schema.length).toBeGreaterThan(65_536);
    expect(() => JSON.parse(schema) as unknown).not.toThrow();
  });

  it('imports the good lines beside bad ones, and names those by their number', async () => {
    const lines = [
      JSON.stringify(header),
      JSON.stringify(device(1)),
      '{"uid":',
      JSON.stringify(device(2, { token: 'not hex' })),
      JSON.stringify(device(3, { registered_at: 'yesterday' })),
      JSON.stringify(device(4, { registered_at: '2999-01-01T00:00:00Z' })),
      JSON.stringify(device(5, { app: 'other' })),
      JSON.stringify(device(6, { colour: 'red' })),
      JSON.stringify(device(7, { uid: 'x'.repeat(70_000) })),
      '',
      JSON.stringify(device(8)),
      '[]',
      '{"end":true,"count":9}',
    ];
    const { code, stdout, stderr } = await importInto('one', lines.join('\r\n'));
    expect(code).toBe(1);
    expect(stdout).toContain('2 imported (2 new, 0 replaced)');
    expect(stderr.trim().split('\n')).toEqual([
      'line 3: must be a JSON object',
      expect.stringMatching(/^line 4: token: must be 8 to 512 hexadecimal digits/),
      expect.stringMatching(/^line 5: registered_at: must be an RFC 3339 time/),
      'line 6: registered_at: must not lie in the future',
      'line 7: app: No app with this name is configured.',
      'line 8: colour: unknown field',
      'line 9: must be UTF-8 and at most 65536 bytes',
      'line 12: must be a JSON object',
      expect.stringMatching(/^line 13: expected 9 lines before it, found/),
    ]);
    expect((await contents('one')).map(({ uid }) => uid)).toEqual(['user-000001', 'user-000008']);
  });

  it('takes what cannot be read of a line without it, and warns of the first', async () => {
    const { code, stdout, stderr } = await importInto(
      'one',
      exportOf([
        device(1, { locale: 'zh_CN', timezone: 'GMT+08:00' }),
        device(2, { locale: '???' }),
        device(3, { timezone: 'Mars/Base', voip_token: 'ab'.repeat(32) }),
        ...Array.from({ length: 25 }, (_, index) => device(index + 4, { locale: '???' })),
      ]),
    );
    expect(code).toBe(0);
    expect(stdout).toContain('28 imported (28 new, 0 replaced)');
    const lines = stderr.trim().split('\n');
    expect(lines.slice(0, 2)).toEqual([
      "line 3: warning: locale: cannot be read as a locale such as zh-CN or zh_CN; the app's default applies",
      "line 4: warning: timezone: cannot be read as a time zone such as Asia/Shanghai; the app's default applies",
    ]);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 7 more warnings');
    expect((await contents('one')).slice(0, 3).map(({ locale, timezone }) => [locale, timezone])).toEqual([
      ['zh-CN', 'Etc/GMT-8'],
      [null, null],
      [null, null],
    ]);
  });

  it.each([
    ['an app that is not configured', { app: 'other' }, 'app: No app with this name is configured.'],
    [
      'another provider',
      { provider: 'pigeon' },
      expect.stringMatching(/^provider: must be one of apns, fcm, /),
    ],
    [
      'an environment that is none',
      { environment: 'development' },
      'environment: must be production or sandbox',
    ],
    ['no token', { token: null }, 'token: is required: token, voip_token or both'],
    ['a token in quotes', { token: '"abc"' }, expect.stringMatching(/^token: /)],
    ['no user', { uid: undefined }, 'uid: is required: a text in quotes'],
    [
      'no time',
      { registered_at: undefined },
      expect.stringMatching(/^registered_at: must be an RFC 3339 time/),
    ],
    ['a device flag that is none', { device_flag: 300 }, 'device_flag: must be 0 to 255'],
    ['a negative count', { rejections_in_row: -1 }, 'rejections_in_row: must be at least 0'],
    ['a mistyped field', { locle: 'en' }, 'locle: unknown field; did you mean locale?'],
  ])('says what is wrong with a line with %s', async (_, fields, expected) => {
    const { code, stderr } = await importInto('one', exportOf([device(1, fields)]));
    const [, said = stderr] = /^line 2: (.*)\n$/.exec(stderr) ?? [];
    expect([code, said]).toEqual([1, expected]);
  });

  it('lets the later registration win, of a device and of a token', async () => {
    const token = 'cd'.repeat(32);
    const here = [
      device(1, { registered_at: at(10), locale: 'en' }),
      device(2, { registered_at: at(10), locale: 'en' }),
      device(3, { registered_at: at(10), token }),
      device(4, { registered_at: at(10), token: 'ef'.repeat(32) }),
    ];
    await importInto('one', exportOf(here));
    const { code, stdout } = await importInto(
      'one',
      exportOf([
        device(1, { registered_at: at(9), locale: 'zh' }),
        device(2, { registered_at: at(11), locale: 'zh' }),
        // The token was registered by user 3 since; of this device its VoIP token is left.
        device(5, { registered_at: at(9), token, voip_token: 'aa'.repeat(32) }),
        // This one took the token of user 4 later.
        device(6, { registered_at: at(11), token: 'EF'.repeat(32) }),
        // Two lines that fight for one token in the same file: the later registration, whatever the order.
        device(7, { registered_at: at(30), token: '77'.repeat(32) }),
        device(8, { registered_at: at(20), token: '77'.repeat(32) }),
      ]),
    );
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('4 imported (3 new, 1 replaced), 2 already up to date'),
    ]);
    const found = (await contents('one')).map(({ uid, locale, token: alert, voip_token }) => ({
      uid,
      locale,
      alert,
      voip_token,
    }));
    expect(found).toEqual([
      { uid: 'user-000001', locale: 'en', alert: here[0]?.['token'], voip_token: null },
      { uid: 'user-000002', locale: 'zh', alert: here[1]?.['token'], voip_token: null },
      { uid: 'user-000003', locale: null, alert: token, voip_token: null },
      { uid: 'user-000005', locale: null, alert: null, voip_token: 'aa'.repeat(32) },
      { uid: 'user-000006', locale: null, alert: 'ef'.repeat(32), voip_token: null },
      { uid: 'user-000007', locale: null, alert: '77'.repeat(32), voip_token: null },
    ]);
  });

  it('keeps the most recently used devices of a uid, in whatever order they come and however often', async () => {
    const many = Array.from({ length: 8 }, (_, index) =>
      device(index, { uid: 'alice', device_id: `d${index}`, registered_at: at((index * 3) % 8) }),
    );
    const yaml = 'devices: { max_per_uid: 3 }\n';
    const expected = many
      .filter(({ registered_at }) => String(registered_at) >= at(5))
      .map(({ device_id }) => device_id);
    for (let round = 0; round < 2; round += 1) {
      expect((await importInto('one', exportOf(many), yaml)).code).toBe(0);
      expect((await contents('one')).map(({ device_id }) => device_id)).toEqual(expected);
    }
  });

  it.each([
    ['nothing', '', 'line 1: the first line of an export is missing; nothing is imported'],
    ['no export', ndjson([device(1)]), 'line 1: the first line of an export is missing; nothing is imported'],
    [
      'a newer format',
      ndjson([{ ...header, version: 2 }, device(1)]),
      'line 1: version: must be 1, the only version that this relay reads; nothing is imported',
    ],
    ['a cut-off export', ndjson([header, device(1)]), 'the closing line is missing: the export was cut off'],
  ])('exits 1 on %s', async (_, input, message) => {
    const { code, stderr } = await importInto('one', input);
    expect([code, stderr]).toEqual([1, `${message}\n`]);
  });

  it('names only the first of many bad lines', async () => {
    const { stderr } = await importInto(
      'one',
      exportOf(Array.from({ length: 30 }, (_, index) => device(index, { token: 'x' }))),
    );
    expect(stderr.trim().split('\n')).toHaveLength(21);
    expect(stderr).toMatch(/and 10 more lines are malformed\n$/);
  });

  it('names the devices of a newer relay, which it cannot export, and keeps them', async () => {
    const store = await openEmbeddedStore(
      {
        directory: join(folder, 'store'),
        claimTimeMs: 1_000,
        deadLetters: { maxAgeMs: 1_000, maxCount: 1, maxBytes: 1_000 },
      },
      { clock: systemClock, random: systemRandom, logger: silentLogger },
    );
    await store.devices.register(aDevice('alice', 'phone'), 20);
    const newer = { provider: 'pigeon', platform: 'harmonyos' } as unknown as Partial<Device>;
    await store.devices.register(aDevice('alice', 'mate', newer), 20);
    await store.close();
    for (const time of ['first', 'second']) {
      const { code, stderr } = await exportTo('store', ['--file', join(folder, time)]);
      expect(code).toBe(1);
      expect(stderr).toContain('1 devices exported\n');
      expect(stderr).toMatch(/^left out: alice\/mate, .*\(pigeon\)$/m);
    }
  });

  it('exits 2 while a relay runs on the embedded store, and says what to do', async () => {
    await using relay = await RelayProcess.start({
      dataDir: join(folder, 'one'),
      env: { PROVIDERS: 'sandbox' },
    });
    for (const { code, stderr } of [await exportTo('one'), await importInto('one', exportOf([]))]) {
      expect(code).toBe(2);
      expect(stderr).toContain(`in use by process ${String(relay.child.pid)}`);
      expect(stderr).toContain('stop the relay first');
    }
  });

  it('does not make a store to export it, and writes over no file', async () => {
    const { code, stderr } = await exportTo('nowhere');
    expect([code, stderr]).toEqual([2, expect.stringContaining('holds no store')]);
    expect(await readdir(folder)).toEqual([]);
    await importInto('one', exportOf([device(1)]));
    await writeFile(join(folder, 'there'), 'mine');
    expect((await exportTo('one', ['--file', join(folder, 'there')])).code).toBe(2);
    expect(await readFile(join(folder, 'there'), 'utf8')).toBe('mine');
  });

  it('leaves nothing behind when the file cannot be written', async () => {
    await importInto('one', exportOf([device(1)]));
    const { code, stderr } = await exportTo('one', ['--file', join(folder, 'missing', 'there')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('cannot be written: ENOENT')]);
    expect((await readdir(folder)).sort()).toEqual(['one']);
  });

  it('exits 2 when there is no file to import', async () => {
    const { code, stderr } = await runCommand(['devices', 'import', '--file', 'nowhere'], {
      env: env('one'),
      cwd: folder,
    });
    expect([code, stderr]).toEqual([2, `--file ${join(folder, 'nowhere')}: there is no such file\n`]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describeWithRedis('moving devices from embedded to Redis', () => {
  let cluster: RedisCluster;
  let folder: string;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
    folder = await temporaryDirectory();
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('works beside a running relay, and a second time changes nothing', async () => {
    const devices = Array.from({ length: 2_000 }, (_, index) => device(index));
    const file = join(folder, 'devices.ndjson');
    await writeFile(file, exportOf(devices));
    const redis = { REDIS_URL: cluster.urls.join(','), PROVIDERS: 'sandbox', DATA_DIR: join(folder, 'data') };
    await using _relay = await RelayProcess.start({ dataDir: join(folder, 'data'), env: redis });
    for (const counts of [
      '2000 imported (2000 new, 0 replaced), 0 already',
      '0 imported (0 new, 0 replaced), 2000 already',
    ]) {
      const { code, stdout, stderr } = await runCommand(['devices', 'import', '--file', file], {
        env: redis,
      });
      expect([code, stdout, stderr]).toEqual([0, expect.stringContaining(counts), '']);
    }
    const exported = await runCommand(['devices', 'export'], { env: redis });
    const uids = exported.stdout
      .trim()
      .split('\n')
      .slice(1, -1)
      .map((line) => (JSON.parse(line) as Line)['uid']);
    expect(uids.sort()).toEqual(devices.map(({ uid }) => uid));
  });
});

describeWithRedis('moving devices to a Redis that is busy', () => {
  it('waits for it longer than a webhook would', async () => {
    const server = await RedisServer.start();
    const lines = exportOf(Array.from({ length: 600 }, (_, index) => device(index))).split(/(?<=\n)/);
    const child = spawn(process.execPath, [join(__dirname, '../../dist/main.js'), 'devices', 'import'], {
      env: { PATH: process.env['PATH'] ?? '', REDIS_URL: server.url, PROVIDERS: 'sandbox' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    try {
      const ended = once(child, 'close');
      const output = Promise.all([text(child.stdout), text(child.stderr)]);
      // The first batch, then a second that begins while Redis answers nobody.
      child.stdin.write(lines.slice(0, 400).join(''));
      await until(server, async (client) => (await client.dbsize()) >= 256);
      await until(server, async (client) => (await client.call('CLIENT', 'PAUSE', '1000', 'ALL')) === 'OK');
      child.stdin.end(lines.slice(400).join(''));
      expect([await ended, ...(await output)]).toEqual([
        [0, null],
        expect.stringContaining('600 devices read: 600 imported (600 new'),
        '',
      ]);
    } finally {
      child.kill('SIGKILL');
      await server.stop();
    }
  });
});
