import { Redis } from 'ioredis';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import type { InboxEvent } from '../../../src/store/ports/inbox';
import type { RedisTopology } from '../../../src/store/redis/server/options';
import { describeWithRedis, RedisServer, until } from '../../helpers/redis-server';
import { aDevice, aPending, anEvent, claimAll, claimOne, never, route } from './builders';
import { closeOpened, eventually, openedStore } from './redis-opened';

const refused = expect.any(StoreUnavailableError) as unknown;

describeWithRedis('a Redis store whose server fails', () => {
  let server: RedisServer;
  let topology: RedisTopology;
  beforeEach(async () => {
    server = await RedisServer.start();
    topology = { kind: 'single', url: server.url };
  });
  afterEach(async () => {
    server.thaw();
    await closeOpened();
    await server.stop();
  });
  const withAdmin = async (work: (admin: Redis) => Promise<unknown>): Promise<void> => {
    const admin = new Redis(server.url);
    await work(admin);
    admin.disconnect();
  };

  it('refuses within the deadline while the server is frozen, then at once, and goes on after it', async () => {
    const store = await openedStore(topology, { prefix: 'frozen:', deadlineMs: 500, intakeDeadlineMs: 250 });
    await store.inbox.append(anEvent('m1'));
    server.freeze();
    await expect(store.inbox.append(anEvent('m2'))).rejects.toThrow(/did not answer within \d+ ms$/);
    await expect(store.devices.list('alice')).rejects.toThrow(/did not answer within 500 ms$/);
    // Refused without being sent: such words are not of a deadline.
    for (let time = 0; time < 100; time++)
      await expect(store.inbox.append(anEvent('m3'))).rejects.toThrow(/does not answer|cannot be reached/);
    expect((await store.health())[0]).toMatchObject({ severity: 'unavailable' });
    server.thaw();
    await eventually(() => store.inbox.append(anEvent('m4')).then(() => true));
    const claimed = await eventually(
      () => claimAll(store),
      (entries) => entries.some(({ bodyId }) => bodyId === 'm4'),
    );
    // m2 was refused, and may stand there all the same; m3 was never sent.
    expect(claimed.map(({ bodyId }) => bodyId)).not.toContain('m3');
  });

  it('gives a connection up that says nothing, and reconnects to the server that took its place', async () => {
    const store = await openedStore(topology, { intakeDeadlineMs: 250 });
    server.freeze();
    await expect(store.inbox.append(anEvent('m1'))).rejects.toThrow(StoreUnavailableError);
    await server.restart();
    await eventually(() => store.inbox.append(anEvent('m2')).then(() => true));
  });

  it('keeps what it took across kill -9 of the server, the claims too', async () => {
    const store = await openedStore(topology);
    for (let number = 0; number < 100; number++) await store.inbox.append(anEvent(`m${number}`));
    const [first] = await store.inbox.claim({ direct: 1, bulk: 0 }, 0, never);
    await server.restart();
    await eventually(() => store.inbox.stats().then(({ depth }) => depth.direct === 100));
    await eventually(() =>
      store.inbox.settle([{ id: first?.id ?? '', bodyId: 'm0', pending: [] }]).then(() => true),
    );
    const rest = await eventually(() => store.inbox.claim({ direct: 1_000, bulk: 0 }, 0, never));
    expect(rest.map(({ bodyId }) => bodyId)).toEqual(
      Array.from({ length: 99 }, (_, number) => `m${number + 1}`),
    );
  });

  it('does not repeat an append whose connection was cut', async () => {
    const store = await openedStore(topology);
    let appended = 0;
    for (let round = 0; round < 10; round++) {
      const appends = Array.from({ length: 50 }, (_, number) =>
        store.inbox.append(anEvent(`m${round}-${number}`)).then(() => (appended += 1)),
      );
      await withAdmin((admin) => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
      await Promise.allSettled(appends);
    }
    const found = await eventually(() => claimAll(store));
    const ids = found.map(({ bodyId }) => bodyId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(appended);
  });

  it('hands its scripts over again when the server has forgotten them, and makes groups anew', async () => {
    const store = await openedStore(topology, { prefix: 'wpr:' });
    await store.inbox.append(anEvent('m1'));
    await withAdmin(async (admin) => {
      await admin.script('FLUSH');
      await admin.xgroup('DESTROY', 'wpr:{i0}:direct', 'relay');
    });
    await store.inbox.append(anEvent('m2'));
    expect((await claimAll(store)).map(({ bodyId }) => bodyId)).toEqual(['m1', 'm2']);
    await withAdmin((admin) => admin.flushall());
    const waiting = store.inbox.claim({ direct: 1, bulk: 1 }, 10_000, never);
    await store.inbox.append(anEvent('m3'));
    expect((await waiting).map(({ bodyId }) => bodyId)).toEqual(['m3']);
  });

  it('refuses writes of a full server, and keeps serving what is there', async () => {
    const store = await openedStore(topology);
    await store.inbox.append(anEvent('m1'));
    await withAdmin((admin) => admin.config('SET', 'maxmemory', '1'));
    await expect(store.inbox.append(anEvent('m2'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.devices.register(aDevice('a', 'b'), 5)).rejects.toThrow(StoreUnavailableError);
    const entry = await claimOne(store);
    await expect(
      store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [aPending('p1')] }]),
    ).rejects.toThrow(StoreUnavailableError);
    await withAdmin((admin) => admin.config('SET', 'maxmemory', '0'));
    await store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [aPending('p1')] }]);
    expect((await store.retries.claimDue(route, 1))[0]?.body.toString()).toBe('body of m1');
  });

  it('refuses while the server is read-only, and reconnects until it is not', async () => {
    const other = await RedisServer.start();
    try {
      const store = await openedStore(topology);
      await withAdmin((admin) => admin.replicaof('127.0.0.1', other.port));
      await expect(store.inbox.append(anEvent('m1'))).rejects.toEqual(refused);
      await withAdmin((admin) => admin.replicaof('NO', 'ONE'));
      await eventually(() => store.inbox.append(anEvent('m2')).then(() => true));
    } finally {
      await other.stop();
    }
  });
});

