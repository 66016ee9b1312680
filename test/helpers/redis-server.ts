import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { freePort } from './free-port';

/** Files of a server certificate, and the authority's certificate that clients trust. */
export interface RedisTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface RedisServerOptions {
  /** Further arguments, e.g. `['--requirepass', 'x']`. */
  readonly args?: readonly string[];
  readonly tls?: RedisTls;
  /** A cluster node: it gets a second port for the bus. */
  readonly cluster?: boolean;
}

/** `REDIS_SERVER_BINARY`: the server to test with, of any version of Redis or Valkey; default the redis-server on the PATH. */
const serverProgram = process.env['REDIS_SERVER_BINARY'] ?? 'redis-server';
const versionLine = spawnSync(serverProgram, ['--version'], { encoding: 'utf8' });

export const hasRedisServer = versionLine.status === 0;

/** E.g. "Redis 7.0.15" or "Valkey 8.1.8". */
export const redisVersion = versionLine.stdout?.replace(/^(\w+) server v=(\S+).*$/s, '$1 $2') ?? 'not found';

/** Before Redis 7 the bus of a cluster node is 10,000 above its port. */
const isBeforeSeven = / 6\./.test(redisVersion);

/** Whether the server was built with TLS: then it misses its certificate and ends; so it does without, for another reason. */
export function hasRedisTls(): boolean {
  const args = ['--port', '0', '--tls-port', '1', '--dir', tmpdir()];
  const { stdout } = spawnSync(serverProgram, args, { encoding: 'utf8', timeout: 60_000 });
  return (stdout ?? '').includes('No tls-cert-file configured');
}

let saidSo = false;

/** `describe` where there is a Redis to test with. Without one the tests are skipped, and under `CI=true` they fail. */
export function describeWithRedis(name: string, body: () => void, needsOwnServer = true): void {
  if (hasRedisServer || (!needsOwnServer && process.env['REDIS_URL'])) {
    describe(name, body);
    return;
  }
  if (process.env['CI'] === 'true') {
    describe(name, () => {
      it('finds redis-server', () => {
        throw new Error(
          `${serverProgram} cannot be run: install it (apt-get install redis-server redis-sentinel)`,
        );
      });
    });
    return;
  }
  if (!saidSo)
    process.stderr.write(
      'Redis tests are skipped: no redis-server on the PATH, no REDIS_SERVER_BINARY, and no REDIS_URL\n',
    );
  saidSo = true;
  describe.skip(name, body);
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A real server in a directory of its own: append-only file on, no snapshots. */
export class RedisServer {
  #child: ChildProcess | null = null;
  readonly #directory: string;
  readonly #args: readonly string[];
  readonly #secure: boolean;

  private constructor(
    readonly port: number,
    directory: string,
    args: readonly string[],
    secure: boolean,
  ) {
    this.#directory = directory;
    this.#args = args;
    this.#secure = secure;
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 0; ; attempt++) {
      const port = options.cluster && isBeforeSeven ? await freePort(10_000) : await freePort();
      const directory = mkdtempSync(join(tmpdir(), 'wpr-redis-'));
      const busPort = options.cluster && !isBeforeSeven ? await freePort() : null;
      const server = new RedisServer(
        port,
        directory,
        serverArguments(options, port, directory, busPort),
        options.tls !== undefined,
      );
      try {
        await server.#spawn();
        return server;
      } catch (error) {
        await server.stop();
        // The port was taken between the look and the start.
        if (attempt === 4) throw error;
      }
    }
  }

  static async startSentinel(masterName: string, masterPort: number, quorum: number): Promise<RedisServer> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'wpr-sentinel-'));
    const file = join(directory, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} ${quorum}`,
      `sentinel down-after-milliseconds ${masterName} 700`,
      `sentinel failover-timeout ${masterName} 3000`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const sentinel = new RedisServer(port, directory, [file, '--sentinel'], false);
    await sentinel.#spawn();
    return sentinel;
  }

  get url(): string {
    return `${this.#secure ? 'rediss' : 'redis'}://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** SIGSTOP: its connections stay open and say nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** SIGKILL; the directory stays, for `restart`. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    child.kill('SIGKILL');
    await gone;
    running.delete(child);
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.#spawn();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #spawn(): Promise<void> {
    const child = spawn(serverProgram, this.#args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    running.add(child);
    const lines = createInterface({ input: child.stdout });
    const said: string[] = [];
    const ready = new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        if (/Ready to accept connections|Sentinel ID is/.test(line)) resolve();
      });
      child.once('exit', () => reject(new Error(`${serverProgram} ended: ${said.slice(-5).join(' | ')}`)));
      child.once('error', reject);
    });
    ready.catch(() => {});
    await ready;
  }
}

