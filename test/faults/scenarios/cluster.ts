import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { RedisCluster, type RedisServer } from '../../helpers/redis-server';
import type { FaultyStore, Scenario } from '../scenario';

/** Three masters; the slots of the inbox' partitions are spread over them. */
class ClusteredRedis implements FaultyStore {
  readonly yaml = '';

  private constructor(readonly cluster: RedisCluster) {}

  static async open(): Promise<ClusteredRedis> {
    return new ClusteredRedis(await RedisCluster.start());
  }

  get env(): Readonly<Record<string, string>> {
    return { REDIS_URL: this.cluster.urls.join(',') };
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}

/**
 * The first master's lowest slots move to the second one, so many that partitions of the inbox are among them, while
 * they are written and read. Nothing is away for longer than a key takes to move, so nothing may be repeated.
 */
export const movingSlots: Scenario<ClusteredRedis> = {
  name: 'slots of the cluster moving (redis-cli reshard)',
  replicas: 2,
  openStore: () => ClusteredRedis.open(),
  async run(_stage, { cluster }) {
    const [from, to] = cluster.nodes;
    if (from === undefined || to === undefined) throw new Error('no two masters');
    const slots = await partitionSlots(from);
    // The two lowest, and everything below them.
    const count = (slots[Math.min(1, slots.length - 1)] ?? 0) + 1;
    const moved = slots.filter((slot) => slot < count).length;
    if (moved === 0) throw new Error('the first master has no partition of the inbox');
    const brokeAtMs = Date.now();
    await reshard(from, to, count);
    const mendedAtMs = Date.now();
    return {
      bound: { repeats: 0, because: 'nothing is away for as long as a claim holds' },
      brokeAtMs,
      mendedAtMs,
      notes: `${count} slots moved in ${((mendedAtMs - brokeAtMs) / 1000).toFixed(1)} s, ${moved} partitions of the inbox among them`,
    };
  },
  limits: { slowestMs: 1_000, p99Ms: 50 },
};

/** Slots of the first master (it has the lowest) that hold a partition of the inbox, ascending. */
async function partitionSlots(first: RedisServer): Promise<number[]> {
  const client = new Redis(first.url, { lazyConnect: true });
  try {
    const keys = await client.keys('*{i*}*');
    const slots = await Promise.all(keys.map(async (key) => Number(await client.cluster('KEYSLOT', key))));
    return [...new Set(slots)].sort((one, other) => one - other);
  } finally {
    client.disconnect();
  }
}

/** Not in a blocking way: the fake providers live in this process. */
async function reshard(from: RedisServer, to: RedisServer, slots: number): Promise<void> {
  const command = ['--cluster', 'reshard', `127.0.0.1:${from.port}`, '--cluster-yes'];
  const what = ['--cluster-from', await idOf(from), '--cluster-to', await idOf(to)];
  const child = spawn('redis-cli', [...command, ...what, '--cluster-slots', String(slots)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, wrong, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`redis-cli reshard ended with ${code}: ${said.slice(-500)} ${wrong}`);
}

async function idOf(node: RedisServer): Promise<string> {
  const client = new Redis(node.url, { lazyConnect: true });
  try {
    return String(await client.cluster('MYID'));
  } finally {
    client.disconnect();
  }
}
