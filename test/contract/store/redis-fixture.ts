import { randomBytes } from 'node:crypto';
import { Cluster, type Redis } from 'ioredis';
import { silentLogger } from '../../../src/domain/logger';
import type { RedisStoreOptions, RedisTopology } from '../../../src/store/redis/server/options';
import { openRedisStore } from '../../../src/store/redis/store';
import type { OpenedStore, StoreSettings } from './fixture';

/** A store of its own under a prefix of its own, whose time is the test's. `admin` looks at it from outside. */
export async function makeRedisStore(
  topology: RedisTopology,
  admin: Redis | Cluster,
  settings: StoreSettings,
  changes: Partial<RedisStoreOptions> = {},
): Promise<OpenedStore> {
  const prefix = `t${randomBytes(4).toString('hex')}:`;
  const { clock, claimTimeMs, deadLetters, traces } = settings;
  const options: RedisStoreOptions = {
    topology,
    prefix,
    waitMs: 100,
    claimTimeMs,
    deadLetters,
    traces,
    timeSource: 'process',
    // A machine that is busy with other tests must not decide whether these pass.
    intakeDeadlineMs: 20_000,
    deadlineMs: 20_000,
    openTimeoutMs: 20_000,
    ...changes,
  };
  const open = () => openRedisStore(options, { clock, random: Math.random, logger: silentLogger });
  let store = await open();
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await open();
    },
    async storedBodies() {
      return (await keysOf(admin, `${prefix}{i*}:b:*`)).length;
    },
    async close() {
      await store.close();
      await removeKeys(admin, prefix);
    },
  };
}

export async function keysOf(admin: Redis | Cluster, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for (const master of admin instanceof Cluster ? admin.nodes('master') : [admin]) {
    let cursor = '0';
    do {
      const [next, some] = await master.scan(cursor, 'MATCH', pattern, 'COUNT', 5_000);
      keys.push(...some);
      cursor = next;
    } while (cursor !== '0');
  }
  return keys;
}

export async function removeKeys(admin: Redis | Cluster, prefix: string): Promise<void> {
  const keys = await keysOf(admin, `${prefix}*`);
  if (admin instanceof Cluster) await Promise.all(keys.map((key) => admin.unlink(key)));
  else
    for (let from = 0; from < keys.length; from += 1_000)
      await admin.unlink(...keys.slice(from, from + 1_000));
}
