import { createServer, type RequestListener } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { doctorChecks } from '../../src/compose/doctor/finding';
import { examine, type Report, type Run } from '../helpers/doctor';
import { FakeWukongim } from '../helpers/fake-wukongim';
import { Fakes, webhookSecret } from '../helpers/fakes';
import {
  describeWithRedis,
  hasRedisServer,
  hasRedisTls,
  RedisServer,
  redisVersion,
} from '../helpers/redis-server';
import { temporaryDirectory } from '../helpers/relay-process';
import { runCommand, runInProcess } from '../helpers/run-command';
import { createTestAuthority } from '../contract/certificates';

let folder: string;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Without providers, which need a process that trusts their authority. */
const doctor = ({ env, ...run }: Run) =>
  examine(runInProcess, { ...run, env: { PROVIDERS: 'sandbox', WEBHOOK_SECRET: webhookSecret, ...env } });

async function wukongimFile(name: string, text: string): Promise<readonly string[]> {
  const path = join(folder, name);
  await writeFile(path, text);
  return ['--wukongim-config', path];
}

const goodWukongim = `
tokenAuthOn: true
webhook: {httpAddr: "http://relay:8080/webhook/secret", focusEvents: [msg.offline, user.onlinestatus]}
`;

describe('doctor', () => {
  it('prints a line for each check, a fix below what is wrong, and a verdict', async () => {
    const { code, stdout } = await runInProcess(['doctor'], {
      env: { PROVIDERS: 'sandbox', DATA_DIR: folder, WUKONGIM_API_URL: 'http://127.0.0.1:1' },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok +configuration: It is valid/m);
    expect(stdout).toMatch(/^FAILED +wukongim api: .*\n +Fix: .*WUKONGIM_API_URL/m);
    expect(stdout).toMatch(/\n1 check failed\.\n$/);
  });

  it('refuses options that name nothing', async () => {
    const env = { PROVIDERS: 'sandbox', DATA_DIR: folder };
    for (const args of [
      ['--webhook-url', 'relay/webhook/not-to-be-shown'],
      ['--wukongim-config', '/nowhere.yaml'],
    ]) {
      const { code, stderr } = await runInProcess(['doctor', ...args], { env });
      expect(code).toBe(2);
      expect(stderr).toContain(args[0]);
      expect(stderr).not.toContain('not-to-be-shown');
    }
  });
});

it('makes the checks that docs/doctor.md lists, in this order', async () => {
  const page = await readFile(join(__dirname, '../../docs/doctor.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(listed).toEqual(doctorChecks);
  const made = (await doctor({})).findings.map(({ check }) => check);
  expect([...new Set(made)]).toEqual(doctorChecks);
});

describe('the configuration', () => {
  it('is named key by key where it is invalid, and ends with 2', async () => {
    const report = await doctor({ yaml: 'server: {prot: 1}\nlog: {level: x}\n' });
    expect(report.code).toBe(2);
    expect(report.findings.map(({ subject, status }) => [subject, status])).toEqual([
      ['server.prot', 'failed'],
      ['log.level', 'failed'],
    ]);
  });

  it.each([
    ['journal: {max_bytes: 1GiB}', 'journal.max_bytes', /store is embedded/],
    ['redis: {prefix: "a:"}', 'redis.prefix', /REDIS_URL/],
    ['badge: {count_muted: true}', 'badge.count_muted', /badge.mode is off/],
    ['delivery: {storm: off, storm_summary_seconds: 9}', 'delivery.storm_summary_seconds', /STORM_LIMITS/],
    ['resolver: {timeout_ms: 100}', 'resolver.timeout_ms', /resolver.url/],
    ['wukongim: {timeout_ms: 100}', 'wukongim.timeout_ms', /WUKONGIM_API_URL/],
  ])('warns of a key without effect: %s', async (yaml, key, why) => {
    const report = await doctor({ yaml });
    expect(report.of('configuration', key)).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(why) as string,
    });
    expect(report.code).toBe(0);
  });
});

describe('the disk', () => {
  it('is fine where there is room', async () => {
    expect((await doctor({})).of('disk')).toMatchObject({ status: 'ok' });
  });

  it('fails where a file stands in the place of the data directory', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const report = await doctor({ env: { DATA_DIR: file } });
    expect(report.code).toBe(1);
    expect(report.of('disk')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('DATA_DIR') as string,
    });
  });
});

