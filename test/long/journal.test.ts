import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postEvent,
  postFixture,
  postMessage,
  registerApns,
  send,
  type Answer,
} from '../helpers/client';
import { hang } from '../../src/sandbox/answer';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

/** What WuKongIM and an operator see while Redis does not answer; the process is the real one. */
describeWithRedis('a relay whose Redis is frozen', () => {
  let server: RedisServer;
  let fakes: Fakes;
  let relay: RelayProcess;
  let dataDir: string;
  const start = (yaml = ''): Promise<RelayProcess> =>
    fakes.startRelay({ dataDir, env: { REDIS_URL: server.url }, yaml });

  beforeAll(async () => {
    server = await RedisServer.start();
    fakes = await Fakes.start();
    dataDir = await temporaryDirectory();
    relay = await start();
  });
  afterAll(async () => {
    server.thaw();
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
    await server.stop();
  });

  /** With Redis frozen, which it stays until all are answered. */
  const answered = async (post: Promise<Answer>): Promise<number> => {
    const { status, text } = await post;
    if (status === 200) expect(text).toBe('');
    return status;
  };

  it('answers every webhook while Redis is frozen, is degraded, and delivers after its own restart', async () => {
    await registerApns(relay.url, 'carol');
    server.freeze();
    const statuses = [
      await answered(postFixture(relay.url, 'v2/online-app-connect')),
      await answered(postMessage(relay.url, { to: ['carol'], from: 'alice' })),
      await answered(postEvent(relay.url, 'msg.offline', '{"broken')),
      await answered(postMessage(relay.url, { to: ['carol'], from: 'bob' })),
      await answered(postFixture(relay.url, 'v2/online-last-disconnect')),
    ];
    expect(statuses).toEqual([200, 200, 400, 200, 200]);

    const ready = await send(relay.url, { method: 'GET', path: '/readyz' });
    expect([ready.status, ready.text]).toEqual([200, expect.stringMatching(/"degraded".*kept on disk/)]);
    expect(await metric(relay.url, 'relay_journal_depth')).toBe(5);
    const refused = await api(relay.url, 'GET', '/users/carol/devices');
    expect(refused.status).toBe(503);

    expect(await relay.stop()).toBe(0);
    server.thaw();
    relay = await start();
    const pushes = await fakes.sandbox.apns.waitForAccepted(2);
    expect(pushes.map(({ token }) => token)).toEqual([apnsToken('carol/phone'), apnsToken('carol/phone')]);
    await eventually(
      () => metric(relay.url, 'relay_journal_depth'),
      (depth) => depth === 0,
    );
    const letters = await api(relay.url, 'GET', '/dead-letters');
    expect(JSON.stringify(letters.body)).toContain('webhook');
  });

  it('stops within its time, also with an entry that it cannot settle, and sends it later', async () => {
    expect(await relay.stop()).toBe(0);
    relay = await start('server: { drain_seconds: 1 }');
    fakes.sandbox.reset();
    const asked = new Promise<void>((resolve) => {
      fakes.sandbox.apns.script(() => (resolve(), hang()));
    });
    await postMessage(relay.url, { to: ['carol'], from: 'dora' });
    await asked;
    server.freeze();
    expect(await postMessage(relay.url, { to: ['carol'], from: 'emil' })).toMatchObject({ status: 200 });
    expect(await relay.stop()).toBe(0);
    server.thaw();
    fakes.sandbox.reset();
    relay = await start();
    await fakes.sandbox.apns.waitForAccepted(2);
  });
});
