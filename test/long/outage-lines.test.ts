import {
  api,
  closeConnections,
  eventually,
  metric,
  postFixture,
  postMessage,
  registerApns,
  send,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import type { RelayProcess } from '../helpers/relay-process';

const rounds = 40;

/** Everything in the process that meets the outage: webhooks, API, readiness, gauges, consumers, retries, pauses, presence. */
describeWithRedis('the log of a relay whose Redis fails', () => {
  let server: RedisServer;
  let fakes: Fakes;
  let relay: RelayProcess;
  beforeAll(async () => {
    server = await RedisServer.start();
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ env: { REDIS_URL: server.url } });
    await registerApns(relay.url, 'carol');
  });
  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
    await server.stop();
  });

  const meetIt = async (round: number): Promise<number[]> => {
    const answers = await Promise.all([
      postMessage(relay.url, { to: ['carol'], from: `peer${round}` }),
      postFixture(relay.url, 'v2/online-app-connect'),
      api(relay.url, 'GET', '/users/carol/devices'),
      api(relay.url, 'GET', '/dead-letters'),
      send(relay.url, { method: 'GET', path: '/readyz' }),
      send(relay.url, { method: 'GET', path: '/metrics' }),
    ]);
    return answers.map(({ status }) => status);
  };

  it.each([
    ['dies', () => server.kill(), () => server.restart()],
    ['stands still', async () => server.freeze(), async () => server.thaw()],
  ])('has one line when it %s and one when it is back', async (_, fail, heal) => {
    const before = relay.log.length;
    await fail();
    for (let round = 0; round < rounds; round++) {
      const [message] = await meetIt(round);
      expect(message).toBe(200);
    }
    expect(await metric(relay.url, 'relay_journal_depth')).toBeGreaterThan(0);
    await heal();
    const isEnd = ({ event }: Record<string, unknown>): boolean => event === 'redis_available';
    await eventually(
      async () => relay.log.slice(before).some(isEnd),
      (isThere) => isThere,
    );
    await meetIt(rounds);
    const lines = relay.log
      .slice(before)
      // How many steps of traces are missing, nobody else says. It is said a second later.
      .filter(({ event }) => event !== 'traces_complete')
      .map(({ level, event, text }) => [level, event ?? text]);
    expect(lines).toEqual([
      ['warn', 'redis_unavailable'],
      ['info', 'redis_available'],
    ]);
    const end = relay.log.slice(before).find(isEnd);
    expect(end).toMatchObject({ forMs: expect.any(Number), drained: expect.any(Number) });
  });

  it('has its reason in the readiness too', async () => {
    await server.kill();
    await postMessage(relay.url, { to: ['carol'], from: 'late' });
    await eventually(
      async () => {
        const { text } = await send(relay.url, { method: 'GET', path: '/readyz' });
        const { checks } = JSON.parse(text) as { checks: { name: string; detail: string }[] };
        return checks.find(({ name }) => name === 'journal')?.detail;
      },
      (detail) =>
        /since 20.* \(nothing listens at the address of Redis \(ECONNREFUSED\)\);/.test(detail ?? ''),
    );
    await server.restart();
  });
});