describe("WuKongIM's API", () => {
  it('reports the version of v2, and that devices are masters', async () => {
    await using wukongim = await FakeWukongim.start({ version: 'v2', tokenAuthOn: true, managerToken: 'm' });
    wukongim.connect('ann', 0);
    const report = await doctor({ env: { WUKONGIM_API_URL: wukongim.url, WUKONGIM_MANAGER_TOKEN: 'm' } });
    expect(report.of('wukongim', 'api')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('v2.2.5') as string,
    });
    expect(report.of('wukongim', 'tokenAuthOn')).toMatchObject({ status: 'ok' });
  });

  it('warns where no device is a master, and refuses a wrong manager token', async () => {
    await using wukongim = await FakeWukongim.start({ version: 'v2', managerToken: 'm' });
    wukongim.connect('ann', 0);
    const env = { WUKONGIM_API_URL: wukongim.url };
    const right = await doctor({ env: { ...env, WUKONGIM_MANAGER_TOKEN: 'm' } });
    expect(right.of('wukongim', 'tokenAuthOn')).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('tokenAuthOn: true') as string,
    });
    const wrong = await doctor({ env });
    expect(wrong.of('wukongim', 'api')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('WUKONGIM_MANAGER_TOKEN') as string,
    });
  });

  it('warns of answers that come later than the relay waits', async () => {
    await using wukongim = await FakeWukongim.start({ version: 'main' });
    wukongim.behave((response) => void setTimeout(() => response.end('[]'), 150));
    const report = await doctor({
      env: { WUKONGIM_API_URL: wukongim.url },
      yaml: 'wukongim: {timeout_ms: 10}',
    });
    expect(report.of('wukongim', 'latency')).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('wukongim.timeout_ms') as string,
    });
  });

  it('recognizes main, something else, and nobody', async () => {
    await using main = await FakeWukongim.start({ version: 'main' });
    const api = async (url: string) =>
      (await doctor({ env: { WUKONGIM_API_URL: url } })).of('wukongim', 'api');
    expect(await api(main.url)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('main') as string,
    });
    await using other = await answering((_, response) => response.writeHead(404).end('nothing'));
    expect(await api(other.url)).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('404') as string,
    });
    expect(await api('http://127.0.0.1:1')).toMatchObject({ status: 'failed' });
  });
});

