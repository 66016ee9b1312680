import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEnvironmentFile } from '../helpers/environment-file';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';
import { runCommand, spawnCommand } from '../helpers/run-command';

describe('sandbox', () => {
  const makers = [
    ['huawei', 'Huawei'],
    ['harmony', 'HarmonyOS'],
    ['honor', 'Honor'],
    ['xiaomi', 'Xiaomi'],
    ['oppo', 'OPPO'],
    ['vivo', 'vivo'],
    ['meizu', 'Meizu'],
  ] as const;

  it('hands out what a relay needs to push to it, and prints what lands', async () => {
    const folder = await temporaryDirectory();
    await using sandbox = await spawnCommand(['sandbox', '--dir', folder], /relay\.env/);
    const env = await readEnvironmentFile(join(folder, 'relay.env'));
    await using relay = await RelayProcess.start({ env });
    expect(relay.log.find(({ url }) => url !== undefined)).toMatchObject({
      providers: 'real',
      apps: ['default:apns+fcm+huawei+vivo+honor+meizu+oppo+xiaomi+harmony+webpush'],
    });
    const devices = [
      { device_id: 'iphone', provider: 'apns', token: 'ab'.repeat(32) },
      { device_id: 'pixel', provider: 'fcm', token: 'fcm-token-of-alice-12345678' },
      ...makers.map(([provider]) => ({
        device_id: provider,
        provider,
        token: `token-of-alice-${provider}-12345678`,
      })),
    ];
    for (const { device_id, ...device } of devices) {
      const response = await fetch(`${relay.url}/v1/users/alice/devices/${device_id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(device),
      });
      expect(response.status).toBe(201);
    }
    const client = { env: { RELAY_URL: relay.url } };
    expect((await runCommand(['devices', 'list', 'alice'], client)).stdout).toMatch(
      /iphone +apns[^]*pixel +fcm/,
    );
    const sent = await runCommand(
      ['send', 'alice', '--title', 'Hello', '--body', 'from the command line'],
      client,
    );
    expect([sent.code, sent.stdout]).toEqual([0, expect.stringMatching(/ trace [0-9a-f-]{36}\n$/)]);
    await sandbox.printed(/APNs accepted production alert …abababab .*from the command line/);
    await sandbox.printed(/FCM accepted …12345678 .*from the command line/);
    for (const [, title] of makers)
      await sandbox.printed(new RegExp(`${title} accepted …12345678 .*from the command line`));
    expect(await runCommand(['devices', 'remove', 'alice', 'iphnoe'], client)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^404 device_not_found: .+/),
    });
    expect((await runCommand(['devices', 'remove', 'alice', '--all'], client)).stdout).toBe(
      '9 devices removed\n',
    );
    expect(await runCommand(['dead-letters', 'replay', 'x', 'y'], client)).toMatchObject({
      code: 1,
      stdout:
        '0 dead letters replayed, 2 skipped, 0 left\n  2 not found: `dead-letters list` shows the ids\n',
    });
    expect((await runCommand(['dead-letters', 'list'], client)).stdout).toMatch(/^ID /);
    expect((await stat(join(folder, 'identity.json'))).mode & 0o077).toBe(0);
    expect(await sandbox.stop()).toBe(0);
    await rm(folder, { recursive: true });
  });

  it('is the same to its clients after a restart in the same folder, and leaves no folder of its own', async () => {
    const folder = await temporaryDirectory();
    const key = () => readFile(join(folder, 'AuthKey_SANDBOXKEY.p8'), 'utf8');
    await (await spawnCommand(['sandbox', '--dir', folder], /relay\.env/)).stop();
    const first = await key();
    await (await spawnCommand(['sandbox', '--dir', folder], /relay\.env/)).stop();
    expect(await key()).toBe(first);
    await rm(folder, { recursive: true });
    const sandbox = await spawnCommand(['sandbox'], /relay\.env/);
    const path = /(\S+)\/relay\.env/.exec(sandbox.output)?.[1] ?? '';
    await stat(path);
    await sandbox.stop();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('has its makers and its push service on ports in a row', async () => {
    const folder = await temporaryDirectory();
    // Any eight may be taken by others. Below those of test/helpers/free-port.ts.
    for (let first = 2_000 + (process.pid % 900) * 8, started = false; !started; first += 8) {
      const args = ['sandbox', '--dir', folder, '--maker-ports', String(first)];
      const sandbox = await spawnCommand(args, /relay\.env/).catch(() => null);
      if (sandbox === null) continue;
      started = true;
      await sandbox.stop();
      const { apps } = JSON.parse(await readFile(join(folder, 'relay.json'), 'utf8')) as {
        apps: { default: Record<string, { url?: string }> };
      };
      const ports = makers.map(([name]) => Number(new URL(apps.default[name]?.url ?? '').port));
      expect(ports).toEqual(makers.map((_, index) => first + index));
    }
    await rm(folder, { recursive: true });
  });

  it('ends with 2 where the folder cannot be made', async () => {
    // Node's own recursive mkdir never ends there.
    const { code, stderr } = await runCommand(['sandbox', '--dir', '/proc/sandbox']);
    expect([code, stderr]).toEqual([
      2,
      '--dir: /proc/sandbox cannot be made or used (ENOENT); name another folder\n',
    ]);
  });

  it('ends with 2 where a port is taken', async () => {
    await using sandbox = await spawnCommand(['sandbox', '--fcm-port', '0'], /relay\.env/);
    const port = /FCM_URL=https:\/\/[^:]+:(\d+)/.exec(sandbox.output)?.[1] ?? '';
    const { code, stderr } = await runCommand(['sandbox', '--fcm-port', port]);
    expect([code, stderr]).toEqual([
      2,
      `--host and the port options: another process listens on 127.0.0.1:${port} already\n`,
    ]);
  });
});

describe('serve', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGUSR2', 'SIGALRM', 'SIGQUIT'] as const)(
    'says that it listens, and stops on %s with 0',
    async (signal) => {
      await using relay = await RelayProcess.start();
      const health = await fetch(`${relay.url}/healthz`, { headers: { connection: 'close' } });
      expect(health.status).toBe(200);
      relay.signal(signal);
      expect(await relay.exit()).toBe(0);
      expect(relay.log.filter(({ level }) => level === 'info').map(({ event }) => event)).toEqual([
        'relay_listening',
        'relay_stopping',
        'relay_stopped',
      ]);
      expect(relay.log).toContainEqual(expect.objectContaining({ level: 'warn', key: 'providers.mode' }));
    },
  );

  it('ends with 2 and says why where the address is taken', async () => {
    await using relay = await RelayProcess.start();
    const folder = await temporaryDirectory();
    const { port } = new URL(relay.url);
    const { code, stderr } = await runCommand(['serve'], { env: { PORT: port, DATA_DIR: folder } });
    await rm(folder, { recursive: true });
    expect([code, stderr]).toEqual([
      2,
      `server.host (HOST), server.port (PORT): another process listens on 127.0.0.1:${port} already\n`,
    ]);
  });

  it('ends with 2 and says why where another process has the data directory', async () => {
    await using relay = await RelayProcess.start();
    const { code, stderr } = await runCommand(['serve'], { env: { PORT: '0', DATA_DIR: relay.dataDir } });
    expect(code).toBe(2);
    expect(stderr).toContain(relay.dataDir);
  });

  it('ends with 2 where the data directory cannot be one', async () => {
    const folder = await temporaryDirectory();
    await writeFile(join(folder, 'file'), '');
    const { code, stderr } = await runCommand(['serve'], {
      env: { PORT: '0', DATA_DIR: join(folder, 'file') },
    });
    await rm(folder, { recursive: true });
    expect(code).toBe(2);
    expect(stderr).toContain(join(folder, 'file'));
  });
});
