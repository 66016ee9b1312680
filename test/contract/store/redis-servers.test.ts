import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { StoreConfigurationError, StoreUnavailableError } from '../../../src/store/ports/errors';
import type { Store } from '../../../src/store/ports/store';
import { describeWithRedis, RedisCluster, RedisServer } from '../../helpers/redis-server';
import { anEvent, claimOne } from './builders';
import { closeOpened, eventually, openedStore } from './redis-opened';

/** What the relay needs of an ACL user: docs/redis.md says the same. */
const permissions = [
  '~wpr:*',
  '+@read',
  '+@write',
  '+@scripting',
  '+@connection',
  '+info',
  '+wait',
  '+time',
  '+xinfo',
  '-@dangerous',
  '+info',
];

const names = async (store: Store): Promise<string[]> =>
  (await store.health()).map(({ name, severity }) => `${name} ${severity}`).sort();

describeWithRedis('the servers of a Redis store', () => {
  const servers: { stop(): Promise<void> }[] = [];
  const started = async (...args: Parameters<typeof RedisServer.start>): Promise<RedisServer> => {
    const server = await RedisServer.start(...args);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await closeOpened();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  it('works as an ACL user with little more than its keys, and says what it may not see', async () => {
    const server = await started({
      args: ['--user', 'default', 'off', '--user', 'relay', 'on', '>s3cret', ...permissions],
    });
    const store = await openedStore(
      { kind: 'single', url: server.url.replace('//', '//relay:s3cret@') },
      { prefix: 'wpr:' },
    );
    await store.inbox.append(anEvent('m1', { recipients: [['a'], ['b']] }));
    const claimed = await store.inbox.claim({ direct: 9, bulk: 9 }, 1_000, new AbortController().signal);
    await store.inbox.renew(claimed.map(({ id }) => ({ id, progress: Buffer.from('x') })));
    await store.inbox.release(claimed.map(({ id }) => id));
    await store.presence.apply([{ uid: 'a', deviceFlag: 1, online: true, connections: 1, total: 1 }], 1);
    expect(await store.sharedState.setIfAbsent('k', 'v', 1_000)).toBeNull();
    expect((await store.devices.scan(10, null)).items).toEqual([]);
    expect(await names(store)).toEqual(['redis.config degraded']);
  });

  it('sees all of a default user', async () => {
    const { url } = await started();
    expect(await names(await openedStore({ kind: 'single', url }))).toEqual([]);
  });

  it.each([
    ['a wrong password', '//relay:wrong@', /WRONGPASS/],
    ['no password', '//', /NOAUTH/],
    ['a user without the permissions', '//reader:s3cret@', /permission|NOPERM|ACL/i],
  ])('refuses to open with %s, and says why', async (_, login, reason) => {
    const server = await started({
      args: [
        '--user',
        'default',
        'off',
        '--user',
        'relay',
        'on',
        '>s3cret',
        '~*',
        '+@all',
        '--user',
        'reader',
        'on',
        '>s3cret',
        '~other:*',
        '+@read',
        '+eval',
        '+info',
        '+client',
      ],
    });
    const opening = openedStore({ kind: 'single', url: server.url.replace('//', login) });
    await expect(opening).rejects.toThrow(StoreConfigurationError);
    await expect(opening).rejects.toThrow(reason);
  });

  it('refuses what is no Redis URL, without repeating the password in it', async () => {
    const opening = openedStore({ kind: 'single', url: 'http://u:hush@host' });
    await expect(opening).rejects.toThrow(StoreConfigurationError);
    await expect(opening).rejects.not.toThrow(/hush/);
  });

  it('tells a cluster from a server that is alone', async () => {
    const alone = await started();
    const asCluster = openedStore({ kind: 'cluster', urls: [alone.url, alone.url] });
    await expect(asCluster).rejects.toThrow(StoreConfigurationError);
    const cluster = await RedisCluster.start();
    servers.push(cluster);
    const asServer = openedStore({ kind: 'single', url: cluster.urls[0] ?? '' });
    await expect(asServer).rejects.toThrow(/part of a cluster/);
  });

  it('refuses a version that is too old', async () => {
    const old = await startOldServer('6.0.16');
    servers.push({ stop: async () => void old.close() });
    const { port } = old.address() as { port: number };
    const opening = openedStore({ kind: 'single', url: `redis://127.0.0.1:${port}` });
    await expect(opening).rejects.toThrow(StoreConfigurationError);
    await expect(opening).rejects.toThrow(/6\.0 is too old/);
  });

  it('opens without a server, refuses at once, and works as soon as there is one', async () => {
    const server = await started();
    await server.kill();
    const store = await openedStore({ kind: 'single', url: server.url }, { openTimeoutMs: 200 });
    expect(await names(store)).toEqual(['redis unavailable']);
    for (const asked of [store.inbox.append(anEvent('m1')), store.devices.list('alice')]) {
      const refusal: unknown = await asked.catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(StoreUnavailableError);
      // Not after the time that an answer may take.
      expect(String(refusal)).not.toMatch(/within \d+ ms/);
    }
    await server.restart();
    await eventually(() => store.inbox.append(anEvent('m2')).then(() => true));
    expect((await eventually(() => claimOne(store))).bodyId).toBe('m2');
    expect(
      await eventually(
        () => names(store),
        (found) => found.length === 0,
      ),
    ).toEqual([]);
  });

  it('says what of Redis own settings can lose or refuse messages', async () => {
    const server = await started({
      args: ['--appendfsync', 'no', '--maxmemory', '200mb', '--maxmemory-policy', 'allkeys-lru'],
    });
    const store = await openedStore({ kind: 'single', url: server.url });
    expect(await names(store)).toEqual(['redis.appendfsync degraded', 'redis.maxmemory-policy degraded']);
    const admin = new Redis(server.url);
    await admin.config('SET', 'appendonly', 'no');
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'maxmemory', '1');
    await admin.config('SET', 'min-replicas-to-write', '2');
    admin.disconnect();
    expect(await names(store)).toEqual([
      'redis.appendfsync degraded',
      'redis.appendonly degraded',
      'redis.maxmemory degraded',
      'redis.min-replicas degraded',
    ]);
    expect((await store.health()).every(({ detail }) => /set |raise |refuses/.test(detail))).toBe(true);
  });
});

/** Says it is an old Redis, and OK to everything else. */
async function startOldServer(version: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const command of data.toString().split(/(?=\*\d+\r\n)/)) {
        const info = `redis_version:${version}\r\nredis_mode:standalone\r\nrole:master\r\n`;
        socket.write(/info/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
