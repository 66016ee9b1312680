import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config';
import type { RedisConfig, RedisTopology } from '../config/sections/store';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { explain, prepareDirectory } from '../store/embedded/disk/data-directory';
import { openEmbeddedStore, type EmbeddedStoreOptions } from '../store/embedded/store';
import { openJournal } from '../store/journal/journal';
import { JournalLeftovers } from '../store/journal/journal-leftovers';
import type { JournalEvents, JournalOptions } from '../store/journal/options';
import { OutageLog } from '../store/outage-log';
import { StoreConfigurationError } from '../store/ports/errors';
import type { Store } from '../store/ports/store';
import type { RedisStoreOptions, RedisTopology as RedisAddress } from '../store/redis/server/options';

export interface StoreSurroundings {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Null: without the journal, for a command that runs beside the relay that holds it. */
  readonly journalEvents: Happenings | null;
}

/** What the journal reports beside the outage itself. */
type Happenings = Omit<JournalEvents, 'tookOver' | 'handedBack'>;

/** The store that the configuration names. Throws StoreConfigurationError when it cannot be opened as configured. */
export async function openStore(config: Config, surroundings: StoreSurroundings): Promise<Store> {
  switch (config.store.kind) {
    case 'embedded':
      return openEmbedded(config, surroundings);
    case 'redis':
      return openRedis(config, config.store, surroundings);
    default: {
      const impossible: never = config.store;
      throw new Error(`unexpected store ${JSON.stringify(impossible)}`);
    }
  }
}

/** A large disk that is nearly full still has room for a great many messages. */
const plentyFreeBytes = 1024 ** 3;

/** No webhook waits for a command, so that it need not give up on a Redis that is busy for a moment. */
const commandDeadlineMs = 5_000;

