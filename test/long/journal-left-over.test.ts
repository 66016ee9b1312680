import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import { openEmbeddedStore } from '../../src/store/embedded/store';
import { anEvent } from '../contract/store/builders';
import { bounds } from '../contract/store/fixture';
import {
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  send,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { temporaryDirectory } from '../helpers/relay-process';

describeWithRedis('an installation that goes from Redis back to the embedded store', () => {
  let server: RedisServer;
  let fakes: Fakes;
  beforeAll(async () => {
    server = await RedisServer.start();
    fakes = await Fakes.start();
  });
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
    await server.stop();
  });
  afterEach(() => server.thaw());

  const ready = async (url: string): Promise<string> =>
    (await send(url, { method: 'GET', path: '/readyz' })).text;

  it('delivers what its journal holds, and goes on without the journal', async () => {
    const dataDir = await temporaryDirectory();
    const first = await fakes.startRelay({ dataDir });
    await registerApns(first.url, 'carol');
    expect(await first.stop()).toBe(0);

    const redis = await fakes.startRelay({ dataDir, env: { REDIS_URL: server.url } });
    server.freeze();
    for (const from of ['alice', 'bob', 'dave'])
      expect((await postMessage(redis.url, { to: ['carol'], from })).status).toBe(200);
    expect(await metric(redis.url, 'relay_journal_depth')).toBe(3);
    expect(await redis.stop()).toBe(0);

    const embedded = await fakes.startRelay({ dataDir });
    await embedded.logged(({ entries, event }) => entries === 3 && event === 'journal_left_over');
    await fakes.sandbox.apns.waitForAccepted(3);
    await eventually(
      () => ready(embedded.url),
      (text) => !text.includes('journal'),
    );
    await eventually(
      () => metric(embedded.url, 'relay_journal_depth'),
      (depth) => depth === 0,
    );
    expect((await postMessage(embedded.url, { to: ['carol'], from: 'erin' })).status).toBe(200);
    const pushes = await fakes.sandbox.apns.waitForAccepted(4);
    expect(pushes.map(({ token }) => token)).toEqual(Array(4).fill(apnsToken('carol/phone')));
    expect(await metric(embedded.url, 'relay_journal_appends_total')).toBe(0);
    expect(await embedded.stop()).toBe(0);

    const again = await fakes.startRelay({ dataDir });
    expect(again.log.some(({ event }) => String(event).startsWith('journal'))).toBe(false);
    expect(await again.stop()).toBe(0);
  });

  it('hears at the start of what its embedded store still holds when it goes to Redis', async () => {
    const dataDir = await temporaryDirectory();
    const context = { clock: systemClock, random: Math.random, logger: silentLogger };
    const left = await openEmbeddedStore({ directory: dataDir, deadLetters: bounds }, context);
    await left.inbox.append(anEvent('m1', { receivedAtMs: Date.now() }));
    await left.close();
    const redis = await fakes.startRelay({ dataDir, env: { REDIS_URL: server.url } });
    const warned = await redis.logged(({ entries }) => entries === 1);
    expect(warned['msg']).toContain('start the relay once without Redis');
    expect(await redis.stop()).toBe(0);
  });
});
