import type { Device } from '../../../src/domain/device';
import { channelTypes } from '../../../src/domain/message';
import type { Conversation, Mute, Preferences } from '../../../src/domain/people';
import { aDevice, awkwardUids } from './builders';
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

const noPreferences: Preferences = {
  locale: null,
  preview: null,
  mutedUntilMs: null,
  silenceWhileOnline: null,
  quietHours: null,
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

    it('forgets the name of a user, also as the channel of a conversation with the user', async () => {
      const name = { name: 'Alice', avatarUrl: null };
      await given.store.profiles.putMany(
        [{ uid: 'alice', profile: name }],
        [1, 2, channelTypes.visitors].map((channelType) => ({
          channelType,
          channelId: 'alice',
          profile: name,
        })),
      );
      await given.store.profiles.eraseUser('alice');
      expect(await given.store.profiles.getUsers(['alice'])).toEqual([null]);
      expect(await given.store.profiles.getChannel(1, 'alice')).toBeNull();
      expect(await given.store.profiles.getChannel(channelTypes.visitors, 'alice')).toBeNull();
      expect(await given.store.profiles.getChannel(2, 'alice')).toEqual(name);
    });

    it('takes many at once', async () => {
      const profile = (name: string) => ({ name, avatarUrl: null });
      const users = Array.from({ length: 700 }, (_, number) => ({
        uid: `u${number}`,
        profile: profile(`User ${number}`),
      }));
      const channels = Array.from({ length: 300 }, (_, number) => ({
        channelType: 2,
        channelId: `g${number}`,
        profile: profile(`Group ${number}`),
      }));
      await given.store.profiles.putMany(users, channels);
      await given.store.profiles.putMany([], []);
      const found = await given.store.profiles.getUsers(users.map(({ uid }) => uid));
      expect(found).toEqual(users.map((user) => user.profile));
      expect((await given.store.profiles.getChannel(2, 'g299'))?.name).toBe('Group 299');
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

  describe('given names', () => {
    const given = useStore(makeStore);
    const alias = (readerUid: string, peerUid: string) => ({ readerUid, peerUid });
    const member = (uid: string, channelId: string, channelType = 2) => ({ channelType, channelId, uid });

    const aliasesOf = async (pairs: readonly ReturnType<typeof alias>[]) => {
      const questions = pairs.map(({ readerUid, peerUid }) => ({ peerUid, readerUids: [readerUid] }));
      return (await given.store.givenNames.findAliases(questions)).map(([found = null]) => found);
    };

    it('gives aliases by reader and peer, in the order of the question', async () => {
      const { givenNames } = given.store;
      await givenNames.putAlias(alias('bob', 'alice'), 'Sis');
      await givenNames.putAlias(alias('carol', 'alice'), 'Boss');
      await givenNames.putAlias(alias('bob', 'alice'), 'Sister');
      await givenNames.putAlias(alias('alice', 'bob'), 'Bobby');
      expect(
        await givenNames.findAliases([
          { peerUid: 'alice', readerUids: ['carol', 'dave', 'bob'] },
          { peerUid: 'bob', readerUids: ['alice'] },
          { peerUid: 'carol', readerUids: ['bob', 'alice'] },
          { peerUid: 'alice', readerUids: ['dave'] },
        ]),
      ).toEqual([['Boss', null, 'Sister'], ['Bobby'], [], []]);
      await givenNames.removeAlias(alias('bob', 'alice'));
      await givenNames.removeAlias(alias('bob', 'nobody'));
      const both = { peerUid: 'alice', readerUids: ['bob', 'carol'] };
      expect(await givenNames.findAliases([both])).toEqual([[null, 'Boss']]);
      expect(await givenNames.findAliases([])).toEqual([]);
    });

    it('lists whom a reader calls something of its own', async () => {
      const { givenNames } = given.store;
      for (const peerUid of ['alice', 'bob', 'zoë 1', 'alice'])
        await givenNames.putAlias(alias('reader', peerUid), 'Name');
      await givenNames.putAlias(alias('reader 2', 'dave'), 'Name');
      await givenNames.removeAlias(alias('reader', 'bob'));
      const peers = async (uid: string) => [...(await givenNames.listAliasedPeers(uid))].sort();
      expect(await peers('reader')).toEqual(['alice', 'zoë 1']);
      expect(await peers('nobody')).toEqual([]);
      await givenNames.eraseUser('reader');
      expect(await peers('reader')).toEqual([]);
      expect(await peers('reader 2')).toEqual(['dave']);
    });

    it('gives aliases of many readers for one peer, and of a peer without any', async () => {
      const { givenNames } = given.store;
      const readers = Array.from({ length: 2_500 }, (_, number) => `reader${number}`);
      await givenNames.putAlias(alias('reader7', 'alice'), 'Seventh');
      await givenNames.putAlias(alias('reader2499', 'alice'), 'Last');
      const [found = []] = await givenNames.findAliases([{ peerUid: 'alice', readerUids: readers }]);
      expect(found).toHaveLength(2_500);
      expect(found[7]).toBe('Seventh');
      expect(found[2_499]).toBe('Last');
      expect(found.filter((name) => name !== null)).toHaveLength(2);
      expect(await givenNames.findAliases([{ peerUid: 'bob', readerUids: readers }])).toEqual([[]]);
    });

    it('gives names of members by channel', async () => {
      const { givenNames } = given.store;
      await givenNames.putMember(member('alice', 'team'), 'Captain');
      await givenNames.putMember(member('alice', 'team', 4), 'Moderator');
      await givenNames.putMember(member('alice', 'other'), 'Guest');
      await givenNames.putMember(member('alice', 'team'), 'Skipper');
      expect(
        await givenNames.getMembers([
          member('alice', 'other'),
          member('bob', 'team'),
          member('alice', 'team', 4),
          member('alice', 'team'),
        ]),
      ).toEqual(['Guest', null, 'Moderator', 'Skipper']);
      await givenNames.removeMember(member('alice', 'other'));
      expect(await givenNames.getMembers([member('alice', 'other'), member('alice', 'team')])).toEqual([
        null,
        'Skipper',
      ]);
    });

    it('takes any uid and channel id', async () => {
      const { givenNames } = given.store;
      const pairs = awkwardUids.map((uid, index) => alias(uid, awkwardUids.at(-1 - index) ?? ''));
      const members = awkwardUids.map((uid) => member(uid, uid));
      for (const [index, pair] of pairs.entries()) await givenNames.putAlias(pair, `alias ${index}`);
      for (const [index, key] of members.entries()) await givenNames.putMember(key, `member ${index}`);
      expect(await aliasesOf(pairs)).toEqual(pairs.map((_, index) => `alias ${index}`));
      expect(await givenNames.getMembers(members)).toEqual(members.map((_, index) => `member ${index}`));
      for (const uid of awkwardUids) await givenNames.eraseUser(uid);
      expect(await aliasesOf(pairs)).toEqual(pairs.map(() => null));
      expect(await givenNames.getMembers(members)).toEqual(members.map(() => null));
    });

    it('erases what a user gave and was given, no more, and keeps the rest across a restart', async () => {
      const peers = Array.from({ length: 600 }, (_, number) => `peer${number}`);
      for (const peer of peers) {
        await given.store.givenNames.putAlias(alias('alice', peer), 'from alice');
        await given.store.givenNames.putAlias(alias(peer, 'alice'), 'for alice');
        await given.store.givenNames.putMember(member('alice', peer), 'member');
      }
      await given.store.givenNames.putAlias(alias('peer1', 'peer2'), 'kept');
      await given.store.givenNames.putMember(member('peer1', 'peer2'), 'kept');
      const agents = peers.map((peer) => member(peer, 'alice', channelTypes.visitors));
      for (const agent of agents) await given.store.givenNames.putMember(agent, 'agent');
      await given.store.givenNames.putMember(member('peer1', 'alice'), 'kept');
      await given.store.givenNames.eraseUser('alice');
      await given.store.givenNames.eraseUser('nobody');
      await given.opened.reopen();
      const { givenNames } = given.store;
      const left = [
        ...(await aliasesOf(peers.map((peer) => alias('alice', peer)))),
        ...(await aliasesOf(peers.map((peer) => alias(peer, 'alice')))),
        ...(await givenNames.getMembers(peers.map((peer) => member('alice', peer)))),
        ...(await givenNames.getMembers(agents)),
      ];
      expect(left.filter((name) => name !== null)).toEqual([]);
      expect(await aliasesOf([alias('peer1', 'peer2')])).toEqual(['kept']);
      const others = [member('peer1', 'peer2'), member('peer1', 'alice')];
      expect(await givenNames.getMembers(others)).toEqual(['kept', 'kept']);
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

    const conversation = (channelType: number, channelId: string) => ({ channelType, channelId });

    it('gives what was put', async () => {
      await given.store.preferences.put('alice', preferences);
      expect(await given.store.preferences.get('alice')).toEqual(preferences);
      expect(await given.store.preferences.get('nobody')).toBeNull();
      await given.store.preferences.put('alice', noPreferences);
      expect(await given.store.preferences.get('alice')).toEqual(noPreferences);
    });

    it('keeps mutes by conversation, apart from preferences', async () => {
      await given.store.preferences.putMute('alice', mute('g1'));
      await given.store.preferences.putMute('alice', mute('g2', { untilMs: 5, allowMentions: true }));
      await given.store.preferences.putMute('alice', mute('g1', { channelType: 1 }));
      await given.store.preferences.putMute('alice', mute('g1', { untilMs: 9 }));
      await given.store.preferences.putMute('alice2', mute('g3'));
      expect(await given.store.preferences.get('alice')).toBeNull();
      await given.store.preferences.put('alice', preferences);
      const mutes = await given.store.preferences.listMutes('alice');
      expect(mutes).toHaveLength(3);
      expect(mutes).toEqual(
        expect.arrayContaining([
          mute('g2', { untilMs: 5, allowMentions: true }),
          mute('g1', { untilMs: 9 }),
          mute('g1', { channelType: 1 }),
        ]),
      );
      expect(await given.store.preferences.listMutes('ali')).toEqual([]);
      expect(await given.store.preferences.get('alice')).toEqual(preferences);
    });

    it('removes a mute, and says whether there was one', async () => {
      await given.store.preferences.putMute('alice', mute('g1'));
      await given.store.preferences.putMute('alice', mute('g2'));
      expect(await given.store.preferences.removeMute('alice', conversation(1, 'g1'))).toBe(false);
      expect(await given.store.preferences.removeMute('alice', conversation(2, 'g1'))).toBe(true);
      expect(await given.store.preferences.removeMute('alice', conversation(2, 'g1'))).toBe(false);
      expect(await given.store.preferences.listMutes('alice')).toEqual([mute('g2')]);
      expect(await given.store.preferences.removeMute('alice', conversation(2, 'g2'))).toBe(true);
      expect(await given.store.preferences.listMutes('alice')).toEqual([]);
    });

    it('takes any uid and channel id', async () => {
      for (const name of awkwardUids) {
        await given.store.preferences.put(name, { ...preferences, locale: name });
        await given.store.preferences.putMute(name, mute(name));
      }
      for (const name of awkwardUids) {
        expect((await given.store.preferences.get(name))?.locale).toBe(name);
        expect(await given.store.preferences.listMutes(name)).toEqual([mute(name)]);
      }
    });

    it('erases a user and no other, and keeps the rest across a restart', async () => {
      for (const uid of ['alice', 'bob']) {
        await given.store.preferences.put(uid, preferences);
        for (let number = 0; number < 600; number++)
          await given.store.preferences.putMute(uid, mute(`g${number}`));
      }
      await given.store.preferences.eraseUser('alice');
      await given.opened.reopen();
      expect(await given.store.preferences.get('alice')).toBeNull();
      expect(await given.store.preferences.listMutes('alice')).toEqual([]);
      expect(await given.store.preferences.get('bob')).toEqual(preferences);
      expect(await given.store.preferences.listMutes('bob')).toHaveLength(600);
    });

    describe('of recipients', () => {
      const phoneOf = async (uid: string): Promise<Device> => {
        const device = aDevice(uid, 'phone');
        await given.store.devices.register(device, 20);
        return device;
      };
      const find = (uids: readonly string[], asked: Conversation | null) =>
        given.store.recipients.find([{ uids, conversation: asked }]);

      it('come with their devices, each with the mute of the conversation that is asked for', async () => {
        const alice = await phoneOf('alice');
        const bob = await phoneOf('bob');
        await given.store.preferences.put('alice', preferences);
        await given.store.preferences.putMute('alice', mute('g1', { allowMentions: true }));
        await given.store.preferences.putMute('bob', mute('g2'));
        await given.store.preferences.putMute('bob', mute('alice', { channelType: 1, untilMs: 7 }));
        const nothing = { preferences: null, mute: null };
        const answers = await given.store.recipients.find([
          { uids: ['alice', 'nobody', 'bob'], conversation: conversation(2, 'g1') },
          { uids: [], conversation: conversation(2, 'g1') },
          { uids: ['bob'], conversation: conversation(1, 'alice') },
          { uids: ['alice', 'bob'], conversation: null },
          { uids: ['bob', 'bob'], conversation: conversation(2, 'g2') },
        ]);
        expect(answers).toEqual([
          { uid: 'alice', devices: [alice], preferences, mute: mute('g1', { allowMentions: true }) },
          { uid: 'nobody', devices: [], ...nothing },
          { uid: 'bob', devices: [bob], ...nothing },
          {
            uid: 'bob',
            devices: [bob],
            preferences: null,
            mute: mute('alice', { channelType: 1, untilMs: 7 }),
          },
          { uid: 'alice', devices: [alice], preferences, mute: null },
          { uid: 'bob', devices: [bob], ...nothing },
          { uid: 'bob', devices: [bob], preferences: null, mute: mute('g2') },
          { uid: 'bob', devices: [bob], preferences: null, mute: mute('g2') },
        ]);
        expect(await given.store.recipients.find([])).toEqual([]);
        expect(await find([], null)).toEqual([]);
      });

      it('follow what is set, removed and erased', async () => {
        await phoneOf('alice');
        const seen = async () => (await find(['alice'], conversation(2, 'g1')))[0];
        expect(await seen()).toMatchObject({ preferences: null, mute: null });
        await given.store.preferences.putMute('alice', mute('g1'));
        expect(await seen()).toMatchObject({ preferences: null, mute: mute('g1') });
        await given.store.preferences.put('alice', preferences);
        expect(await seen()).toMatchObject({ preferences, mute: mute('g1') });
        await given.store.preferences.removeMute('alice', conversation(2, 'g1'));
        expect(await seen()).toMatchObject({ preferences, mute: null });
        await given.store.preferences.putMute('alice', mute('g1'));
        await given.store.preferences.eraseUser('alice');
        expect(await seen()).toMatchObject({ preferences: null, mute: null });
      });

      it('are told apart, whatever they and the conversations are called', async () => {
        for (const uid of awkwardUids) {
          await phoneOf(uid);
          await given.store.preferences.put(uid, { ...preferences, locale: uid });
          for (const name of awkwardUids) await given.store.preferences.putMute(uid, mute(name));
        }
        for (const name of awkwardUids) {
          const found = await find(awkwardUids, conversation(2, name));
          expect(found.map(({ preferences: of }) => of?.locale)).toEqual(awkwardUids);
          expect(found.map(({ mute: of }) => of?.channelId)).toEqual(awkwardUids.map(() => name));
        }
      });

      it('come in the thousands', async () => {
        const uids = Array.from({ length: 3_000 }, (_, number) => `u${number}`);
        await Promise.all(uids.filter((_, at) => at % 3 === 0).map(phoneOf));
        await given.store.preferences.putMute('u2997', mute('g1'));
        const found = await find(uids, conversation(2, 'g1'));
        expect(found.map(({ uid }) => uid)).toEqual(uids);
        expect(found.map(({ devices }) => devices.length)).toEqual(
          uids.map((_, at) => (at % 3 === 0 ? 1 : 0)),
        );
        expect(found.filter(({ mute: of }) => of !== null).map(({ uid }) => uid)).toEqual(['u2997']);
      });
    });
  });
}