/** Redis, and on local disk the journal that stands in for it while it is away. */
async function openRedis(
  config: Config,
  redis: RedisConfig,
  surroundings: StoreSurroundings,
): Promise<Store> {
  const { clock, random, logger, journalEvents: events } = surroundings;
  // Its client takes megabytes, for nothing where the store is embedded.
  const { openRedisStore } = await import('../store/redis/store.js');
  const { redisOutage } = await import('../store/redis/server/options.js');
  if (events === null) {
    const options = { ...redisOptions(config, redis), intakeDeadlineMs: commandDeadlineMs };
    return openRedisStore(options, { clock, random, logger });
  }
  await prepareDirectory(config.dataDir, logger);
  await tellOfLeftWork(config, surroundings);
  const outages = new OutageLog(redisOutage(logger));
  const toldEvents = withOutages(events, outages, logger);
  await refuseLinkedJournal(config);
  const journal = await openJournal(journalOptions(config), { clock, random, logger, events: toldEvents });
  try {
    const onUnreplicated: RedisStoreOptions['onUnreplicated'] = (unconfirmed) =>
      journal.keepCopies(unconfirmed);
    const options = { ...redisOptions(config, redis), onUnreplicated };
    return journal.wrap(await openRedisStore(options, { clock, random, logger, outages }));
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/**
 * What an installation left in its embedded store when it went to Redis was answered 200, and nobody else would miss it.
 * A file that cannot be opened any more is no reason not to start.
 */
async function tellOfLeftWork(config: Config, { clock, random, logger }: StoreSurroundings): Promise<void> {
  const file = join(config.dataDir, 'data.mdb');
  if (!existsSync(file)) return;
  try {
    const left = await leftWork(await openEmbeddedStore(embeddedOptions(config), { clock, random, logger }));
    if (left.entries + left.deliveries === 0) return;
    logger.warn(
      { event: 'embedded_store_left_over', file, ...left },
      'unsent messages found in the embedded store; start the relay once without Redis to send them',
    );
  } catch (error) {
    logger.warn({ event: 'embedded_store_unreadable', file, err: error }, 'embedded store not readable');
  }
}

async function leftWork(store: Store): Promise<{ readonly entries: number; readonly deliveries: number }> {
  try {
    const { depth } = await store.inbox.stats();
    const waiting = [await store.retries.counts(), await store.parked.counts()].flatMap(
      Object.values<number>,
    );
    const deliveries = waiting.reduce((sum, count) => sum + count, 0);
    return { entries: depth.direct + depth.bulk, deliveries };
  } finally {
    await store.close();
  }
}

function journalOptions(config: Config): JournalOptions {
  const { maxBytes, minFreePercent, takeoverMs } = config.journal;
  return {
    directory: journalDirectory(config),
    maxBytes,
    minFreeDiskShare: minFreePercent / 100,
    storeDeadlineMs: config.webhook.storeDeadlineMs,
    takeoverMs,
    // A copy is appended again; past the window of the duplicate marks that would ring twice.
    copyMaxAgeMs: (config.delivery.deduplicationWindowMs * 5) / 6,
  };
}

/** That the journal stands in is part of the outage, which ends when everything is handed on. */
function withOutages(events: Happenings, outages: OutageLog, logger: Logger): JournalEvents {
  const part = 'journal';
  let isOutage = false;
  return {
    ...events,
    tookOver: (reason) => {
      isOutage = true;
      outages.cutOff(part);
      outages.noticed(reason);
    },
    handedBack: ({ drained }) => {
      if (isOutage) outages.back(part, { drained });
      else tellHandedOn(logger, drained);
      isOutage = false;
    },
  };
}

function tellHandedOn(logger: Logger, drained: number): void {
  logger.info({ event: 'journal_handed_on', drained }, 'journal of an earlier run handed on');
}

function journalDirectory(config: Config): string {
  return join(config.dataDir, 'journal');
}

/** The data directory may be a link that its operator has made. What is in it is the relay's own. */
async function refuseLinkedJournal(config: Config): Promise<void> {
  const directory = journalDirectory(config);
  const found = await lstat(directory).catch(() => null);
  if (found?.isSymbolicLink() === true)
    throw new StoreConfigurationError(
      `data directory ${directory} cannot be used: ${explain(Object.assign(new Error(), { code: 'ELOOP' }))}`,
    );
}

function redisOptions(config: Config, redis: RedisConfig): RedisStoreOptions {
  const { maxAgeMs, maxEntries, maxBytes } = config.retention.deadLetters;
  return {
    topology: toRedisAddress(redis.topology),
    prefix: redis.prefix,
    waitMs: redis.waitMs,
    claimTimeMs: config.delivery.claim.durationMs,
    deadLetters: { maxAgeMs, maxCount: maxEntries, maxBytes },
    traces: config.trace,
    intakeDeadlineMs: config.webhook.storeDeadlineMs,
  };
}

export function toRedisAddress(topology: RedisTopology): RedisAddress {
  switch (topology.kind) {
    case 'single':
      return { kind: 'single', url: topology.url.reveal() };
    case 'cluster':
      return { kind: 'cluster', urls: topology.urls.map((url) => url.reveal()) };
    case 'sentinel': {
      const { name, sentinels, url } = topology;
      return {
        kind: 'sentinel',
        name,
        sentinels: sentinels.map((one) => one.reveal()),
        url: url?.reveal() ?? null,
      };
    }
    default:
      return topology;
  }
}

/**
 * The embedded store. A journal that the installation has left from its time with Redis is handed on to it: those webhooks were
 * answered 200.
 */
async function openEmbedded(config: Config, surroundings: StoreSurroundings): Promise<Store> {
  const { clock, random, logger, journalEvents } = surroundings;
  if (journalEvents === null || !existsSync(journalDirectory(config)))
    return openEmbeddedStore(embeddedOptions(config), { clock, random, logger });
  const events: JournalEvents = {
    ...journalEvents,
    tookOver: () => {},
    handedBack: ({ drained }) => tellHandedOn(logger, drained),
  };
  await prepareDirectory(config.dataDir, logger);
  await refuseLinkedJournal(config);
  const leftovers = await JournalLeftovers.open(journalOptions(config), { clock, random, logger, events });
  const entries = leftovers.waiting();
  try {
    if (entries === 0) await leftovers.close();
    const store = await openEmbeddedStore(embeddedOptions(config), { clock, random, logger });
    if (entries === 0) return store;
    logger.warn(
      { event: 'journal_left_over', entries },
      'events found in the journal of the time with Redis',
    );
    return leftovers.handOnTo(store);
  } catch (error) {
    await leftovers.close();
    throw error;
  }
}

function embeddedOptions(config: Config): EmbeddedStoreOptions {
  const { maxAgeMs, maxEntries, maxBytes } = config.retention.deadLetters;
  return {
    directory: config.dataDir,
    claimTimeMs: config.delivery.claim.durationMs,
    deadLetters: { maxAgeMs, maxCount: maxEntries, maxBytes },
    traces: config.trace,
    minFreeDiskShare: config.journal.minFreePercent / 100,
    plentyFreeBytes,
  };
}