describeWithRedis('a Redis store that several processes share', () => {
  let server: RedisServer;
  let topology: RedisTopology;
  const prefix = 'shared:';
  beforeAll(async () => {
    server = await RedisServer.start();
    topology = { kind: 'single', url: server.url };
  });
  afterEach(async () => {
    await closeOpened();
    const admin = new Redis(server.url);
    await admin.flushall();
    admin.disconnect();
  });
  afterAll(() => server.stop());

  it('hands the entries of a holder that died to another within the claim time', async () => {
    const dead = await openedStore(topology, { prefix, claimTimeMs: 300 });
    const alive = await openedStore(topology, { prefix, claimTimeMs: 300 });
    for (let number = 0; number < 20; number++) await dead.inbox.append(anEvent(`m${number}`));
    const begun = performance.now();
    const held = await claimAll(dead);
    expect(held).toHaveLength(20);
    const taken = await alive.inbox.claim({ direct: 100, bulk: 0 }, 60_000, never);
    expect(performance.now() - begun).toBeGreaterThan(290);
    expect(taken.map(({ bodyId, claims }) => [bodyId, claims])).toEqual(
      held.map(({ bodyId }) => [bodyId, 2]),
    );
    expect(await dead.inbox.renew(held.map(({ id }) => ({ id, progress: null })))).toEqual(
      held.map(({ id }) => id),
    );
    await dead.inbox.settle(held.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    expect((await alive.inbox.stats()).depth.direct).toBe(20);
  });

  it('leaves entries with a holder that renews', async () => {
    const holder = await openedStore(topology, { prefix, claimTimeMs: 1_500 });
    const other = await openedStore(topology, { prefix, claimTimeMs: 1_500 });
    await holder.inbox.append(anEvent('m1'));
    const entry = await claimOne(holder);
    const renewing = setInterval(() => void holder.inbox.renew([{ id: entry.id, progress: null }]), 100);
    expect(await other.inbox.claim({ direct: 1, bulk: 1 }, 2_500, never)).toEqual([]);
    clearInterval(renewing);
    expect(await other.inbox.claim({ direct: 1, bulk: 1 }, 60_000, never)).toHaveLength(1);
  });

  it('hands each entry to one holder, and what one gives back to another at once', async () => {
    const [one, two] = [await openedStore(topology, { prefix }), await openedStore(topology, { prefix })];
    await Promise.all(Array.from({ length: 500 }, (_, number) => one.inbox.append(anEvent(`m${number}`))));
    const [first, second] = await Promise.all([
      one.inbox.claim({ direct: 250, bulk: 0 }, 0, never),
      two.inbox.claim({ direct: 250, bulk: 0 }, 0, never),
    ]);
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(500);
    await one.inbox.release(first.map(({ id }) => id));
    const again = await claimAll(two);
    expect(again.map(({ id }) => id).sort()).toEqual(first.map(({ id }) => id).sort());
  });

  it('gives a waiting claim of another process what arrives, long before its time is over', async () => {
    const [one, two] = [await openedStore(topology, { prefix }), await openedStore(topology, { prefix })];
    const waiting = two.inbox.claim({ direct: 1, bulk: 1 }, 3_600_000, never);
    await eventually(async () => {
      const admin = new Redis(server.url);
      const blocked = /blocked_clients:1/.test(await admin.info('clients'));
      admin.disconnect();
      return blocked;
    });
    await one.inbox.append(anEvent('m1', { lane: 'bulk', recipients: [['a'], ['b']] }));
    const entries = await waiting;
    expect(entries[0]?.body.toString()).toBe('body of m1');
  });

  it('leases each delivery that is due to one of them', async () => {
    const [one, two] = [await openedStore(topology, { prefix }), await openedStore(topology, { prefix })];
    await one.inbox.append(anEvent('m1'));
    const entry = await claimOne(one);
    const pending = Array.from({ length: 100 }, (_, number) => aPending(`p${number}`));
    await one.inbox.settle([{ id: entry.id, bodyId: 'm1', pending }]);
    const claims = await Promise.all([one, two, one, two].map((store) => store.retries.claimDue(route, 30)));
    const ids = claims.flat().map((claimed) => claimed.pending.id);
    expect(new Set(ids).size).toBe(100);
  });

  it('leaves a delivery to the store that leased it last', async () => {
    const [one, two] = [
      await openedStore(topology, { prefix, claimTimeMs: 50 }),
      await openedStore(topology, { prefix, claimTimeMs: 10_000 }),
    ];
    await one.inbox.append(anEvent('m1'));
    const entry = await claimOne(one);
    await one.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [aPending('p1')] }]);
    expect(await one.retries.claimDue(route, 1)).toHaveLength(1);
    let taken: readonly unknown[] = [];
    while (taken.length === 0) taken = await two.retries.claimDue(route, 1);
    await one.retries.settle([{ pending: aPending('p1'), next: aPending('p1'), leased: true }]);
    expect(await one.retries.claimDue(route, 1)).toEqual([]);
    const later = aPending('p1', { attempts: 2 });
    await two.retries.settle([{ pending: aPending('p1'), next: later, leased: true }]);
    expect((await one.retries.claimDue(route, 1))[0]?.pending).toMatchObject({ id: 'p1', attempts: 2 });
  });

  it('stores a delivery that waits before its entry is settled', async () => {
    const store = await openedStore(topology, { prefix });
    await store.inbox.append(anEvent('m1'));
    const entry = await claimOne(store);
    await store.retries.settle([{ pending: aPending('p1'), next: aPending('p1') }]);
    await store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [] }]);
    expect((await store.retries.claimDue(route, 1))[0]?.body.toString()).toBe('body of m1');
  });

  it('leaves a token with one device when two processes move it to and fro', async () => {
    const stores = [
      await openedStore(topology, { prefix }),
      await openedStore(topology, { prefix }),
    ] as const;
    // Many times, because what may go wrong is a matter of the order in which their steps reach the server.
    for (let round = 0; round < 20; round++) {
      const token = `aa${round}`;
      const uids = Array.from({ length: 7 }, (_, number) => `r${round}u${number}`);
      await Promise.all(
        Array.from({ length: 60 }, (_, number) =>
          stores[(number % 2) as 0 | 1].devices.register(
            aDevice(uids[number % 7] ?? '', 'phone', { token }),
            5,
          ),
        ),
      );
      const lists = await stores[0].devices.listMany(uids);
      expect(lists.flat()).toHaveLength(1);
      expect(await stores[1].devices.ownerOf('apns', token)).toEqual({
        uid: lists.flat()[0]?.uid,
        deviceId: 'phone',
      });
    }
  });
});

