import type { Config } from '../config/config';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { openEmbeddedStore } from '../store/embedded/store';
import { StoreConfigurationError } from '../store/ports/errors';
import type { Store } from '../store/ports/store';

export interface StoreSurroundings {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** The store that the configuration names. Throws StoreConfigurationError when it cannot be opened as configured. */
export async function openStore(config: Config, surroundings: StoreSurroundings): Promise<Store> {
  switch (config.store.kind) {
    case 'embedded':
      return openEmbedded(config, surroundings);
    case 'redis':
      throw new StoreConfigurationError(
        'redis (REDIS_URL): the Redis store is not available yet; without it the embedded store is used',
      );
    default: {
      const impossible: never = config.store;
      throw new Error(`unexpected store ${JSON.stringify(impossible)}`);
    }
  }
}

/** A large disk that is nearly full still has room for a great many messages. */
const plentyFreeBytes = 1024 ** 3;

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
