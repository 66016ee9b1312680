import type { PresenceChange } from '../../../src/domain/presence';
import { awkwardUids } from './builders';
import { useStore, type MakeStore } from './fixture';

const change = (uid: string, deviceFlag: number, connections: number, total: number): PresenceChange => ({
  uid,
  deviceFlag,
  connections,
  total,
  online: connections > 0,
});

export function describePresence(makeStore: MakeStore): void {
  describe('presence', () => {
    const given = useStore(makeStore);
    const presenceOf = async (uid: string) => (await given.store.presence.getMany([uid]))[0];

    it('keeps the connections of each device flag, and when they changed', async () => {
      expect(await presenceOf('alice')).toBeNull();
      await given.store.presence.apply([change('alice', 0, 1, 1)], 1_000);
      await given.store.presence.apply([change('alice', 2, 1, 2)], 2_000);
      await given.store.presence.apply([change('alice', 0, 0, 1)], 3_000);
      expect(await presenceOf('alice')).toEqual({
        flags: [
          { deviceFlag: 0, connections: 0, changedAtMs: 3_000 },
          { deviceFlag: 2, connections: 1, changedAtMs: 2_000 },
        ],
        lastSeenAtMs: 3_000,
      });
    });

    it('applies the changes of one call in order', async () => {
      await given.store.presence.apply(
        [
          change('alice', 1, 1, 1),
          change('bob', 1, 1, 1),
          change('alice', 1, 0, 0),
          change('alice', 1, 2, 2),
        ],
        1_000,
      );
      expect((await presenceOf('alice'))?.flags).toEqual([
        { deviceFlag: 1, connections: 2, changedAtMs: 1_000 },
      ]);
      await given.store.presence.apply([], 2_000);
      expect((await presenceOf('bob'))?.lastSeenAtMs).toBe(1_000);
    });

    it('believes the total: no connection left means that none of the other flags has one', async () => {
      await given.store.presence.apply([change('alice', 0, 1, 1), change('alice', 1, 1, 2)], 1_000);
      await given.store.presence.apply([change('alice', 0, 0, 0)], 2_000);
      expect((await presenceOf('alice'))?.flags.map(({ connections }) => connections)).toEqual([0, 0]);
    });

    it('answers for many, in the order of the question', async () => {
      await given.store.presence.apply([change('alice', 1, 1, 1)], 1_000);
      const [nobody, alice] = await given.store.presence.getMany(['nobody', 'alice']);
      expect(nobody).toBeNull();
      expect(alice?.lastSeenAtMs).toBe(1_000);
      expect(await given.store.presence.getMany([])).toEqual([]);
    });

    it('takes any uid, erases a user and no other, and keeps the rest across a restart', async () => {
      await given.store.presence.apply(
        awkwardUids.map((uid, index) => change(uid, index, 1, 1)),
        5_000,
      );
      await given.store.presence.eraseUser('a');
      await given.opened.reopen();
      const found = await given.store.presence.getMany(awkwardUids);
      expect(found.map((presence) => presence?.flags[0]?.deviceFlag)).toEqual(
        awkwardUids.map((uid, index) => (uid === 'a' ? undefined : index)),
      );
    });
  });
}
