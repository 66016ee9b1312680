import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reply } from '../../src/sandbox/answer';
import { api, closeConnections, eventually, metric, postMessage, registerApns } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import type { RelayProcess } from '../helpers/relay-process';
import { itOnSmallDisk, useSmallDisk } from '../helpers/small-disk';

const idOf = (number: number) => String(3_200_000_000_000_000_000n + BigInt(number));
const lost = (relay: RelayProcess) => metric(relay.url, 'relay_trace_steps_lost_total');
const isOfTraces = ({ event }: Record<string, unknown>): boolean => String(event).startsWith('traces_');
const linesOf = (relay: RelayProcess) => relay.log.filter(isOfTraces).map(({ event }) => event);

describe('a trace whose store takes no steps', () => {
  let fakes: Fakes;
  beforeAll(async () => (fakes = await Fakes.start()));
  afterEach(() => fakes.sandbox.reset());
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  const rings = (messageId: string) =>
    fakes.sandbox.apns.waitForAccepted(
      ({ payload }) => (payload['wukongim'] as { message_id: string }).message_id === messageId,
    );
  const traced = (relay: RelayProcess, messageId: string) =>
    eventually(
      () => api(relay.url, 'GET', `/messages/${messageId}`),
      ({ body }) => JSON.stringify(body).includes('"outcome":"accepted"'),
    );

  /** The line of the end counts what was lost; what comes later is traced as a whole. */
  async function isWhole(relay: RelayProcess, messageId: string): Promise<void> {
    await postMessage(relay.url, { messageId, to: ['erin'] });
    await rings(messageId);
    const end = await relay.logged(({ event }) => event === 'traces_complete');
    expect(end).toMatchObject({ level: 'info', steps: await lost(relay) });
    expect(linesOf(relay)).toEqual(['traces_incomplete', 'traces_complete']);
    const { body } = await traced(relay, messageId);
    expect(body).toMatchObject({ from_uid: 'alice', counts: { pushed: 1 } });
  }

  describeWithRedis('Redis', () => {
    let server: RedisServer;
    beforeEach(async () => (server = await RedisServer.start()));
    afterEach(() => server.stop());

    it.each([
      ['stands still', async () => server.freeze(), async () => server.thaw()],
      ['is away', () => server.kill(), () => server.restart()],
    ])(
      'counts them while it %s, rings all the same, and says once how many are missing',
      async (_, fail, heal) => {
        await using relay = await fakes.startRelay({ env: { REDIS_URL: server.url, LOG_LEVEL: 'debug' } });
        await registerApns(relay.url, 'erin');
        await postMessage(relay.url, { messageId: idOf(1), to: ['erin'] });
        await traced(relay, idOf(1));
        expect(await lost(relay)).toBe(0);

        await fail();
        for (const number of [2, 3, 4])
          expect((await postMessage(relay.url, { messageId: idOf(number), to: ['erin'] })).status).toBe(200);
        await eventually(
          () => lost(relay),
          (steps) => steps > 0,
        );
        await heal();
        for (const number of [2, 3, 4]) await rings(idOf(number));
        await isWhole(relay, idOf(5));
        // The store itself says that it is away.
        expect(relay.log.find(isOfTraces)).toMatchObject({ level: 'debug' });
      },
    );
  });

  describe('embedded store', () => {
    const disk = useSmallDisk(48);

    itOnSmallDisk(
      'counts them while its disk is full, rings all the same, and says once how many are missing',
      async () => {
        await using relay = await fakes.startRelay({
          dataDir: join(disk.path, 'data'),
          env: { LOG_LEVEL: 'debug' },
          yaml: `
journal: { min_free_percent: 10 }
delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } } }
`,
        });
        await registerApns(relay.url, 'erin');
        const { apns } = fakes.sandbox;
        const busy = apns.script({ answer: reply(503, 'ServiceUnavailable') });
        await postMessage(relay.url, { messageId: idOf(11), to: ['erin'] });
        await eventually(
          () => Promise.resolve(busy.hits),
          (hits) => hits > 0,
        );
        const ballast = join(disk.path, 'ballast');
        spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k']);
        spawnSync('truncate', ['-s', '-1M', ballast]);
        await eventually(
          () => lost(relay),
          (steps) => steps > 0,
        );
        apns.reset();
        await rings(idOf(11));
        await rm(ballast);
        await isWhole(relay, idOf(12));
      },
    );
  });
});
