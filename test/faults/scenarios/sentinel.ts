import { Redis } from 'ioredis';
import { eventually } from '../../helpers/client';
import { RedisSentinelSet } from '../../helpers/redis-server';
import { pause } from '../play';
import type { FaultyStore, Scenario } from '../scenario';

/** A master, a replica, and three sentinels that watch them. */
class WatchedRedis implements FaultyStore {
  readonly env = {};

  private constructor(readonly set: RedisSentinelSet) {}

  static async open(): Promise<WatchedRedis> {
    return new WatchedRedis(await RedisSentinelSet.start());
  }

  get yaml(): string {
    const { sentinelUrls, name } = this.set;
    return `redis: { sentinels: [${sentinelUrls.join(', ')}], sentinel_name: ${name}, wait_ms: 100 }\n`;
  }

  /** Resolves when the sentinels name another master than the first. */
  async failedOver(): Promise<void> {
    const { sentinels, master, name } = this.set;
    const client = new Redis(sentinels[0]?.url ?? '', { lazyConnect: true });
    try {
      await eventually(
        async () => String((await client.call('sentinel', 'get-master-addr-by-name', name)) as string[]),
        (address) => !address.endsWith(`,${master.port}`),
      );
    } finally {
      client.disconnect();
    }
  }

  stop(): Promise<void> {
    return this.set.stop();
  }
}

/**
 * The master dies for good; its replica takes over, and the dead one comes back as a replica. What was answered 200 is on
 * both, or in the journal. Ends of entries are not waited for: those of the last moments may be missing at the new master.
 */
export const failover: Scenario<WatchedRedis> = {
  name: 'Sentinel failover (master killed)',
  replicas: 2,
  openStore: () => WatchedRedis.open(),
  async run(stage, store) {
    const brokeAtMs = Date.now();
    const { settledLastSecond } = await stage.reports();
    await store.set.master.kill();
    await store.failedOver();
    const mendedAtMs = Date.now();
    const { open, answered } = await stage.reports();
    await pause(1_000);
    await store.set.master.restart();
    await pause(4_000);
    return {
      bound: {
        repeats: settledLastSecond + open + answered,
        because: `${settledLastSecond} written down as done in the last second before it; begun and not written down when the new master was named: ${open} open, ${answered} answered`,
      },
      brokeAtMs,
      mendedAtMs,
      notes: `the new master was named after ${((mendedAtMs - brokeAtMs) / 1000).toFixed(1)} s`,
    };
  },
  limits: { slowestMs: 1_000, p99Ms: 50 },
};

const aloneMs = 3_000;

/**
 * The master dies after its replica has not followed it for seconds: what the new master never got comes back from the
 * copies in the journals. The marks and ends of that time are gone with the dead master, so what was sent then is sent again.
 */
export const lostMaster: Scenario<WatchedRedis> = {
  name: `Sentinel failover to a replica ${aloneMs / 1000} s behind`,
  replicas: 2,
  isLong: true,
  openStore: () => WatchedRedis.open(),
  async run(stage, store) {
    const { master, replica } = store.set;
    const before = await stage.reports();
    const brokeAtMs = Date.now();
    replica.freeze();
    await pause(aloneMs);
    await master.kill();
    replica.thaw();
    await store.failedOver();
    const mendedAtMs = Date.now();
    const after = await stage.reports();
    await pause(1_000);
    await master.restart();
    await pause(4_000);
    const settled = before.settledLastSecond + after.settled - before.settled;
    return {
      bound: {
        repeats: settled + after.open + after.answered,
        because: `${settled} written down as done at the dead master since a second before its replica stood still; begun and not written down when the new master was named: ${after.open} open, ${after.answered} answered`,
      },
      brokeAtMs,
      mendedAtMs,
      notes: `the new master was named ${((mendedAtMs - brokeAtMs - aloneMs) / 1000).toFixed(1)} s after the kill`,
    };
  },
  limits: { slowestMs: 1_000 },
};