describe("WuKongIM's file", () => {
  const subjects = (report: Report, status: string) =>
    report.findings
      .filter((one) => one.check === 'wukongim_config' && one.status === status)
      .map(({ subject }) => subject);

  it('is fine for v2 and main', async () => {
    const v2 = await doctor({ args: await wukongimFile('wk.yaml', goodWukongim) });
    expect([...subjects(v2, 'failed'), ...subjects(v2, 'warning')]).toEqual([]);
    const toml =
      '[webhook]\nhttp_addr = "http://relay:8080/webhook/s"\nfocus_events = [\n  "msg.offline",\n  "user.onlinestatus",\n]\nqueue_size = 262144\n';
    const main = await doctor({ args: await wukongimFile('wukongim.toml', toml) });
    expect([...subjects(main, 'failed'), ...subjects(main, 'warning')]).toEqual([]);
    expect(subjects(main, 'ok')).toContain('webhook.queue_size');
  });

  it.each([
    ['wk.yaml', 'mode: release', ['webhook.httpAddr'], ['tokenAuthOn']],
    [
      'wk.yaml',
      'channel: {subscriberCompressOfCount: 100}\nwebhook: {httpAddr: "http://r/webhook#s", focusEvents: [msg.notify]}\nmanagerToken: m',
      ['webhook.httpAddr', 'webhook.focusEvents', 'channel.subscriberCompressOfCount', 'managerToken'],
      ['tokenAuthOn'],
    ],
    [
      'wk.yaml',
      'tokenAuthOn: true\nwebhook: {grpcAddr: "relay:6979", focusEvents: [msg.offline]}',
      ['webhook.grpcAddr'],
      ['webhook.focusEvents'],
    ],
    [
      'wukongim.toml',
      '[webhook]\nhttp_addr = "relay"\n[delivery]\nenable = false\n',
      ['webhook.http_addr', 'delivery.enable'],
      ['webhook.queue_size'],
    ],
    ['wukongim.toml', 'this is neither', [expect.stringContaining('wukongim.toml')], []],
  ])('%s %j', async (name, text, failed, warned) => {
    const report = await doctor({
      args: await wukongimFile(name, text),
      env: { WUKONGIM_API_URL: 'http://127.0.0.1:1' },
    });
    expect(subjects(report, 'failed')).toEqual(failed);
    expect(subjects(report, 'warning')).toEqual(warned);
  });

  it('compares its address with --webhook-url', async () => {
    const args = await wukongimFile('wk.yaml', goodWukongim);
    const report = await doctor({ args: [...args, '--webhook-url', 'http://127.0.0.1:1/webhook/secret'] });
    expect(subjects(report, 'warning')).toEqual(['webhook.httpAddr']);
  });
});

