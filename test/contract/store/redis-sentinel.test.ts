import { describeWithRedis, RedisSentinelSet } from '../../helpers/redis-server';
import { aDevice, anEvent, claimAll } from './builders';
import { closeOpened, eventually, openedStore } from './redis-opened';

describeWithRedis('a Redis store that sentinels watch', () => {
  let set: RedisSentinelSet;
  beforeEach(async () => {
    set = await RedisSentinelSet.start();
  });
  afterEach(async () => {
    await closeOpened();
    await set.stop();
  });
  const opened = (unreplicated: string[] = []) =>
    openedStore(
      { kind: 'sentinel', sentinels: set.sentinelUrls, name: set.name, url: null },
      { onUnreplicated: async (events) => void unreplicated.push(...events.map(({ bodyId }) => bodyId)) },
    );

  it('loses nothing that a replica had confirmed when the master is killed, and follows the failover', async () => {
    const unreplicated: string[] = [];
    const store = await opened(unreplicated);
    await store.devices.register(aDevice('alice', 'phone'), 5);
    const taken: string[] = [];
    let number = 0;
    let stopped = false;
    const appending = (async () => {
      while (!stopped) {
        const bodyId = `m${number++}`;
        await store.inbox.append(anEvent(bodyId)).then(
          () => taken.push(bodyId),
          () => new Promise((resolve) => setTimeout(resolve, 5)),
        );
      }
    })();
    await eventually(async () => taken.length > 200);
    await set.master.kill();
    const before = taken.length;
    await eventually(async () => taken.length > before + 200);
    stopped = true;
    await appending;
    const found = new Set(
      (await eventually(() => claimAll(store, { direct: 100_000 }))).map(({ bodyId }) => bodyId),
    );
    const promised = taken.filter((bodyId) => !unreplicated.includes(bodyId));
    expect(promised.filter((bodyId) => !found.has(bodyId))).toEqual([]);
    expect(promised.length).toBeGreaterThan(200);
    expect(await store.devices.list('alice')).toHaveLength(1);
  });

  it('leaves a frozen master for the one that takes its place', async () => {
    const store = await opened();
    await store.inbox.append(anEvent('m1'));
    set.master.freeze();
    await eventually(() => store.inbox.append(anEvent('m2')).then(() => true));
    const waiting = await eventually(
      () => store.inbox.claim({ direct: 10, bulk: 10 }, 1_000, new AbortController().signal),
      (entries) => entries.length > 0,
    );
    expect(waiting.map(({ bodyId }) => bodyId)).toContain('m1');
    set.master.thaw();
  });
});
