import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { systemClock } from '../../../src/domain/clock';
import { describeWithRedis, RedisServer } from '../../helpers/redis-server';
import { aPending, bringIn, route } from './builders';
import { closeOpened, eventually, openedStore } from './redis-opened';

/**
 * What Redis holds after its clock was set by so many seconds: all that was stored before lies as far on the other side. The clock of a
 * real server cannot be shifted for a test: its allocator hangs under libfaketime.
 */
async function setClock(admin: Redis, prefix: string, seconds: number): Promise<void> {
  const byMs = -seconds * 1_000;
  const shifted = (text: string | null) => String(Number(text) + byMs);
  for (const key of await admin.keys(`${prefix}*`)) {
    if (key.endsWith('}:clock'))
      await admin.set(
        key,
        String(await admin.get(key)).replace(/^\d+/, (noted) => shifted(noted)),
      );
    else if (key.endsWith('}:val'))
      await admin.set(
        key,
        String(await admin.get(key)).replace(/^\d+/, (ends) => shifted(ends)),
        'KEEPTTL',
      );
    else if (key.endsWith('}:take')) await admin.hset(key, 'ends', shifted(await admin.hget(key, 'ends')));
    else if (/}:[qp]:/.test(key))
      for (const id of await admin.zrange(key, '0', '-1')) await admin.zincrby(key, byMs, id);
    else if (/}:[dl]$/.test(key))
      for (const [id, record] of Object.entries(await admin.hgetall(key)))
        await admin.hset(
          key,
          id,
          record.replace(/^(\w?)(\d+)/, (_, flag: string, time: string) => flag + shifted(time)),
        );
  }
}

describeWithRedis('a Redis whose clock is set', () => {
  let admin: Redis;
  let server: RedisServer;
  let prefix: string;
  beforeAll(async () => {
    server = await RedisServer.start();
    admin = new Redis(server.url);
  });
  beforeEach(() => {
    prefix = `c${randomBytes(4).toString('hex')}:`;
  });
  afterEach(closeOpened);
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  const clock = { set: (seconds: number) => setClock(admin, prefix, seconds) };

  const dueIn = (ms: number) => ({ dueAtMs: systemClock.monotonicMs() + ms });
  const opened = (changes = {}) => openedStore({ kind: 'single', url: server.url }, { prefix, ...changes });
  type Opened = Awaited<ReturnType<typeof opened>>;
  const claimed = async ({ retries }: Opened, max = 10) =>
    (await retries.claimDue(route, max)).map(({ pending }) => pending.id);
  const comesDue = (store: Opened, id: string) =>
    eventually(
      () => claimed(store),
      (ids) => ids.includes(id),
    );

  it.each([-30, -120, -600, -3 * 3_600, 30, 120, 600, 3 * 3_600])(
    'hands a retry out when its delay is over, the clock set by %i s',
    async (seconds) => {
      const store = await opened();
      await bringIn(store, [aPending('before', dueIn(1_500)), aPending('due')]);
      expect(await claimed(store)).toContain('due');
      await clock.set(seconds);
      await comesDue(store, 'before');
      await bringIn(store, [aPending('after', dueIn(1_500)), aPending('far', dueIn(600_000))]);
      await clock.set(-seconds);
      await comesDue(store, 'after');
      await clock.set(seconds);
      if (seconds < 0 && seconds > -3_600) expect(await claimed(store)).not.toContain('far');
    },
  );

  it('ends leases of a process that died when their time is over', async () => {
    const store = await opened({ claimTimeMs: 1_500 });
    await bringIn(store, [aPending('leased'), aPending('parked', { parked: true, ...dueIn(3_600_000) })]);
    expect(await claimed(store)).toEqual(['leased']);
    expect((await store.parked.claimOne(route))?.pending.id).toBe('parked');
    await closeOpened();
    await clock.set(-600);
    const next = await opened({ claimTimeMs: 1_500 });
    await comesDue(next, 'leased');
    await eventually(
      () => next.parked.claimOne(route),
      (one) => one?.pending.id === 'parked',
    );
  });

  it('releases what is parked as due now', async () => {
    const store = await opened();
    await bringIn(store, [aPending('parked', { parked: true, ...dueIn(3_600_000) })]);
    await clock.set(-600);
    await store.parked.release(route, 10);
    expect(await claimed(store)).toEqual(['parked']);
  });

  it.each([-600, 600])(
    'gives a rate budget out again within a window, the clock set by %i s',
    async (seconds) => {
      const { sharedState } = await opened();
      expect(await sharedState.take('rate', 5, 5, 1_000)).toBe(5);
      await clock.set(seconds);
      await eventually(
        () => sharedState.take('rate', 1, 5, 1_000),
        (granted) => granted === 1,
      );
    },
  );

  it.each([-600, 600])('lets a shared lock go within its life, the clock set by %i s', async (seconds) => {
    const { sharedState } = await opened();
    expect(await sharedState.setIfAbsent('probe', '1', 1_000)).toBeNull();
    await clock.set(seconds);
    await eventually(
      () => sharedState.setIfAbsent('probe', '1', 1_000),
      (holder) => holder === null,
    );
  });

  it.each([-600, 600])('takes events in and hands them out, the clock set by %i s', async (seconds) => {
    const store = await opened();
    await bringIn(store, [aPending('one')]);
    await clock.set(seconds);
    await bringIn(store, [aPending('two')]);
    expect((await claimed(store)).sort()).toEqual(['one', 'two']);
  });
});