/** How many WAIT commands the server has run. */
async function waits({ url }: RedisServer): Promise<number> {
  const admin = new Redis(url);
  const stats = await admin.info('commandstats');
  admin.disconnect();
  return Number(/cmdstat_wait:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describeWithRedis('a Redis store with a replica', () => {
  it('waits for the replica, and reports what no replica has confirmed in time', async () => {
    const master = await RedisServer.start();
    const replica = await RedisServer.start({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    await until(master, async (client) => /state=online/.test(await client.info('replication')));
    const reported: InboxEvent[] = [];
    const store = await openedStore(
      { kind: 'single', url: master.url },
      { waitMs: 2_000, onUnreplicated: async (events) => void reported.push(...events) },
    );
    try {
      await eventually(
        () => store.inbox.append(anEvent('first')).then(() => reported.splice(0).length),
        (count) => count === 0,
      );
      await Promise.all(
        Array.from({ length: 200 }, (_, number) => store.inbox.append(anEvent(`m${number}`))),
      );
      expect(reported).toEqual([]);
      const admin = new Redis(replica.url);
      expect(
        Number(/cmdstat_xadd:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0),
      ).toBeGreaterThan(200);
      admin.disconnect();
      replica.freeze();
      const begun = performance.now();
      await store.inbox.append(anEvent('late'));
      expect(performance.now() - begun).toBeGreaterThan(1_900);
      expect(reported.map(({ bodyId }) => bodyId)).toEqual(['late']);
      // Right after it nobody waits for that replica again.
      const waited = await waits(master);
      for (let number = 0; number < 5; number++) await store.inbox.append(anEvent(`later${number}`));
      expect((await waits(master)) - waited).toBeLessThan(5);
      expect(reported).toHaveLength(6);
      await replica.kill();
      await eventually(
        () => store.health(),
        (found) => found.some(({ name }) => name === 'redis.replicas'),
      );
      await store.inbox.append(anEvent('alone'));
      expect(reported.map(({ bodyId }) => bodyId)).toContain('alone');
    } finally {
      await closeOpened();
      await replica.stop();
      await master.stop();
    }
  });
});
