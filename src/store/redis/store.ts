/*
 * Open this file first: it builds the Redis store. `server/` connects, checks and watches the servers. `commands/` has the keys, and what
 * sends scripts in few round trips. `inbox/`, `waiting/` and `devices/` are the ports of those names, each with its scripts. The
 * other ports are one file each in this folder; a `…-scripts.ts` has the scripts of its neighbor. docs/redis.md lists every key.
 */

import { Deadlines } from '../../shared/deadlines';
import { once } from '../once';
import type { Store } from '../ports/store';
import { usualTraceBounds } from '../ports/traces';
import { RedisBadges } from './badges';
import { enterAlone } from './server/access';
import { accessTo, clientOptions, createServerClient } from './server/create-client';
import { Connections } from './server/connections';
import { RedisDeadLetters } from './dead-letters';
import { DeviceCounts } from './devices/device-counts';
import { DeviceLists } from './devices/device-lists';
import { DeviceRegistration } from './devices/device-registration';
import { DeviceScan } from './devices/device-scan';
import { RedisDevices } from './devices/devices';
import { RedisDuplicateMarks } from './duplicate-marks';
import { DurableWrites } from './commands/durable-writes';
import { EntryClaims } from './inbox/entry-claims';
import { Health } from './server/health';
import { HeldBodies } from './waiting/held-bodies';
import { RedisGivenNames } from './given-names';
import { HashFields } from './commands/hash-fields';
import { RedisInbox } from './inbox/inbox';
import { Keys } from './commands/keys';
import type { DeadlineClient } from './server/deadline-client';
import type { RedisStoreContext, RedisStoreOptions } from './server/options';
import { RedisParked } from './waiting/parked';
import { defaultPartitions } from './commands/partitions';
import { PendingPartitions } from './waiting/pending-partitions';
import { RedisPersonRecords } from './person-records';
import { RedisPreferences } from './preferences';
import { RedisPresence } from './presence';
import { RedisProfiles } from './profiles';
import { RedisRecipients } from './recipients';
import { RedisRetries } from './waiting/retries';
import { RedisSharedState } from './shared-state';
import { nowScript, StoreTime } from './commands/store-time';
import { StreamReader } from './inbox/stream-reader';
import { UnreadDevices } from '../unread-devices';
import { TextValues } from './commands/text-values';
import { RedisTraces } from './traces';
import { TokenOwners } from './devices/token-owners';
import { nextTurn } from '../../runtime/slice';
import { within } from '../../shared/within';

/** What was begun has so long to end when the store is closed: well below the time that a process has to stop after its drain. */
const finishMs = 500;
/** Above the longest time that a waiting read waits, and that a busy event loop may stand still. */
const waitingSilenceMs = 8_000;

/** What the parts of the store are built on. */
interface Core {
  readonly options: RedisStoreOptions;
  readonly context: RedisStoreContext;
  readonly keys: Keys;
  readonly partitions: number;
  /** The name of this process among all holders. */
  readonly holder: string;
  readonly work: DeadlineClient;
  readonly writes: DurableWrites;
  readonly held: HeldBodies;
  readonly unreadDevices: UnreadDevices;
  readonly time: StoreTime;
}

/**
 * The store of any number of processes in Redis 6.2 or newer, Valkey included: a single server, a master watched by sentinels,
 * or a cluster. Resolves also when Redis cannot be reached: every method then rejects with StoreUnavailableError, until it
 * can. Throws StoreConfigurationError: a URL, password, permission or version that cannot work.
 */
export async function openRedisStore(options: RedisStoreOptions, context: RedisStoreContext): Promise<Store> {
  const keys = new Keys(options.prefix);
  const partitions = options.partitions ?? defaultPartitions(options.topology.kind === 'cluster');
  const connections = await Connections.open({ options, context, keys, partitions });
  const { intake, work, replicas } = connections;
  const writes = new DurableWrites(intake, replicas, options.waitMs);
  const core: Core = {
    options,
    context,
    keys,
    partitions,
    holder: `${randomText(context)}${randomText(context)}`,
    work,
    writes,
    held: new HeldBodies(),
    unreadDevices: new UnreadDevices(context.logger),
    time: new StoreTime(options.timeSource ?? 'redis', context.clock),
  };
  const latestTimeMs = async () => Number(await work.run(nowScript, keys.partition(0), []));
  const queue = queueOf(core);
  const health = new Health(work, replicas, () => connections.problem);
  return {
    inbox: queue.inbox,
    retries: queue.retries,
    parked: queue.parked,
    ...recordsOf(core, new Deadlines(context.clock, latestTimeMs())),
    health: async () => [...(await health.findings()), ...core.unreadDevices.findings()],
    latestTimeMs,
    close: once(async () => {
      await within(finishMs, queue.claims.close(), undefined);
      await quiet([intake, work, writes]);
      connections.close();
    }),
  };
}

