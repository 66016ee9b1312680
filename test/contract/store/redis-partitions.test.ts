import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { describeWithRedis, RedisCluster } from '../../helpers/redis-server';
import { aDevice, aPending, anEvent, awkwardUids, claimAll, never, route } from './builders';
import { closeOpened, eventually, openedStore } from './redis-opened';
import type { RedisTopology } from '../../../src/store/redis/server/options';

describeWithRedis('a Redis store on a cluster, in its 16 partitions', () => {
  let cluster: RedisCluster;
  let topology: RedisTopology;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
    topology = { kind: 'cluster', urls: cluster.urls };
  });
  afterEach(async () => {
    for (const node of cluster.nodes) node.thaw();
    await closeOpened();
  });
  afterAll(() => cluster.stop());

  it('hands every entry out once, over two processes, and settles all', async () => {
    const one = await openedStore(topology, { prefix: 'p1:' });
    const two = await openedStore(topology, { prefix: 'p1:' });
    await Promise.all(
      Array.from({ length: 1_000 }, (_, number) =>
        one.inbox.append(
          anEvent(`m${number}`, { lane: number % 5 === 0 ? 'bulk' : 'direct', recipients: [['a'], ['b']] }),
        ),
      ),
    );
    expect((await two.inbox.stats()).depth).toEqual({ direct: 1_600, bulk: 400 });
    const seen: string[] = [];
    const work = async (store: typeof one): Promise<void> => {
      for (;;) {
        const entries = await store.inbox.claim({ direct: 51, bulk: 13 }, 50, never);
        if (entries.length === 0) return;
        expect(entries.filter(({ lane }) => lane === 'direct').length).toBeLessThanOrEqual(51);
        expect(entries.filter(({ lane }) => lane === 'bulk').length).toBeLessThanOrEqual(13);
        seen.push(...entries.map(({ id }) => id));
        expect(entries.every(({ bodyId, body }) => body.toString() === `body of ${bodyId}`)).toBe(true);
        await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
      }
    };
    await Promise.all([work(one), work(two)]);
    expect(new Set(seen).size).toBe(2_000);
    expect(seen).toHaveLength(2_000);
    expect((await one.inbox.stats()).depth).toEqual({ direct: 0, bulk: 0 });
  });

  it('wakes a waiting claim, whatever the partition, and takes no more than is asked for', async () => {
    const store = await openedStore(topology, { prefix: 'p2:' });
    for (let number = 0; number < 40; number++) {
      const waiting = store.inbox.claim({ direct: 1, bulk: 1 }, 10_000, never);
      if (number % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      await store.inbox.append(anEvent(`w${number}`));
      const entries = await waiting;
      expect(entries.map(({ bodyId }) => bodyId)).toEqual([`w${number}`]);
      await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    }
  });

  it('gives back what came for a claim that is over', async () => {
    const store = await openedStore(topology, { prefix: 'p3:' });
    const other = await openedStore(topology, { prefix: 'p3:' });
    await store.inbox.claim({ direct: 5, bulk: 5 }, 50, never);
    await Promise.all(Array.from({ length: 100 }, (_, number) => other.inbox.append(anEvent(`g${number}`))));
    const found = new Set<string>();
    await eventually(
      async () => (await claimAll(other)).forEach(({ id, claims }) => found.add(`${id} ${claims}`)),
      () => found.size === 100,
    );
    expect([...found].every((one) => one.endsWith(' 1'))).toBe(true);
  });

  it('has no more in hand of what was handed out before than one partition would give, and works all of it off', async () => {
    const settings = { prefix: 'p7:', claimTimeMs: 3_000 };
    const dead = await openedStore(topology, settings);
    await Promise.all(Array.from({ length: 300 }, (_, number) => dead.inbox.append(anEvent(`s${number}`))));
    const before = new Set<string>();
    await eventually(
      async () => (await claimAll(dead)).forEach(({ id }) => before.add(id)),
      () => before.size === 300,
    );
    const store = await openedStore(topology, settings);
    const seen = new Map<string, number>();
    await eventually(
      async () => {
        const entries = await store.inbox.claim({ direct: 500, bulk: 500 }, 50, never);
        const suspects = entries.filter(({ claims }) => claims > 1);
        expect(suspects.length).toBeLessThanOrEqual(64);
        for (const { id, claims } of entries) seen.set(id, Math.max(seen.get(id) ?? 0, claims));
        await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
      },
      () => seen.size === 300,
    );
    expect(Math.max(...seen.values())).toBe(2);
  });

  it('leases the earliest deliveries of all partitions, and moves parked ones back', async () => {
    const store = await openedStore(topology, { prefix: 'p4:' });
    // Redis is handed delays, so that a due time moves by what the way to it takes.
    const [firstDueMs, apartMs] = [1_000_000, 1_000_000];
    const ids = Array.from({ length: 60 }, (_, number) => `m${number}`);
    await Promise.all(ids.map((id) => store.inbox.append(anEvent(id))));
    const entries = await claimAll(store);
    await store.inbox.settle(
      entries.map(({ id, bodyId }) => ({
        id,
        bodyId,
        pending: [
          aPending(`r-${bodyId}`, { bodyId, dueAtMs: firstDueMs + Number(bodyId.slice(1)) * apartMs }),
          aPending(`k-${bodyId}`, { bodyId, parked: true, dueAtMs: Date.now() + 1e7 }),
        ],
      })),
    );
    expect(await store.retries.counts()).toEqual({ [route]: 60 });
    expect(await store.parked.counts()).toEqual({ [route]: 60 });
    const due = await store.retries.claimDue(route, 25);
    expect(due.map(({ pending }) => pending.id)).toEqual(ids.slice(0, 25).map((id) => `r-${id}`));
    expect(due.every(({ pending, body }) => body.toString() === `body of ${pending.bodyId}`)).toBe(true);
    expect(await store.parked.release(route, 1_000)).toBe(60);
    expect(await store.retries.counts()).toEqual({ [route]: 120 });
  });

  it('keeps users on their own slots, whatever they are called', async () => {
    const store = await openedStore(topology, { prefix: 'p5:' });
    await Promise.all(awkwardUids.map((uid) => store.devices.register(aDevice(uid, 'phone'), 5)));
    const lists = await store.devices.listMany(awkwardUids);
    expect(lists.map((list) => list.map(({ uid }) => uid))).toEqual(awkwardUids.map((uid) => [uid]));
  });

  it('goes on on the other nodes while one is frozen, and on all after it', async () => {
    const store = await openedStore(topology, {
      prefix: 'p6:',
      deadlineMs: 2_000,
      intakeDeadlineMs: 2_000,
    });
    cluster.nodes[0]?.freeze();
    const answers = await Promise.allSettled(
      Array.from({ length: 60 }, (_, number) => store.inbox.append(anEvent(`f${number}`))),
    );
    const taken = answers.filter(({ status }) => status === 'fulfilled').length;
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThan(60);
    const claimed = await store.inbox.claim({ direct: 100, bulk: 0 }, 0, never);
    expect(claimed).toHaveLength(taken);
    cluster.nodes[0]?.thaw();
    await eventually(async () => {
      await Promise.all(
        Array.from({ length: 60 }, (_, number) => store.inbox.append(anEvent(`after${number}`))),
      );
      return true;
    });
  });

  it('follows a slot that moves while entries come and go', async () => {
    const store = await openedStore(topology, { prefix: 'p7:' });
    const taken = new Set<string>();
    let number = 0;
    let stopped = false;
    const appending = (async () => {
      while (!stopped) {
        const bodyId = `s${number++}`;
        await store.inbox.append(anEvent(bodyId)).then(
          () => taken.add(bodyId),
          () => new Promise((resolve) => setTimeout(resolve, 5)),
        );
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await eventually(async () => taken.size > 20);
    const [from, to] = cluster.nodes;
    if (from === undefined || to === undefined) throw new Error('no two masters');
    const keys = Array.from({ length: 16 }, (_, partition) => `p7:{i${partition}}:direct`);
    try {
      expect(await cluster.moveSlotsOf(keys, from, to)).toBeGreaterThan(0);
      const before = taken.size;
      await eventually(async () => taken.size > before + 50);
    } finally {
      stopped = true;
    }
    await appending;
    const found = new Set<string>();
    await eventually(
      async () => {
        const entries = await store.inbox.claim({ direct: 500, bulk: 1 }, 100, never);
        for (const { bodyId } of entries) found.add(bodyId);
        await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
      },
      () => [...taken].every((bodyId) => found.has(bodyId)),
    );
  });

  it('writes nothing at the new place of a slot before its keys are there', async () => {
    const store = await openedStore(topology, { prefix: 'p8:' });
    const ids = Array.from({ length: 64 }, (_, number) => `w${number}`);
    const keys = Array.from({ length: 16 }, (_, partition) => `p8:{i${partition}}:direct`);
    await Promise.all(ids.slice(0, 32).map((bodyId) => store.inbox.append(anEvent(bodyId))));
    const [, from, to] = cluster.nodes;
    if (from === undefined || to === undefined) throw new Error('no three masters');
    const refused = new Set(ids.slice(32));
    const appendRefused = async (): Promise<void> => {
      await Promise.all(
        [...refused].map((bodyId) =>
          store.inbox.append(anEvent(bodyId)).then(
            () => refused.delete(bodyId),
            (error: unknown) => expect(error).toBeInstanceOf(StoreUnavailableError),
          ),
        ),
      );
      // Whoever looks for entries makes groups that are missing.
      const entries = await store.inbox.claim({ direct: 100, bulk: 1 }, 1, never);
      await store.inbox.release(entries.map(({ id }) => id)).catch(() => {});
    };
    // The move itself fails with BUSYKEY where something of the slot lies at both.
    expect(await cluster.moveSlotsOf(keys, from, to, appendRefused)).toBeGreaterThan(0);
    await eventually(appendRefused, () => refused.size === 0);
    const found = new Set<string>();
    await eventually(
      async () => {
        const entries = await store.inbox.claim({ direct: 100, bulk: 1 }, 100, never);
        for (const { bodyId } of entries) found.add(bodyId);
      },
      () => found.size === ids.length,
    );
  });
});
