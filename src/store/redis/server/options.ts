import type { Clock, Random } from '../../../domain/clock';
import type { Logger } from '../../../domain/logger';
import type { DeadLetterBounds } from '../../ports/dead-letters';
import type { InboxEvent } from '../../ports/inbox';
import type { TraceBounds } from '../../ports/traces';
import type { OutageLog, OutageLogOptions } from '../../outage-log';

/** How Redis is reached: `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. */
export type RedisTopology =
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'cluster'; readonly urls: readonly string[] }
  | {
      readonly kind: 'sentinel';
      /** The sentinels themselves, each with its own user, password and TLS. */
      readonly sentinels: readonly string[];
      /** The name of the monitored master. */
      readonly name: string;
      /** Database, user, password and TLS of the data nodes; its host is not used. Null: none of them. */
      readonly url: string | null;
    };

export interface RedisStoreOptions {
  readonly topology: RedisTopology;
  /** Every key begins with it. */
  readonly prefix: string;
  /** How long a durable write waits for a replica, where the master has one; 0: never. */
  readonly waitMs: number;
  readonly claimTimeMs: number;
  readonly deadLetters: DeadLetterBounds;
  /** Default: a day, 256 MiB. */
  readonly traces?: TraceBounds;
  /** A durable write that Redis does not answer in this time is refused (its replicas' time comes on top); default 250. */
  readonly intakeDeadlineMs?: number;
  /** The same for everything else; default 5,000. */
  readonly deadlineMs?: number;
  /**
   * Whose clock ends claims, leases, marks and shared values: Redis' own (the default), because all processes share it; or the
   * process's, for tests that own the time.
   */
  readonly timeSource?: 'redis' | 'process';
  /** Inbox partitions; default 1, on a cluster 16. All processes must say the same. */
  readonly partitions?: number;
  /** How long opening waits for Redis before it goes on without; default 3,000. */
  readonly openTimeoutMs?: number;
  /**
   * Called with events that Redis took but no replica confirmed in time; `append` resolves when it does. Without it they
   * count as durable.
   */
  readonly onUnreplicated?: (events: readonly InboxEvent[]) => Promise<void>;
}

export interface RedisStoreContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Shared with whatever stands in for Redis, so that an outage is told once. Default: one of its own. */
  readonly outages?: OutageLog;
}

export function redisOutage(logger: Logger): OutageLogOptions {
  return {
    began: (fields) => logger.warn({ event: 'redis_unavailable', ...fields }, 'Redis does not take commands'),
    ended: (fields) => logger.info({ event: 'redis_available', ...fields }, 'Redis takes commands again'),
  };
}
