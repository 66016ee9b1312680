import { join } from 'node:path';
import type { Config } from '../config/config';
import type { RedisConfig, RedisTopology } from '../config/sections/store';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { openEmbeddedStore } from '../store/embedded/store';
import { openJournal } from '../store/journal/journal';
import type { JournalEvents } from '../store/journal/options';
import type { Store } from '../store/ports/store';
import type { RedisStoreOptions, RedisTopology as RedisAddress } from '../store/redis/options';
import { openRedisStore } from '../store/redis/store';

export interface StoreSurroundings {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Null: without the journal, for a command that runs beside the relay that holds it. */
  readonly journalEvents: JournalEvents | null;
}

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

/** Redis, and on local disk the journal that stands in for it while it is away. */
async function openRedis(
  config: Config,
  redis: RedisConfig,
  surroundings: StoreSurroundings,
): Promise<Store> {
  const { clock, random, logger, journalEvents: events } = surroundings;
  if (events === null) return openRedisStore(redisOptions(config, redis), { clock, random, logger });
  const journal = await openJournal(
    {
      directory: join(config.dataDir, 'journal'),
      maxBytes: config.journal.maxBytes,
      minFreeDiskShare: config.journal.minFreePercent / 100,
      storeDeadlineMs: config.webhook.storeDeadlineMs,
      takeoverMs: config.journal.takeoverMs,
      // A copy is appended again; past the window of the duplicate marks that would ring twice.
      copyMaxAgeMs: (config.delivery.deduplicationWindowMs * 5) / 6,
    },
    { clock, random, logger, events },
  );
  try {
    const onUnreplicated: RedisStoreOptions['onUnreplicated'] = (unconfirmed) =>
      journal.keepCopies(unconfirmed);
    const options = { ...redisOptions(config, redis), onUnreplicated };
    return journal.wrap(await openRedisStore(options, { clock, random, logger }));
  } catch (error) {
    await journal.close();
    throw error;
  }
}

function redisOptions(config: Config, redis: RedisConfig): RedisStoreOptions {
  const { maxAgeMs, maxEntries, maxBytes } = config.retention.deadLetters;
  return {
    topology: toAddress(redis.topology),
    prefix: redis.prefix,
    waitMs: redis.waitMs,
    claimTimeMs: config.delivery.claim.durationMs,
    deadLetters: { maxAgeMs, maxCount: maxEntries, maxBytes },
    intakeDeadlineMs: config.webhook.storeDeadlineMs,
  };
}

function toAddress(topology: RedisTopology): RedisAddress {
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

function openEmbedded(config: Config, surroundings: StoreSurroundings): Promise<Store> {
  const { maxAgeMs, maxEntries, maxBytes } = config.retention.deadLetters;
  return openEmbeddedStore(
    {
      directory: config.dataDir,
      claimTimeMs: config.delivery.claim.durationMs,
      deadLetters: { maxAgeMs, maxCount: maxEntries, maxBytes },
      minFreeDiskShare: config.journal.minFreePercent / 100,
      plentyFreeBytes,
    },
    surroundings,
  );
}
