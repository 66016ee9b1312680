import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger, type Logger } from '../../../src/domain/logger';
import { StoreConfigurationError, StoreUnavailableError } from '../../../src/store/ports/errors';
import type { Store } from '../../../src/store/ports/store';
import { openRedisStore } from '../../../src/store/redis/store';
import {
  describeWithRedis,
  hasRedisServer,
  hasRedisTls,
  RedisCluster,
  RedisServer,
} from '../../helpers/redis-server';
import { createTestAuthority } from '../certificates';
import { anEvent } from './builders';
import { closeOpened, eventually, openedStore } from './redis-opened';

type Opening = Parameters<typeof RedisServer.start>[0];

const user = (...rules: string[]): string[] => ['--user', 'relay', 'on', '>s3cret', '~*', '+@all', ...rules];

/** Of docs/redis.md. */
const documentedUser = [
  ...['--user', 'relay', 'on', '>s3cret', '~wpr:*', '+@read', '+@write', '+@scripting', '+@connection'],
  ...['-@dangerous', '+info', '+wait', '+time', '+xinfo', '+config|get'],
];

describeWithRedis('a connection to Redis', () => {
  const servers: { stop(): Promise<void> }[] = [];
  const started = async (options?: Opening): Promise<RedisServer> => {
    const server = await RedisServer.start(options);
    servers.push(server);
    return server;
  };
  const listening = async (server: Server): Promise<number> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push({ stop: async () => void server.close() });
    return (server.address() as AddressInfo).port;
  };
  const keysOf = async (server: RedisServer): Promise<string> => {
    const client = new Redis(server.url);
    const keyspace = await client.info('keyspace');
    client.disconnect();
    return keyspace.trim();
  };
  const problem = async (store: Store): Promise<string> => (await store.health())[0]?.detail ?? '';

  afterEach(async () => {
    await closeOpened();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  it.each([
    ['out of range', '//', '/99', [], /database 99 does not exist \(this server has 16\)\. Use 0 to 15\.$/],
    ['out of range of a small server', '//', '/1', ['--databases', '1'], /has 1\)\. Use 0\.$/],
    ['that the user may not select', '//relay:s3cret@', '/3', user('-select'), /may not select database 3/],
    ['of a server in cluster mode', '//', '/3', ['--cluster-enabled', 'yes'], /database 0 only/],
  ])('is refused a database %s, and leaves database 0 alone', async (_, login, path, args, reason) => {
    const server = await started({ args });
    const opening = openedStore({ kind: 'single', url: server.url.replace('//', login) + path });
    await expect(opening).rejects.toThrow(StoreConfigurationError);
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toThrow(/^redis\.url \(REDIS_URL\): /);
    expect(await keysOf(server)).toBe('# Keyspace');
  });

  it('works on the database that is asked for, its waiting reads too', async () => {
    const server = await started();
    const store = await openedStore({ kind: 'single', url: `${server.url}/5` });
    const claiming = store.inbox.claim({ direct: 9, bulk: 9 }, 5_000, new AbortController().signal);
    await store.inbox.append(anEvent('m1'));
    expect((await claiming).map(({ bodyId }) => bodyId)).toEqual(['m1']);
    expect(await keysOf(server)).toMatch(/^# Keyspace\r\ndb5:[^\r\n]*$/);
  });

  it('is away, and never on database 0, when the database may no longer be selected at a reconnect', async () => {
    const server = await started({ args: user() });
    const store = await openedStore({
      kind: 'single',
      url: `${server.url.replace('//', '//relay:s3cret@')}/5`,
    });
    const admin = new Redis(server.url);
    await admin.call('ACL', 'SETUSER', 'relay', '-select');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await eventually(
      () => problem(store),
      (detail) => detail.includes('may not select database 5'),
    );
    await expect(store.inbox.append(anEvent('m1'))).rejects.toThrow(StoreUnavailableError);
    expect(await admin.info('keyspace')).not.toContain('db0:');
    await admin.call('ACL', 'SETUSER', 'relay', '+select');
    // It may look well between two attempts to connect; what counts is that it takes events again.
    await eventually(() =>
      store.inbox.append(anEvent('m2')).then(
        () => true,
        () => false,
      ),
    );
    expect(await admin.info('keyspace')).not.toContain('db0:');
    admin.disconnect();
  });

  it.each([
    ['INFO', ['--rename-command', 'INFO', '']],
    ['CONFIG', ['--rename-command', 'CONFIG', '']],
    ['CLIENT', ['--rename-command', 'CLIENT', '']],
    ['of the documented user', documentedUser],
    ['of that user without INFO and CONFIG', [...documentedUser, '-info', '-config']],
  ])('does without commands that only tell it more: %s', async (_, args) => {
    const server = await started({ args });
    const lines: string[] = [];
    const keep = (_fields: object, line: string): void => void lines.push(line);
    const logger: Logger = { ...silentLogger, info: keep, warn: keep, error: keep };
    const url = args.includes('relay') ? server.url.replace('//', '//relay:s3cret@') : server.url;
    const store = await openedStore({ kind: 'single', url }, { prefix: 'wpr:' }, logger);
    const claiming = store.inbox.claim({ direct: 9, bulk: 9 }, 5_000, new AbortController().signal);
    await store.inbox.append(anEvent('m1'));
    expect((await claiming).map(({ bodyId }) => bodyId)).toEqual(['m1']);
    expect((await store.health()).map(({ severity }) => severity)).not.toContain('unavailable');
    const waiting = new AbortController();
    const waited = store.inbox.claim({ direct: 9, bulk: 9 }, 60_000, waiting.signal);
    waiting.abort();
    await waited;
    await closeOpened();
    expect(lines).toEqual([]);
  });

  it('refuses a server that does not run scripts, and names the command', async () => {
    const server = await started({ args: ['--rename-command', 'EVAL', ''] });
    const opening = openedStore({ kind: 'single', url: server.url });
    await expect(opening).rejects.toThrow(StoreConfigurationError);
    await expect(opening).rejects.toThrow(/this Redis does not have the command EVAL, which the relay needs/);
  });

  it('refuses a password that the server does not ask for', async () => {
    const { url } = await started();
    const opening = openedStore({ kind: 'single', url: url.replace('//', '//:hush@') });
    await expect(opening).rejects.toThrow(/this Redis has none for the default user/);
    await expect(opening).rejects.not.toThrow(/hush/);
  });

  it('refuses cluster addresses that differ in what holds for all nodes, or name a database', async () => {
    for (const second of ['rediss://127.0.0.1:2', 'redis://u:p@127.0.0.1:2', 'redis://127.0.0.1:2/1'])
      await expect(openedStore({ kind: 'cluster', urls: ['redis://127.0.0.1:1', second] })).rejects.toThrow(
        /redis\.url \(REDIS_URL\)/,
      );
  });

  it.each([
    'redis://:p/w@host',
    'redis://:p#w@host',
    'redis://u:p?w@host',
    'redis://:p%zz@host',
    'redis://host/x',
  ])('says how to write %s, without a word of it', async (url) => {
    const opening = openedStore({ kind: 'single', url });
    await expect(opening).rejects.toThrow(/redis\.url \(REDIS_URL\): .*percent-encode/);
    await expect(opening).rejects.not.toThrow(/p[/#?%]|w@/);
  });

  it('waits while the server is a replica', async () => {
    const master = await started();
    const replica = await started({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    const store = await openedStore({ kind: 'single', url: replica.url }, { openTimeoutMs: 500 });
    await eventually(
      () => problem(store),
      (detail) => detail.includes('READONLY'),
    );
    const admin = new Redis(replica.url);
    await admin.call('REPLICAOF', 'NO', 'ONE');
    admin.disconnect();
    await eventually(async () => (await store.inbox.append(anEvent('m1')), true));
  });

  it.each([
    ['LOADING', '-LOADING Redis is loading the dataset in memory\r\n'],
    ['DENIED', '-DENIED Redis is running in protected mode because protected mode is enabled\r\n'],
    ['maxclients', '-ERR max number of clients reached\r\n'],
    ['MASTERDOWN', '-MASTERDOWN Link with MASTER is down\r\n'],
    ['does not speak the Redis protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['Redis answers with an error (ERR)', `-ERR ${'nonsense \u202e'.repeat(10_000)}\r\n`],
  ])('says %s in its own words', async (words, reply) => {
    const port = await listening(
      createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (data) => {
          for (const _ of data.toString().match(/\*\d+\r\n/g) ?? []) socket.write(reply);
        });
      }),
    );
    const store = await openedStore(
      { kind: 'single', url: `redis://127.0.0.1:${port}` },
      { openTimeoutMs: 200 },
    );
    const detail = await eventually(
      () => problem(store),
      (found) => found.includes(words),
    );
    expect(detail.length).toBeLessThan(300);
    expect(detail).not.toMatch(/nonsense|\d+\.\d+\.\d+\.\d+/);
  });

  it('tells a web server from Redis', async () => {
    const server = createHttpServer((_, response) => void response.end('hello'));
    const port = await listening(server);
    const store = await openedStore(
      { kind: 'single', url: `redis://127.0.0.1:${port}` },
      { openTimeoutMs: 200 },
    );
    await eventually(
      () => problem(store),
      (detail) => detail.includes('does not speak the Redis protocol'),
    );
  });

  it('names the real limit of clients', async () => {
    const server = await started({ args: ['--maxclients', '1'] });
    const only = new Redis(server.url);
    await only.ping();
    const store = await openedStore({ kind: 'single', url: server.url }, { openTimeoutMs: 200 });
    await eventually(
      () => problem(store),
      (detail) => detail.includes('maxclients'),
    );
    only.disconnect();
  });

  it('says TLS where a plain port is asked for it', async () => {
    const server = await started();
    const url = server.url.replace('redis:', 'rediss:');
    const store = await openedStore({ kind: 'single', url }, { openTimeoutMs: 100 });
    await eventually(
      () => problem(store),
      (detail) => /TLS/.test(detail) && /redis:\/\//.test(detail),
    );
  });

  (hasRedisServer && !hasRedisTls() ? it.skip : it)(
    'says rediss:// where a TLS port is asked for plain words',
    async () => {
      const authority = await createTestAuthority();
      const { cert, key } = await authority.issue(['127.0.0.1']);
      const { port } = await started({ tls: { cert, key, ca: authority.cert } });
      const store = await openedStore(
        { kind: 'single', url: `redis://127.0.0.1:${port}` },
        { openTimeoutMs: 200 },
      );
      await eventually(
        () => problem(store),
        (detail) => detail.includes('rediss://'),
      );
    },
  );

  it.each([
    ['redis://127.0.0.1:1', 'ECONNREFUSED'],
    ['redis://no-such-host.invalid', /ENOTFOUND|EAI_AGAIN/],
  ])('says what is wrong with %s', async (url, words) => {
    const store = await openedStore({ kind: 'single', url }, { openTimeoutMs: 200 });
    await eventually(
      () => problem(store),
      (detail) => detail.search(words) >= 0,
    );
  });

  it('says that several URLs mean a cluster', async () => {
    const { url } = await started();
    await expect(openedStore({ kind: 'cluster', urls: [url, url] })).rejects.toThrow(
      /several URLs mean a cluster/,
    );
  });

  it('takes one address of a cluster twice, and names the setting where nodes announce none', async () => {
    const cluster = await RedisCluster.start();
    servers.push(cluster);
    const [first = ''] = cluster.urls;
    const store = await openedStore({ kind: 'cluster', urls: [first, first] });
    await store.inbox.append(anEvent('m1'));
    for (const type of ['unknown-endpoint', 'hostname']) {
      for (const { url } of cluster.nodes) {
        const admin = new Redis(url);
        await admin.config('SET', 'cluster-preferred-endpoint-type', type);
        admin.disconnect();
      }
      await expect(
        openedStore({ kind: 'cluster', urls: cluster.urls }, { openTimeoutMs: 20_000 }),
      ).rejects.toThrow(/cluster-preferred-endpoint-type/);
    }
  });

  it('logs one line for an outage and one for its end, whatever notices it', async () => {
    const server = await started();
    const lines: string[] = [];
    const note = (level: string) => (fields: object, text: string) =>
      void lines.push(`${level} ${text} ${JSON.stringify(fields)}`);
    const logger: Logger = {
      isDebugging: true,
      child: () => logger,
      debug: () => {},
      info: note('info'),
      warn: note('warn'),
      error: note('error'),
    };
    const store = await openRedisStore(
      {
        topology: { kind: 'single', url: server.url },
        prefix: `t${randomBytes(4).toString('hex')}:`,
        waitMs: 100,
        claimTimeMs: 30_000,
        deadLetters: { maxAgeMs: 86_400_000, maxCount: 1_000, maxBytes: 1e7 },
      },
      { clock: systemClock, random: Math.random, logger },
    );
    servers.push({ stop: () => store.close() });
    await server.kill();
    for (let tries = 0; tries < 50; tries++) {
      await Promise.allSettled([
        store.inbox.append(anEvent(`m${tries}`)),
        store.inbox.stats(),
        store.devices.scan(10, null),
        store.sharedState.get('k'),
      ]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await server.restart();
    await eventually(async () => lines.some((line) => line.includes('again')));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^warn .*(ECONNREFUSED|closed)/);
    expect(lines[1]).toMatch(/^info .*forMs/);
  });
});