describe('the webhook', () => {
  const webhook = async (url: string) => (await doctor({ args: ['--webhook-url', url] })).of('webhook');

  it('is answered by a relay, with the secret in the path or the user', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay();
    const { host } = new URL(relay.url);
    expect(await webhook(`http://${host}/webhook/${webhookSecret}`)).toMatchObject({ status: 'ok' });
    expect(await webhook(`http://any:${webhookSecret}@${host}/webhook`)).toMatchObject({ status: 'ok' });
    const wrong = await webhook(`http://${host}/webhook/not-the-secret`);
    expect(wrong).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('WEBHOOK_SECRET') as string,
    });
    expect(await webhook(`http://${host}/hook`)).toMatchObject({ status: 'failed' });
  });

  it.each([
    [202, '', 'failed', /Only 200/],
    [200, 'ok', 'warning', /body/],
    [302, '', 'failed', /redirect/],
    [404, '', 'failed', /path/],
  ])('answers %s %j: %s', async (status, body, expected, detail) => {
    await using server = await answering((_, response) =>
      response.writeHead(status, { location: '/elsewhere' }).end(body),
    );
    expect(await webhook(`${server.url}/webhook`)).toMatchObject({
      status: expected,
      detail: expect.stringMatching(detail) as string,
    });
  });

  it('cannot be reached', async () => {
    expect(await webhook('http://127.0.0.1:1/webhook')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});

describeWithRedis('Redis', () => {
  const needsTls = hasRedisServer && !hasRedisTls() ? it.skip : it;
  if (needsTls === it.skip) process.stderr.write(`TLS to Redis is not tested: ${redisVersion} has none\n`);

  needsTls('is reached over TLS where a known authority vouches for it', async () => {
    const authority = await createTestAuthority();
    const { cert, key } = await authority.issue(['127.0.0.1', 'localhost']);
    const server = await RedisServer.start({ tls: { cert, key, ca: authority.cert } });
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, authority.cert);
    const ofRedis = async (trust: Readonly<Record<string, string>>) =>
      (await examine(runCommand, { env: { PROVIDERS: 'sandbox', REDIS_URL: server.url, ...trust } })).of(
        'redis',
      );
    try {
      expect((await ofRedis({ NODE_EXTRA_CA_CERTS: ca }))?.status).toBe('ok');
      expect(await ofRedis({})).toMatchObject({
        status: 'failed',
        detail: expect.stringContaining('certificate') as string,
      });
    } finally {
      await server.stop();
    }
  });

  it('names a database that there is not, and a server that is away', async () => {
    const server = await RedisServer.start();
    const missing = await doctor({ env: { REDIS_URL: `${server.url}/99` } });
    expect(missing.of('redis')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('database 99') as string,
    });
    await server.stop();
    const away = await doctor({ env: { REDIS_URL: server.url } });
    expect(away.of('redis')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('ECONNREFUSED') as string,
      fix: expect.stringContaining('REDIS_URL') as string,
    });
    expect(away.code).toBe(1);
  });

  it('names why a server that answers cannot be used', async () => {
    const server = await RedisServer.start({ args: ['--requirepass', 'secret'] });
    const ofRedis = async (url: string): Promise<unknown> =>
      (await doctor({ env: { REDIS_URL: url } })).of('redis')?.detail;
    const { port } = new URL(server.url);
    expect(await ofRedis(`redis://127.0.0.1:${port}`)).toContain('requires a password');
    expect(await ofRedis(`redis://:wrong@127.0.0.1:${port}`)).toContain('refuses the user or the password');
    expect(await ofRedis(`redis://:secret@127.0.0.1:${port},redis://:secret@127.0.0.1:${port}`)).toContain(
      'not part of one',
    );
    const replica = await RedisServer.start({ args: ['--replicaof', '127.0.0.1', '1'] });
    expect(await ofRedis(replica.url)).toContain('read-only replica');
    await Promise.all([server.stop(), replica.stop()]);
  });

  it('is fine as docs/redis.md sets it up', async () => {
    const server = await RedisServer.start();
    const report = await doctor({ env: { REDIS_URL: `${server.url}/3` } });
    const ofRedis = report.findings.filter(({ check }) => check === 'redis');
    // On a busy machine a round trip takes long, and the verdict follows what is shown.
    const [, medianMs] = /takes ([\d.]+) ms/.exec(report.of('redis', 'latency')?.detail ?? '') ?? [];
    expect(ofRedis.map(({ subject, status }) => [subject, status])).toEqual([
      ['version', 'ok'],
      ['latency', Number(medianMs) > 20 ? 'warning' : 'ok'],
      ['settings', 'ok'],
    ]);
    expect(report.of('redis', 'version')?.detail).toContain('database 3');
    await server.stop();
  });

  it('warns of a slow one, and of a disk that the journal fills', async () => {
    const server = await RedisServer.start();
    await using far = await delayed(server.port, 30);
    const report = await doctor({
      env: { REDIS_URL: `redis://127.0.0.1:${far.port}` },
      yaml: 'journal: {max_bytes: 900000g}\nwebhook: {store_deadline_ms: 5s}',
    });
    expect(report.of('redis', 'latency')).toMatchObject({ status: 'warning' });
    expect(report.of('disk')).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('journal.max_bytes') as string,
    });
    await server.stop();
  });

  it('names settings that lose messages', async () => {
    const server = await RedisServer.start({
      args: [
        '--appendonly',
        'no',
        '--maxmemory',
        '64mb',
        '--maxmemory-policy',
        'allkeys-lru',
        '--appendfsync',
        'no',
      ],
    });
    const report = await doctor({ env: { REDIS_URL: server.url }, yaml: 'journal: {min_free_percent: 100}' });
    const warned = report.findings.filter((one) => one.check === 'redis' && one.status === 'warning');
    expect(warned.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['maxmemory-policy', 'appendonly', 'appendfsync']),
    );
    expect(report.of('disk')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('journal.min_free_percent') as string,
    });
    await server.stop();
  });
});

/** A way to the port of this host on which every byte takes so long. */
async function delayed(port: number, delayMs: number) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), delayMs));
      from.on('error', () => {}).once('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answering(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