function queueOf(core: Core) {
  const { options, context, keys, partitions, holder, work, writes, held, time } = core;
  const readers = Array.from({ length: partitions }, (_, partition) => readerOf(core, partition));
  const claims: EntryClaims = new EntryClaims({
    redis: work,
    keys,
    partitions,
    consumer: holder,
    claimTimeMs: options.claimTimeMs,
    clock: context.clock,
    time,
    held,
    readers,
    giveBack: (ids) => inbox.release(ids),
  });
  const inbox = new RedisInbox({
    redis: work,
    writes,
    keys,
    partitions,
    consumer: holder,
    time,
    claims,
    logger: context.logger,
    onUnreplicated: options.onUnreplicated,
  });
  const pending = new PendingPartitions({
    redis: work,
    keys,
    partitions,
    time,
    clock: context.clock,
    claimTimeMs: options.claimTimeMs,
    holder,
  });
  return {
    inbox,
    claims,
    retries: new RedisRetries({ pending, held, logger: context.logger }),
    parked: new RedisParked(pending),
  };
}

function readerOf(core: Core, partition: number): StreamReader {
  const { options, context, keys, holder, work } = core;
  return new StreamReader({
    consumer: holder,
    key: (lane) => keys.stream(partition, lane),
    enter: (client) => enterAlone(client, accessTo(options.topology)),
    connect: () => {
      const connecting = clientOptions(options, context, waitingSilenceMs);
      if (!work.isCluster) return createServerClient(connecting, null);
      const { host, port } = work.masterOf(keys.partition(partition))?.options ?? {};
      return host === undefined || port === undefined ? null : createServerClient(connecting, { host, port });
    },
    unblock: async (id) => {
      const master = work.masterOf(keys.partition(partition));
      if (master !== null) await work.askOn(master, 'CLIENT', ['UNBLOCK', id]);
    },
  });
}

function recordsOf(core: Core, believed: Deadlines) {
  const { options, context, keys, partitions, work, writes, time } = core;
  const { traces = usualTraceBounds } = options;
  const { random } = context;
  const { unreadDevices } = core;
  const lists = new DeviceLists(work, keys, unreadDevices);
  const counts = new DeviceCounts(work, keys);
  const owners = new TokenOwners({
    redis: work,
    writes,
    keys,
    onRemoved: ({ device }) => counts.changed(device, null),
  });
  const registration = new DeviceRegistration({
    redis: work,
    writes,
    keys,
    lists,
    owners,
    counts,
    unreadDevices,
    random,
  });
  const scan = new DeviceScan(work, keys, lists);
  const values = new TextValues(work);
  return {
    deadLetters: new RedisDeadLetters({ redis: work, writes, keys, believed, bounds: options.deadLetters }),
    duplicateMarks: new RedisDuplicateMarks(work, keys, time),
    devices: new RedisDevices({
      redis: work,
      keys,
      lists,
      owners,
      registration,
      counts,
      scan,
      unreadDevices,
    }),
    profiles: new RedisProfiles(values, keys),
    givenNames: new RedisGivenNames(work, new HashFields(work), keys),
    preferences: new RedisPreferences(work, keys),
    recipients: new RedisRecipients(work, keys, unreadDevices),
    badges: new RedisBadges(work, keys),
    personRecords: new RedisPersonRecords(work, keys),
    presence: new RedisPresence(work, writes, keys),
    sharedState: new RedisSharedState(work, writes, keys, time, values),
    traces: new RedisTraces({ redis: work, keys, partitions, time, believed, bounds: traces }),
  };
}

/** Resolves when nothing is under way for two turns of the event loop: what waits for its turn has been sent by then. */
async function quiet(parts: readonly { readonly busy: boolean }[]): Promise<void> {
  const endMs = performance.now() + finishMs;
  for (let turns = 0; turns < 2 && performance.now() < endMs; turns++) {
    await nextTurn();
    if (parts.some(({ busy }) => busy)) turns = -1;
  }
}

function randomText({ random }: RedisStoreContext): string {
  return Math.floor(random() * 2 ** 50).toString(36);
}
