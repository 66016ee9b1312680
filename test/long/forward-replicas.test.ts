import { rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { closeConnections, eventually, metric, postEvent } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { FakeReceiver } from '../helpers/receiver';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

const eventsEach = 150;
const statusesEach = 20;
const killedAfter = 50;
/** At most what the killed relay has sent: its answers and 9 requests under way. A slow disk records none of them in time. */
const mostRepeats = killedAfter + 9;

const range = (length: number) => Array.from({ length }, (_, at) => at);

describeWithRedis('webhooks for a receiver, forwarded by two relays that share a store', () => {
  let fakes: Fakes;
  let server: RedisServer;
  let receiver: FakeReceiver;

  beforeAll(async () => {
    [fakes, server, receiver] = await Promise.all([Fakes.start(), RedisServer.start(), FakeReceiver.start()]);
  });
  afterAll(async () => {
    closeConnections();
    await receiver[Symbol.asyncDispose]();
    await fakes[Symbol.asyncDispose]();
    await server.stop();
  });

  const start = (dataDir: string): Promise<RelayProcess> =>
    fakes.startRelay({
      env: { REDIS_URL: server.url },
      yaml: `webhook: { forward: [{ url: "${receiver.url}" }] }`,
      dataDir,
    });
  const eventOf = (relay: string, at: number) => JSON.stringify({ relay, at });
  const statusOf = (relay: string, at: number) => JSON.stringify([`${relay}-0-${at % 2}-${at + 1}-1-1`]);
  const isOf = (relay: string) => (body: string) =>
    body.includes(`"relay":"${relay}"`) || body.startsWith(`["${relay}-`);
  const got = () => receiver.requests.map(({ body }) => body);
  const isDrained = (relay: RelayProcess) =>
    eventually(
      () => metric(relay.url, 'relay_forward_depth'),
      (depth) => depth === 0,
    );

  /** In turn, so that the statuses have an order. Resolves with those that were answered with 200. */
  const post = async (url: string, name: string, onTaken: (count: number) => void = () => undefined) => {
    const taken: string[] = [];
    const agent = new Agent({ keepAlive: true });
    const one = async (event: string, body: string) => {
      const answer = await postEvent(url, event, body, agent).catch(() => null);
      if (answer?.status !== 200) return;
      taken.push(body);
      onTaken(taken.length);
    };
    for (const at of range(statusesEach)) await one('user.onlinestatus', statusOf(name, at));
    await Promise.all(range(eventsEach).map((at) => one('robot.event', eventOf(name, at))));
    agent.destroy();
    return taken;
  };

  it('all arrive, those of a killed relay after its next start, and few come twice', async () => {
    await receiver.down();
    const directories = [await temporaryDirectory(), await temporaryDirectory()] as const;
    let ann = await start(directories[0]);
    const bob = await start(directories[1]);
    const [ofAnn, ofBob] = await Promise.all([
      // In the middle of what it is being sent.
      post(ann.url, 'ann', (count) => count === 100 && ann.signal('SIGKILL')),
      post(bob.url, 'bob'),
    ]);
    await ann.exit();
    expect(ofAnn.length).toBeGreaterThanOrEqual(100);
    expect(ofBob).toHaveLength(eventsEach + statusesEach);

    await receiver.up();
    await isDrained(bob);
    expect(got().filter(isOf('ann'))).toEqual([]);
    expect(got().sort()).toEqual([...ofBob].sort());

    // Again, in the middle of sending.
    ann = await start(directories[0]);
    const killed = ann;
    receiver.answer = () => {
      if (got().filter(isOf('ann')).length === killedAfter) killed.signal('SIGKILL');
      return { status: 200 };
    };
    expect(await killed.exit()).toBe(null);
    ann = await start(directories[0]);
    await isDrained(ann);

    const arrived = got().filter(isOf('ann'));
    const counts = new Map<string, number>();
    for (const body of arrived) counts.set(body, (counts.get(body) ?? 0) + 1);
    expect(ofAnn.filter((body) => !counts.has(body))).toEqual([]);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(2);
    expect(arrived.length - counts.size).toBeLessThanOrEqual(mostRepeats);
    expect(got().filter(isOf('bob'))).toHaveLength(ofBob.length);
    for (const name of ['ann', 'bob']) {
      const order = got().filter((body) => body.startsWith(`["${name}-`));
      const inOrder = range(statusesEach).map((at) => statusOf(name, at));
      expect([...new Set(order)]).toEqual(inOrder);
      expect(order.at(-1)).toBe(inOrder.at(-1));
    }
    await Promise.all([ann.stop(), bob.stop()]);
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });
});
