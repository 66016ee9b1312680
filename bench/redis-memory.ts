/**
 * What the Redis store keeps in memory: `node -r ./test/helpers/typescript.cjs bench/redis-memory.ts`.
 * Starts a redis-server of its own, fills it through the store, and prints INFO's used_memory before and after, a unit.
 */
import { Redis } from 'ioredis';
import { systemClock } from '../src/domain/clock';
import { silentLogger } from '../src/domain/logger';
import type { Store } from '../src/store/ports/store';
import { openRedisStore } from '../src/store/redis/store';
import { aDevice, aLetter, aPending, anEvent, never } from '../test/contract/store/builders';
import { RedisServer } from '../test/helpers/redis-server';

const hex = (number: number, length: number): string => number.toString(16).padStart(length, '0');
const uidOf = (number: number): string => `user-${String(number).padStart(8, '0')}`;
const body = Buffer.alloc(500, 97);
const bodyIdOf = (number: number): string => `0m8x2k1q9${String(number).padStart(14, '0')}`;

async function inTurns(count: number, step: (number: number) => Promise<unknown>): Promise<void> {
  const atOnce = 500;
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => step(from + index)),
    );
}

interface Filling {
  readonly what: string;
  readonly count: number;
  /** Keys of which MEMORY USAGE is printed as well. */
  readonly pattern: string;
  readonly fill: (store: Store, count: number) => Promise<void>;
}

const fillings: readonly Filling[] = [
  {
    what: 'device, one a uid, token of 64 hex digits',
    count: 100_000,
    pattern: '*}:dev',
    fill: (store, count) =>
      inTurns(count, (number) =>
        store.devices.register(
          aDevice(uidOf(number), 'E621E1F8-C36C-495A-93FC-0C247A3E6E5F', {
            token: hex(number, 64),
            locale: 'zh-Hans-CN',
            timezone: 'Asia/Shanghai',
            deviceFlag: 0,
            appVersion: '3.12.0',
            model: 'iPhone16,2',
            lastAcceptedAtMs: 1_767_000_000_000,
          }),
          20,
        ),
      ),
  },
  {
    what: 'device, one a uid, FCM token of 163 characters',
    count: 100_000,
    pattern: '*}:tok',
    fill: (store, count) =>
      inTurns(count, (number) =>
        store.devices.register(
          aDevice(uidOf(number), '3f9c2b7d5e8a1046', {
            provider: 'fcm',
            platform: 'android',
            token: `${hex(number, 22)}:${'A'.repeat(140)}`,
            locale: 'en-US',
            timezone: 'Europe/Berlin',
            appVersion: '3.12.0',
            model: 'Pixel 9',
          }),
          20,
        ),
      ),
  },
  {
    what: 'waiting message to one recipient, body of 500 bytes',
    count: 1_000,
    pattern: '*}:direct',
    fill: (store, count) =>
      inTurns(count, (number) =>
        store.inbox.append(anEvent(bodyIdOf(number), { body, recipients: [[uidOf(number)]] })),
      ),
  },
  {
    what: 'the same, claimed',
    count: 1_000,
    pattern: '*}:direct',
    fill: async (store, count) => {
      await inTurns(count, (number) =>
        store.inbox.append(anEvent(bodyIdOf(number), { body, recipients: [[uidOf(number)]] })),
      );
      await store.inbox.claim({ direct: count, bulk: 0 }, 0, never);
    },
  },
  {
    what: 'waiting entry of 500 recipients (group of 100,000: 200 of them)',
    count: 200,
    pattern: '*}:bulk',
    fill: (store, count) => {
      const groups = Array.from({ length: count }, (_, group) =>
        Array.from({ length: 500 }, (__, index) => uidOf(group * 500 + index)),
      );
      return store.inbox.append(anEvent(bodyIdOf(1), { lane: 'bulk', body, recipients: groups }));
    },
  },
  {
    what: 'delivery that waits for its time, with its body',
    count: 1_000,
    pattern: '*}:d',
    fill: async (store, count) => {
      await inTurns(count, (number) =>
        store.inbox.append(anEvent(bodyIdOf(number), { body, recipients: [[uidOf(number)]] })),
      );
      const entries = await store.inbox.claim({ direct: count, bulk: 0 }, 0, never);
      await store.inbox.settle(
        entries.map(({ id, bodyId, recipients }) => ({
          id,
          bodyId,
          pending: [
            aPending(`1f0e2d3c-4b5a-5968-8776-${bodyId.slice(-12)}`, {
              bodyId,
              uid: recipients[0] ?? '',
              deviceId: 'E621E1F8-C36C-495A-93FC-0C247A3E6E5F',
              lastReason: 'TooManyRequests',
            }),
          ],
        })),
      );
    },
  },
  {
    what: 'recipient with the mark of one message',
    count: 100_000,
    pattern: '*}:dup',
    fill: (store, count) =>
      inTurns(count, (number) =>
        store.duplicateMarks.claim([marksOf(number, 0)], 'd0.1767000000000-0', 3_600_000),
      ),
  },
  {
    what: 'mark of a recipient with 100 of them',
    count: 100_000,
    pattern: '*}:dup',
    fill: (store, count) =>
      inTurns(count / 100, async (number) => {
        for (let message = 0; message < 100; message++)
          await store.duplicateMarks.claim([marksOf(number, message)], 'd0.1767000000000-0', 3_600_000);
      }),
  },
  {
    what: 'uid with presence, one flag',
    count: 100_000,
    pattern: '*}:on',
    fill: (store, count) =>
      inTurns(count / 500, (trip) =>
        store.presence.apply(
          Array.from({ length: 500 }, (_, index) => ({
            uid: uidOf(trip * 500 + index),
            deviceFlag: 0,
            online: true,
            connections: 1,
            total: 1,
          })),
          1_767_000_000_000,
        ),
      ),
  },
  {
    what: 'profile of a user',
    count: 100_000,
    pattern: '*}:name',
    fill: (store, count) =>
      inTurns(count, (number) =>
        store.profiles.putUser(uidOf(number), { name: 'Alice Liddell', avatarUrl: null }),
      ),
  },
  {
    what: 'dead letter of one recipient, body of 500 bytes',
    count: 1_000,
    pattern: '*{dead}:l:*',
    fill: (store, count) =>
      store.deadLetters.add(
        Array.from({ length: count }, (_, number) => aLetter(number, { body, atMs: Date.now() })),
      ),
  },
];

