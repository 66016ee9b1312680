import type { Mute, Preferences } from '../../../src/domain/people';
import { awkwardUids } from './builders';
import { useStore, type MakeStore } from './fixture';

const preferences: Preferences = {
  locale: 'zh-Hans',
  preview: 'sender',
  mutedUntilMs: 1_767_000_000_000,
  silenceWhileOnline: 'mobile',
  quietHours: {
    start: '22:00',
    end: '07:00',
    timezone: 'Asia/Shanghai',
    days: [1, 7],
    allowCalls: true,
    allowMentions: false,
  },
};

export function describePeople(makeStore: MakeStore): void {
  describe('profiles', () => {
    const given = useStore(makeStore);

    it('gives users in the order of the question, null for the unknown', async () => {
      await given.store.profiles.putUser('alice', { name: 'Alice', avatarUrl: null });
      await given.store.profiles.putUser('bob', { name: 'Bob', avatarUrl: 'https://example.com/b.png' });
      await given.store.profiles.putUser('alice', { name: 'Alice L.', avatarUrl: null });
      expect(await given.store.profiles.getUsers(['bob', 'nobody', 'alice', 'bob'])).toEqual([
        { name: 'Bob', avatarUrl: 'https://example.com/b.png' },
        null,
        { name: 'Alice L.', avatarUrl: null },
        { name: 'Bob', avatarUrl: 'https://example.com/b.png' },
      ]);
      expect(await given.store.profiles.getUsers([])).toEqual([]);
    });

    it('tells channels apart by type and id, and from users', async () => {
      await given.store.profiles.putChannel(2, 'g', { name: 'Group', avatarUrl: null });
      await given.store.profiles.putChannel(12, 'g', { name: 'Agents', avatarUrl: null });
      expect((await given.store.profiles.getChannel(2, 'g'))?.name).toBe('Group');
      expect((await given.store.profiles.getChannel(12, 'g'))?.name).toBe('Agents');
      expect(await given.store.profiles.getChannel(1, 'g')).toBeNull();
      expect(await given.store.profiles.getChannel(1, '2g')).toBeNull();
      expect(await given.store.profiles.getUsers(['g'])).toEqual([null]);
    });

    it('takes any uid and channel id', async () => {
      for (const uid of awkwardUids)
        await given.store.profiles.putUser(uid, { name: `of ${uid}`, avatarUrl: null });
      for (const channelId of awkwardUids)
        await given.store.profiles.putChannel(2, channelId, {
          name: `channel ${channelId}`,
          avatarUrl: null,
        });
      expect((await given.store.profiles.getUsers(awkwardUids)).map((profile) => profile?.name)).toEqual(
        awkwardUids.map((uid) => `of ${uid}`),
      );
      for (const channelId of awkwardUids)
        expect((await given.store.profiles.getChannel(2, channelId))?.name).toBe(`channel ${channelId}`);
    });

    it('erases a user, not the channel of the same name, and keeps the rest across a restart', async () => {
      await given.store.profiles.putUser('alice', { name: 'Alice', avatarUrl: null });
      await given.store.profiles.putUser('bob', { name: 'Bob', avatarUrl: null });
      await given.store.profiles.putChannel(2, 'alice', { name: 'Group', avatarUrl: null });
      await given.store.profiles.eraseUser('alice');
      await given.store.profiles.eraseUser('nobody');
      await given.opened.reopen();
      expect((await given.store.profiles.getUsers(['alice', 'bob'])).map((profile) => profile?.name)).toEqual(
        [undefined, 'Bob'],
      );
      expect((await given.store.profiles.getChannel(2, 'alice'))?.name).toBe('Group');
    });
  });

  describe('preferences', () => {
    const given = useStore(makeStore);
    const mute = (channelId: string, changes: Partial<Mute> = {}): Mute => ({
      channelType: 2,
      channelId,
      untilMs: null,
      allowMentions: false,
      ...changes,
    });

    it('gives what was put, in the order of the question', async () => {
      await given.store.preferences.put('alice', preferences);
      expect(await given.store.preferences.getMany(['nobody', 'alice'])).toEqual([null, preferences]);
      const empty: Preferences = {
        locale: null,
        preview: null,
        mutedUntilMs: null,
        silenceWhileOnline: null,
        quietHours: null,
      };
      await given.store.preferences.put('alice', empty);
      expect(await given.store.preferences.getMany(['alice'])).toEqual([empty]);
    });

    it('keeps mutes by conversation', async () => {
      await given.store.preferences.putMute('alice', mute('g1'));
      await given.store.preferences.putMute('alice', mute('g2', { untilMs: 5, allowMentions: true }));
      await given.store.preferences.putMute('alice', mute('g1', { channelType: 1 }));
      await given.store.preferences.putMute('alice', mute('g1', { untilMs: 9 }));
      await given.store.preferences.putMute('alice2', mute('g3'));
      const key = (
        uid: string,
        channelType: number,
        channelId: string,
      ): { uid: string; channelType: number; channelId: string } => ({ uid, channelType, channelId });
      expect(
        await given.store.preferences.getMutes([
          key('alice', 2, 'g2'),
          key('bob', 2, 'g2'),
          key('alice', 2, 'g1'),
          key('alice', 1, 'g1'),
          key('alice', 2, 'g3'),
        ]),
      ).toEqual([
        mute('g2', { untilMs: 5, allowMentions: true }),
        null,
        mute('g1', { untilMs: 9 }),
        mute('g1', { channelType: 1 }),
        null,
      ]);
      expect(await given.store.preferences.listMutes('alice')).toHaveLength(3);
      expect(await given.store.preferences.listMutes('alice')).toEqual(
        expect.arrayContaining([mute('g1', { untilMs: 9 }), mute('g1', { channelType: 1 })]),
      );
      expect(await given.store.preferences.listMutes('ali')).toEqual([]);
    });

    it('removes a mute, and says whether there was one', async () => {
      await given.store.preferences.putMute('alice', mute('g1'));
      expect(await given.store.preferences.removeMute('alice', 1, 'g1')).toBe(false);
      expect(await given.store.preferences.removeMute('alice', 2, 'g1')).toBe(true);
      expect(await given.store.preferences.removeMute('alice', 2, 'g1')).toBe(false);
      expect(await given.store.preferences.listMutes('alice')).toEqual([]);
    });

    it('takes any uid and channel id', async () => {
      for (const name of awkwardUids) {
        await given.store.preferences.put(name, { ...preferences, locale: name });
        await given.store.preferences.putMute(name, mute(name));
      }
      expect((await given.store.preferences.getMany(awkwardUids)).map((found) => found?.locale)).toEqual(
        awkwardUids,
      );
      for (const name of awkwardUids)
        expect(await given.store.preferences.listMutes(name)).toEqual([mute(name)]);
    });

    it('erases a user and no other, and keeps the rest across a restart', async () => {
      for (const uid of ['alice', 'bob']) {
        await given.store.preferences.put(uid, preferences);
        for (let number = 0; number < 600; number++)
          await given.store.preferences.putMute(uid, mute(`g${number}`));
      }
      await given.store.preferences.eraseUser('alice');
      await given.opened.reopen();
      expect(await given.store.preferences.getMany(['alice', 'bob'])).toEqual([null, preferences]);
      expect(await given.store.preferences.listMutes('alice')).toEqual([]);
      expect(await given.store.preferences.listMutes('bob')).toHaveLength(600);
    });
  });

  describe('badges', () => {
    const given = useStore(makeStore);

    it('counts up what was set, and leaves alone what never was', async () => {
      const alice = { uid: 'alice', app: 'default' };
      expect(await given.store.badges.increment([alice])).toEqual([null]);
      expect(await given.store.badges.get('alice', 'default')).toBeNull();
      await given.store.badges.set('alice', 'default', 3);
      expect(
        await given.store.badges.increment([
          alice,
          { uid: 'bob', app: 'default' },
          { uid: 'alice', app: 'other' },
        ]),
      ).toEqual([4, null, null]);
      await given.store.badges.set('alice', 'default', 0);
      expect(await given.store.badges.increment([alice, alice])).toEqual([1, 2]);
      expect(await given.store.badges.increment([])).toEqual([]);
    });

    it('loses no count among many at once', async () => {
      await given.store.badges.set('alice', 'default', 0);
      await Promise.all(
        Array.from({ length: 200 }, () => given.store.badges.increment([{ uid: 'alice', app: 'default' }])),
      );
      expect(await given.store.badges.get('alice', 'default')).toBe(200);
    });

    it('tells uids and apps apart, erases a user and no other, and keeps the rest across a restart', async () => {
      for (const [index, uid] of awkwardUids.entries()) await given.store.badges.set(uid, 'a', index);
      for (const [index, uid] of awkwardUids.entries())
        expect(await given.store.badges.get(uid, 'a')).toBe(index);
      await given.store.badges.set('a', 'second', 77);
      await given.store.badges.eraseUser('a');
      await given.opened.reopen();
      expect(await given.store.badges.get('a', 'a')).toBeNull();
      expect(await given.store.badges.get('a', 'second')).toBeNull();
      expect(await given.store.badges.get('a:', 'a')).toBe(1);
    });
  });
}
