import { once } from 'node:events';
import { join } from 'node:path';
import { hang } from '../../src/sandbox/answer';
import { closeConnections, eventually, postMessage, registerApns } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import type { RelayProcess, RelayProcessOptions } from '../helpers/relay-process';

const preload = (name: string): string[] => ['-r', join(__dirname, '../helpers', name)];

/** Its drain takes as long as that unless it is given up; a process that ends by itself takes milliseconds. */
const drainSeconds = 60;
const yaml = `server: { drain_seconds: ${drainSeconds} }`;

/** Posts until the relay is gone; resolves once it is busy. */
async function keepBusy(url: string): Promise<void> {
  let answers = 0;
  await new Promise<void>((resolve) => {
    const post = async (): Promise<void> => {
      for (;;) {
        await postMessage(url, { to: ['carol'] });
        answers += 1;
        if (answers === 500) resolve();
      }
    };
    for (let count = 0; count < 32; count += 1) post().catch(() => {});
  });
}

async function endOf({ child }: RelayProcess): Promise<{ status: unknown; seconds: number }> {
  const startedAt = performance.now();
  const status = await once(child, 'exit');
  return { status, seconds: (performance.now() - startedAt) / 1000 };
}

/** LMDB writes in a thread that waits for JavaScript: a process that exits by itself in that moment would hang for ever. */
describeOnEachStore('the process ends while it writes', (store) => {
  let fakes: Fakes;
  beforeAll(async () => {
    fakes = await Fakes.start();
  });
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });
  afterEach(() => fakes.sandbox.reset());

  const start = (options: RelayProcessOptions): Promise<RelayProcess> =>
    fakes.startRelay({ ...options, env: { ...store.env(), ...options.env } });

  it('exits 1 at a bug, and says it', async () => {
    await using relay = await start({ nodeArgs: preload('throws-on-signal.cjs'), yaml });
    await keepBusy(relay.url);
    relay.signal('SIGWINCH');
    const { status, seconds } = await endOf(relay);
    expect(status).toEqual([1, null]);
    expect(seconds).toBeLessThan(drainSeconds / 2);
    const isFatal = ({ level }: Record<string, unknown>): boolean => level === 'fatal';
    expect(await relay.logged(isFatal)).toMatchObject({ err: { message: 'thrown by a test' } });
    expect(relay.log.filter(isFatal)).toHaveLength(1);
  });

  it('exits 1 at a second signal', async () => {
    await using relay = await start({ yaml });
    await registerApns(relay.url, 'erin');
    await keepBusy(relay.url);
    // A push that is not answered: with nothing to wait for, the process ends in 20 ms, before the second signal comes.
    fakes.sandbox.apns.script({ answer: hang() });
    await postMessage(relay.url, { to: ['erin'] });
    await eventually(
      async () => fakes.sandbox.apns.counts.openStreams,
      (open) => open > 0,
    );
    relay.signal('SIGTERM');
    await relay.logged(({ event }) => event === 'relay_stopping');
    relay.signal('SIGINT');
    const { status, seconds } = await endOf(relay);
    expect(status).toEqual([1, null]);
    expect(seconds).toBeLessThan(drainSeconds / 2);
  });

  it('exits 1 when stopping takes too long', async () => {
    await using relay = await start({
      nodeArgs: preload('never-closes.cjs'),
      yaml: 'server: { drain_seconds: 1 }',
    });
    await keepBusy(relay.url);
    relay.signal('SIGTERM');
    const { status } = await endOf(relay);
    expect(status).toEqual([1, null]);
    await relay.logged(({ event }) => event === 'relay_stop_timed_out');
  });
});

describeWithRedis('the process ends while its journal writes', () => {
  it('exits 1 at a bug', async () => {
    const server = await RedisServer.start();
    const fakes = await Fakes.start();
    try {
      await using relay = await fakes.startRelay({
        nodeArgs: preload('throws-on-signal.cjs'),
        env: { REDIS_URL: server.url },
        yaml,
      });
      await server.stop();
      await keepBusy(relay.url);
      relay.signal('SIGWINCH');
      const { status, seconds } = await endOf(relay);
      expect(status).toEqual([1, null]);
      expect(seconds).toBeLessThan(drainSeconds / 2);
    } finally {
      closeConnections();
      await fakes[Symbol.asyncDispose]();
      await server.stop();
    }
  });
});
