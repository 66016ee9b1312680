import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeConnections, eventually, metric, postMessage, registerApns, send } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes, webhookSecret } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess, type RelayProcessOptions } from '../helpers/relay-process';
import { apnsPorts } from '../helpers/free-port';

/** Start, stop, and what must survive them. */
describeOnEachStore('the life of the process', (store) => {
  let fakes: Fakes;

  beforeAll(async () => {
    fakes = await Fakes.start(await apnsPorts());
  });

  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => fakes.sandbox.apns.reset());

  const start = (options: RelayProcessOptions = {}): Promise<RelayProcess> =>
    fakes.startRelay({ yaml: shortWaits, env: store.env(), ...options });

  it('finishes what is in flight at SIGTERM and exits 0', async () => {
    await using relay = await start();
    await registerApns(relay.url, 'carol');
    fakes.sandbox.apns.latencyMs = 500;
    await postMessage(relay.url, { to: ['carol'] });
    await eventually(
      async () => fakes.sandbox.apns.counts.openStreams,
      (open) => open === 1,
    );
    relay.signal('SIGTERM');
    expect(await relay.exit()).toBe(0);
    expect(fakes.sandbox.apns.accepted).toHaveLength(1);
  });

  it('still takes webhooks while it drains, and the next start delivers them', async () => {
    const dataDir = await temporaryDirectory();
    {
      await using relay = await start({ dataDir });
      await registerApns(relay.url, 'carol');
      fakes.sandbox.apns.latencyMs = 500;
      await postMessage(relay.url, { to: ['carol'] });
      await eventually(
        async () => fakes.sandbox.apns.counts.openStreams,
        (open) => open === 1,
      );
      // It drains until this push is answered.
      fakes.sandbox.apns.freeze();
      relay.signal('SIGTERM');
      const late = await eventually(
        () => postMessage(relay.url, { to: ['carol'] }),
        (answer) => answer.headers['connection'] === 'close',
      );
      expect(late.status).toBe(200);
      fakes.sandbox.apns.thaw();
      expect(await relay.exit()).toBe(0);
    }
    const before = fakes.sandbox.apns.accepted.length;
    fakes.sandbox.apns.latencyMs = 0;
    await using relay = await start({ dataDir });
    await eventually(
      () => metric(relay.url, 'relay_inbox_depth'),
      (depth) => depth === 0,
    );
    expect(fakes.sandbox.apns.accepted.length).toBeGreaterThan(before);
    expect(fakes.sandbox.apns.counts.repeats).toBe(0);
  });

  it('keeps what waits for a retry over a kill -9', async () => {
    const dataDir = await temporaryDirectory();
    await fakes.sandbox.apns.down();
    {
      await using relay = await start({ dataDir });
      await registerApns(relay.url, 'carol');
      for (let index = 0; index < 5; index += 1) await postMessage(relay.url, { to: ['carol'] });
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count === 5,
      );
      relay.signal('SIGKILL');
      await relay.exit();
    }
    await fakes.sandbox.apns.up();
    await using _relay = await start({ dataDir });
    await fakes.sandbox.apns.waitForAccepted(5);
  });

  it('answers 404, 405 and 401 in their place, and keeps a broken body for inspection', async () => {
    await using relay = await start();
    expect((await send(relay.url, { method: 'POST', path: '/nowhere' })).status).toBe(404);
    expect(
      (await send(relay.url, { method: 'GET', path: `/webhook/${webhookSecret}?event=msg.offline` })).status,
    ).toBe(405);
    expect(
      (await send(relay.url, { method: 'POST', path: '/webhook?event=msg.offline', body: '{}' })).status,
    ).toBe(401);
    const broken = await send(relay.url, {
      method: 'POST',
      path: `/webhook/${webhookSecret}?event=msg.offline`,
      body: '{"message_id":',
    });
    expect(broken.status).toBe(400);
    expect(await metric(relay.url, 'relay_dead_letters')).toBe(1);
  });
});

/** What no store changes, or what only the embedded one has: its data directory. */
describe('the start of the process', () => {
  let fakes: Fakes;

  beforeAll(async () => {
    fakes = await Fakes.start();
  });

  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  it('refuses to share its data directory with another process, which exits 2', async () => {
    const dataDir = await temporaryDirectory();
    await using _relay = await fakes.startRelay({ dataDir });
    const { code, output } = await runToEnd({ DATA_DIR: dataDir });
    expect(code).toBe(2);
    expect(output).toContain(dataDir);
  });

  it('exits 2 and names the directory when the data directory cannot be used', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'a-file');
    await writeFile(file, '');
    const { code, output } = await runToEnd({ DATA_DIR: file });
    expect(code).toBe(2);
    expect(output).toContain(file);
  });

  it('exits 2 where the system lets nobody make a directory', async () => {
    const { code, output } = await runToEnd({ DATA_DIR: '/proc/relay/data' });
    expect(code).toBe(2);
    expect(output).toContain('/proc/relay/data');
  });

  it('says at its start what readiness finds wrong', async () => {
    // A tmpfs on every Linux.
    const dataDir = await mkdtemp('/dev/shm/relay-');
    try {
      await using relay = await fakes.startRelay({ dataDir });
      await relay.logged(({ check, level }) => check === 'data_dir' && level === 'warn');
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('exits 2 when the address is taken', async () => {
    await using relay = await fakes.startRelay();
    const { code, output } = await runToEnd({ PORT: new URL(relay.url).port });
    expect(code).toBe(2);
    expect(output).toMatch(/another process listens on/);
  });

  /** A relay that is expected not to start. */
  async function runToEnd(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
    const dataDir = await temporaryDirectory();
    await mkdir(join(dataDir, 'data'));
    await chmod(dataDir, 0o700);
    const child = spawn(process.execPath, [join(__dirname, '../../dist/main.js'), 'serve'], {
      env: {
        PATH: process.env['PATH'],
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: join(dataDir, 'data'),
        ...fakes.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }
});

const shortWaits = `
delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } } }
`;
