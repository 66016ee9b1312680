import { Cluster, Redis, type CommonRedisOptions, type RedisOptions } from 'ioredis';
import type { Random } from '../../../domain/clock';
import { accessOf, configurationError, type Access } from './access';
import type { RedisStoreContext, RedisStoreOptions, RedisTopology } from './options';
import { accessOptions, parseServerUrl, type ServerAddress } from './server-address';

export interface ClientOptions {
  readonly topology: RedisTopology;
  readonly random: Random;
  /** A connection that owes an answer and says nothing for this long is given up: a frozen master closes nothing. */
  readonly silenceMs: number;
}

export function clientOptions(
  { topology }: RedisStoreOptions,
  { random }: RedisStoreContext,
  silenceMs: number,
): ClientOptions {
  return { topology, random, silenceMs };
}

export type Client = Redis | Cluster;
type BaseOptions = Omit<CommonRedisOptions, 'replyMapping'>;
type ServerOptions = Omit<RedisOptions, 'replyMapping'>;

/** A client that has not begun to connect. It never queues, never repeats a command, and reconnects for ever. */
export function createClient(options: ClientOptions): Client {
  const { topology } = options;
  switch (topology.kind) {
    case 'single':
    case 'sentinel':
      return new Redis({ ...baseOptions(options), ...unchecked, ...serverOptions(topology) });
    case 'cluster':
      return createCluster(topology.urls, options);
    default:
      return topology satisfies never;
  }
}

export function isTls(topology: RedisTopology): boolean {
  const url = topology.kind === 'cluster' ? topology.urls[0] : topology.url;
  return url?.startsWith('rediss:') ?? false;
}

/** What a connection of these servers must be, see `enter`. */
export function accessTo(topology: RedisTopology): Access {
  if (topology.kind === 'cluster') return accessOf(parseServerUrl(topology.urls[0] ?? ''), true);
  return accessOf(topology.url === null ? null : parseServerUrl(topology.url), false);
}

/** `enter` looks at the state of the server: ioredis would wait without a word while it loads. */
const unchecked = { enableReadyCheck: false };

/** A connection to one server: of a single or monitored master, or of the cluster node `at`. */
export function createServerClient(
  options: ClientOptions,
  at: { readonly host: string; readonly port: number } | null,
): Redis {
  const { topology } = options;
  if (topology.kind !== 'cluster')
    return new Redis({ ...baseOptions(options), ...unchecked, ...serverOptions(topology) });
  const access = accessOptions(parseServerUrl(topology.urls[0] ?? ''));
  return new Redis({ ...baseOptions(options), ...access, ...at });
}

function serverOptions(topology: Exclude<RedisTopology, { readonly kind: 'cluster' }>): ServerOptions {
  if (topology.kind === 'single') {
    const address = parseServerUrl(topology.url);
    const { host, port, db } = address;
    return { host, port, db, ...accessOptions(address) };
  }
  const sentinels = topology.sentinels.map((url) => parseServerUrl(url, 26379));
  const [first] = sentinels;
  const data = topology.url === null ? null : parseServerUrl(topology.url);
  return {
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    name: topology.name,
    failoverDetector: true,
    sentinelRetryStrategy: (times) => Math.min(times * 50, longestPauseMs),
    sentinelReconnectStrategy: () => longestPauseMs,
    ...(typeof first?.username === 'string' ? { sentinelUsername: first.username } : {}),
    ...(typeof first?.password === 'string' ? { sentinelPassword: first.password } : {}),
    ...(first?.tls ? { sentinelTLS: {} } : {}),
    ...(data === null ? {} : { db: data.db, ...accessOptions(data) }),
    enableTLSForSentinelMode: data?.tls ?? false,
  };
}

function createCluster(urls: readonly string[], options: ClientOptions): Cluster {
  const addresses = urls.map((url) => parseServerUrl(url));
  const [first] = addresses;
  checkAlike(addresses);
  return new Cluster(
    addresses.map(({ host, port }) => ({ host, port })),
    {
      lazyConnect: true,
      enableOfflineQueue: false,
      // A command whose connection closed may have happened, so it is not repeated.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // A slot is on its way, for milliseconds as a rule. Each try is two redirections: the old place says ASK, the new one to wait.
      retryDelayOnTryAgain: 5,
      maxRedirections: 40,
      slotsRefreshTimeout: 1_000,
      clusterRetryStrategy: pauses(options.random),
      redisOptions: {
        ...baseOptions(options),
        ...(first === undefined ? {} : accessOptions(first)),
      },
    },
  );
}

/** One database, and one user, password and TLS for all nodes: what only a later URL says would not be heeded. */
function checkAlike(addresses: readonly ServerAddress[]): void {
  const [first] = addresses;
  for (const { db, username, password, tls } of addresses) {
    if (db !== 0)
      throw configurationError(`a cluster has database 0 only, not database ${db}. Remove /${db}.`);
    if (first === undefined) continue;
    const differs =
      tls !== first.tls ||
      (username !== null && username !== first.username) ||
      (password !== null && password !== first.password);
    if (differs)
      throw configurationError(
        'the URLs differ in user, password or TLS. Give all nodes of a cluster the same.',
      );
  }
}

function baseOptions({ random, silenceMs }: ClientOptions): BaseOptions {
  return {
    lazyConnect: true,
    protocol: 2,
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // With 0 retries a closed connection refuses what it still owed at once, instead of repeating it.
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    socketTimeout: silenceMs,
    retryStrategy: pauses(random),
    // A demoted master answers so for as long as it is asked: ask the sentinels again.
    reconnectOnError: (error) => (error.message.includes('READONLY') ? 1 : false),
  };
}

function pauses(random: Random): (times: number) => number {
  return (times) => Math.min(25 * 2 ** Math.min(times, 10), longestPauseMs) * (0.75 + random() / 2);
}

const longestPauseMs = 1_000;
