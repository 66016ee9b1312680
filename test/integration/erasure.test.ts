import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { open } from 'lmdb';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';

const uid = 'erased-user-4711';
const token = 'token-of-the-erased-4711';
const visits = [
  [uid, 10],
  [`${uid}|service`, 3],
  [`${uid}@bob`, 11],
] as const;
const headers = { 'content-type': 'application/json' };

/** A life of the user: devices, a name, presence, messages in and out, a push, and a webhook that could not be read. */
async function live(url: string): Promise<void> {
  const call = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
    return [answer.status, await answer.text()] as const;
  };
  const user = `/v1/users/${uid}`;
  expect((await call('PUT', `${user}/devices/phone`, { provider: 'fcm', token }))[0]).toBe(201);
  expect((await call('PUT', `${user}/devices/pad`, { provider: 'fcm', token: `${token}-b` }))[0]).toBe(201);
  expect((await call('PUT', `${user}/profile`, { name: uid }))[0]).toBe(200);
  const message = { from_uid: 'bob', channel_id: uid, channel_type: 1, message_id: 4711, payload: 'e30=' };
  const webhooks: readonly (readonly [string, unknown])[] = [
    ['user.onlinestatus', [`${uid}-0-1-0-1-1`]],
    ['msg.offline', { ...message, to_uids: [uid] }],
    ['msg.offline', { ...message, message_id: 4712, from_uid: uid, channel_id: 'bob', to_uids: ['bob'] }],
    ['msg.offline', { ...message, message_id: 'none', to_uids: [uid], channel_type: 'bad' }],
  ];
  for (const [event, body] of webhooks) await call('POST', `/webhook?event=${event}`, body);
  // A visitor, of whom agents tell each other: only the channel names the user.
  await call('PUT', `/v1/channels/10/${uid}`, { name: 'Visitor' });
  await call('PUT', `/v1/channels/10/${uid}/members/bob`, { name: 'Agent' });
  for (const [index, [id, type]] of visits.entries())
    await call('POST', '/webhook?event=msg.offline', {
      ...message,
      message_id: 4720 + index,
      channel_id: id,
      channel_type: type,
      to_uids: ['eve'],
    });
  const push = { uids: [uid], notification: { title: 'x' } };
  expect((await call('POST', '/v1/push', push))[0]).toBe(202);
  while (!isWorkedOff(await (await fetch(`${url}/metrics`)).text()))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The message and the push have each reached both devices, and nothing waits. */
function isWorkedOff(metrics: string): boolean {
  const accepted = [...metrics.matchAll(/^relay_deliveries_total\{.*outcome="accepted".*\} (\d+)$/gm)];
  const sum = accepted.reduce((total, [, count]) => total + Number(count), 0);
  return sum >= 4 && !/^relay_inbox_depth\S* [1-9]/m.test(metrics);
}

async function erase(url: string): Promise<void> {
  expect((await fetch(`${url}/v1/users/${uid}`, { method: 'DELETE' })).status).toBe(204);
}

const traces = (texts: readonly string[]) =>
  texts.filter((text) => text.includes(uid) || text.includes(token));

describe('erasing a user, embedded store', () => {
  it('leaves no live row with the uid or a token', async () => {
    const dataDir = await temporaryDirectory();
    const relay = await RelayProcess.start({ dataDir, env: { PROVIDERS: 'sandbox' } });
    await live(relay.url);
    await erase(relay.url);
    expect(await relay.stop()).toBe(0);
    const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
    const root = open<Buffer, Buffer>({
      path: join(dataDir, 'data.mdb'),
      noSubdir: true,
      readOnly: true,
      maxDbs: 64,
      ...binary,
    });
    const names = [...root.getKeys({})].map((key) => key.toString('utf8').replace(/\0$/, ''));
    const rows = names.flatMap((name) =>
      [...root.openDB<Buffer, Buffer>(name, binary).getRange({})].map(
        ({ key, value }) => `${name}: ${key.toString('latin1')} ${value.toString('latin1')}`,
      ),
    );
    await root.close();
    await rm(dataDir, { recursive: true });
    expect(names.length).toBeGreaterThan(5);
    expect(rows.length).toBeGreaterThan(0);
    expect(traces(rows)).toEqual([]);
  });
});

describeWithRedis('erasing a user, Redis', () => {
  it('leaves no key or value with the uid or a token', async () => {
    const server = await RedisServer.start();
    const redis = new Redis(server.url);
    await using relay = await RelayProcess.start({ env: { PROVIDERS: 'sandbox', REDIS_URL: server.url } });
    await live(relay.url);
    expect(traces(await contentsOf(redis))).not.toEqual([]);
    await erase(relay.url);
    const left = traces(await contentsOf(redis));
    await relay.stop();
    redis.disconnect();
    await server.stop();
    expect(left).toEqual([]);
  });
});

/** Each key with all that it holds, as text. */
async function contentsOf(redis: Redis): Promise<string[]> {
  const readers: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    set: (key) => redis.smembers(key),
    list: (key) => redis.lrange(key, 0, -1),
    zset: (key) => redis.zrange(key, 0, '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
  };
  const keys = await redis.keys('*');
  return Promise.all(
    keys.map(async (key) => `${key}: ${JSON.stringify(await readers[await redis.type(key)]?.(key))}`),
  );
}
