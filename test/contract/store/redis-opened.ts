import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger, type Logger } from '../../../src/domain/logger';
import type { Store } from '../../../src/store/ports/store';
import type { RedisStoreOptions, RedisTopology } from '../../../src/store/redis/server/options';
import { openRedisStore } from '../../../src/store/redis/store';

const opened: Store[] = [];

/** A store with Redis' own time, as in production. */
export async function openedStore(
  topology: RedisTopology,
  changes: Partial<RedisStoreOptions> = {},
  logger: Logger = silentLogger,
): Promise<Store> {
  const options: RedisStoreOptions = {
    topology,
    prefix: `t${randomBytes(4).toString('hex')}:`,
    waitMs: 100,
    claimTimeMs: 30_000,
    // As `deadlineMs` is by default: the answer of a server that is only busy comes in time.
    intakeDeadlineMs: 5_000,
    deadLetters: { maxAgeMs: 86_400_000, maxCount: 1_000, maxBytes: 1e7 },
    ...changes,
  };
  const store = await openRedisStore(options, {
    clock: systemClock,
    random: Math.random,
    logger,
  });
  opened.push(store);
  return store;
}

/** For afterEach. */
export async function closeOpened(): Promise<void> {
  await Promise.all(opened.splice(0).map((store) => store.close()));
}

/** Repeats until it holds; what is awaited depends on servers that nobody can ask. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean = Boolean,
  withinMs = 90_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as T);
    if (!(answer instanceof Error) && holds(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`it does not come to that: ${String(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