function marksOf(number: number, message: number) {
  const id = String(9_000_000_000_000_000 + number * 100 + message);
  return { uid: uidOf(number), key: `c:${id.padStart(27, 'x')}` };
}

async function usedMemory(admin: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await admin.info('memory'))?.[1]);
}

async function sampleOf(admin: Redis, pattern: string): Promise<string> {
  const [, keys] = await admin.scan('0', 'MATCH', pattern, 'COUNT', 1_000_000);
  const sample = keys.slice(0, 100);
  if (sample.length === 0) return '';
  let bytes = 0;
  for (const key of sample) bytes += (await admin.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  return `${pattern} ${Math.round(bytes / sample.length)}`;
}

async function main(): Promise<void> {
  const server = await RedisServer.start();
  const admin = new Redis(server.url);
  const version = /^redis_version:(\S+)/m.exec(await admin.info('server'))?.[1];
  console.log(`Redis ${version}, ${process.arch}; bytes of used_memory a unit, and MEMORY USAGE of a key`);
  for (const { what, count, pattern, fill } of fillings) {
    await admin.flushall();
    const store = await openRedisStore(
      {
        topology: { kind: 'single', url: server.url },
        prefix: 'wpr:',
        waitMs: 0,
        claimTimeMs: 30_000,
        intakeDeadlineMs: 20_000,
        deadlineMs: 20_000,
        deadLetters: { maxAgeMs: 1e12, maxCount: 1e6, maxBytes: 1e9 },
      },
      { clock: systemClock, random: Math.random, logger: silentLogger },
    );
    const before = await usedMemory(admin);
    await fill(store, count);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const bytes = (await usedMemory(admin)) - before;
    const all = `${(bytes / 1e6).toFixed(1)} MB for ${count.toLocaleString('en')}`;
    console.log(
      `${what.padEnd(66)} ${(bytes / count).toFixed(0).padStart(7)}  ${all.padEnd(24)} ${await sampleOf(admin, pattern)}`,
    );
    await store.close();
  }
  admin.disconnect();
  await server.stop();
}

void main();