function serverArguments(
  { args = [], tls, cluster }: RedisServerOptions,
  port: number,
  directory: string,
  busPort: number | null,
): string[] {
  const base = [
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    '--repl-diskless-sync-delay',
    '0',
  ];
  // A node that gets no turn for some seconds is not away: a cluster that takes it for that answers CLUSTERDOWN.
  if (cluster) base.push('--cluster-enabled', 'yes', '--cluster-node-timeout', '15000');
  if (busPort !== null) base.push('--cluster-port', String(busPort));
  if (tls === undefined) return ['--port', String(port), ...base, ...args];
  const files = {
    cert: join(directory, 'cert.pem'),
    key: join(directory, 'key.pem'),
    ca: join(directory, 'ca.pem'),
  };
  writeFileSync(files.cert, tls.cert);
  writeFileSync(files.key, tls.key);
  writeFileSync(files.ca, tls.ca);
  return [
    '--port',
    '0',
    '--tls-port',
    String(port),
    '--tls-cert-file',
    files.cert,
    '--tls-key-file',
    files.key,
    '--tls-ca-cert-file',
    files.ca,
    '--tls-auth-clients',
    'no',
    ...base,
    ...args,
  ];
}

/** Masters without replicas, joined, all slots covered. */
export class RedisCluster {
  private constructor(readonly nodes: readonly RedisServer[]) {}

  static async start(masters = 3): Promise<RedisCluster> {
    const nodes = await Promise.all(
      Array.from({ length: masters }, () => RedisServer.start({ cluster: true })),
    );
    const ports = nodes.map(({ port }) => `127.0.0.1:${port}`);
    const made = spawnSync('redis-cli', ['--cluster', 'create', ...ports, '--cluster-yes'], {
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`redis-cli --cluster create: ${made.stdout} ${made.stderr}`);
    const cluster = new RedisCluster(nodes);
    await Promise.all(
      nodes.map((node) =>
        until(node, async (client) => /cluster_state:ok/.test(String(await client.cluster('INFO')))),
      ),
    );
    return cluster;
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /**
   * Moves the slots of those keys that one master holds to another, as `redis-cli --cluster reshard` does, which can only be
   * told how many slots, and takes minutes for thousands of them on Valkey. Resolves with how many were moved.
   */
  async moveSlotsOf(
    keys: readonly string[],
    from: RedisServer,
    to: RedisServer,
    /** Called while a slot is on its way and none of its keys has been moved yet. */
    onTheWay: () => Promise<void> = async () => {},
  ): Promise<number> {
    const clients = this.nodes.map((node) => new Redis(node.url));
    const [source, target] = [from, to].map((node) => clients[this.nodes.indexOf(node)]);
    if (source === undefined || target === undefined) throw new Error('not nodes of this cluster');
    try {
      const [fromId, toId] = await Promise.all([source.cluster('MYID'), target.cluster('MYID')]);
      const slots = new Set(await Promise.all(keys.map((key) => source.cluster('KEYSLOT', key))));
      let moved = 0;
      for (const slot of slots) {
        if (!(await holds(source, fromId, slot))) continue;
        await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
        await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
        await onTheWay();
        for (;;) {
          const found = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
          if (found.length === 0) break;
          await source.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...found);
        }
        for (const client of [target, source, ...clients])
          await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
        moved++;
      }
      return moved;
    } finally {
      for (const client of clients) client.disconnect();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

async function holds(node: Redis, id: unknown, slot: number): Promise<boolean> {
  const ranges = (await node.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
  return ranges.some(([first, last, [, , owner]]) => owner === id && first <= slot && slot <= last);
}

/** A master, a replica of it, and sentinels that watch them. */
export class RedisSentinelSet {
  private constructor(
    readonly name: string,
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinels: readonly RedisServer[],
  ) {}

  static async start(sentinels = 3): Promise<RedisSentinelSet> {
    const name = 'relay';
    const master = await RedisServer.start();
    const replica = await RedisServer.start({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    await until(master, async (client) =>
      /connected_slaves:1[^]*state=online/.test(await client.info('replication')),
    );
    const quorum = Math.floor(sentinels / 2) + 1;
    const watching = await Promise.all(
      Array.from({ length: sentinels }, () => RedisServer.startSentinel(name, master.port, quorum)),
    );
    for (const sentinel of watching)
      await until(sentinel, async (client) => {
        const info = await client.info('sentinel');
        return new RegExp(`slaves=1,sentinels=${sentinels}`).test(info);
      });
    return new RedisSentinelSet(name, master, replica, watching);
  }

  get sentinelUrls(): string[] {
    return this.sentinels.map(({ url }) => url);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, this.replica, this.master].map((server) => server.stop()));
  }
}

/** Asks a server until it answers so. */
export async function until(server: RedisServer, holds: (client: Redis) => Promise<boolean>): Promise<void> {
  const client = new Redis(server.url, { lazyConnect: true, maxRetriesPerRequest: null });
  client.on('error', () => {});
  try {
    const deadline = Date.now() + 90_000;
    while (!(await holds(client).catch(() => false))) {
      if (Date.now() > deadline) throw new Error('a Redis server does not become what it should');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    client.disconnect();
  }
}
