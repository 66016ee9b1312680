import type { PersonRecord } from '../../../src/domain/person-record';
import type { CountedMessage } from '../../../src/store/ports/badges';
import { awkwardUids } from './builders';
import { useStore, type MakeStore } from './fixture';

const team = { channelType: 2, channelId: 'team' };
const other = { channelType: 2, channelId: 'other' };
const nowMs = 1_767_000_000_000;

const one = (uid: string, messageId: string, changes: Partial<CountedMessage> = {}): CountedMessage => ({
  uid,
  app: 'default',
  messageId,
  ...team,
  messageSeq: 0,
  receivedAtMs: nowMs,
  ...changes,
});

/** As many messages, with ids and sequences of their own. */
const many = (from: number, to: number, changes: Partial<CountedMessage> = {}): CountedMessage[] =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    one('alice', `${changes.channelId ?? 'team'}-${from + index}`, { messageSeq: from + index, ...changes }),
  );

export function describeBadges(makeStore: MakeStore): void {
  describe('badges', () => {
    const given = useStore(makeStore);
    const badge = async (uid: string, app = 'default') =>
      (await given.store.badges.getMany([{ uid, app }]))[0];
    const count = async (...messages: readonly CountedMessage[]) =>
      (await given.store.badges.count(messages)).map((unread) => unread.count);
    const unreadOf = async (conversation = team, app = 'default') =>
      (await given.store.badges.unreadOf([{ uid: 'alice', app, ...conversation }]))[0];
    const recall = (...messages: readonly CountedMessage[]) => given.store.badges.recall(messages);
    const read = (upToSeq: number | null, conversation = team, atMs = nowMs) =>
      given.store.badges.read('alice', ['default'], conversation, upToSeq, atMs);

    it('come from another store with what belongs to which conversation', async () => {
      const { badges, personRecords } = given.store;
      await count(...many(1, 2), ...many(1, 1, { channelId: 'other' }), one('bob', 'm1'));
      await badges.set('bob', 'default', 0);
      await badges.set('carol', 'default', 7);
      const found = async () => {
        const records: PersonRecord[] = [];
        for await (const page of personRecords.scan()) records.push(...page);
        return records.filter((record) => record.kind === 'badge').sort((a, b) => (a.uid < b.uid ? -1 : 1));
      };
      const [alice, ...others] = await found();
      expect(alice).toMatchObject({ uid: 'alice', count: 3 });
      expect(Object.values(alice?.conversations ?? {}).sort()).toEqual([1, 2]);
      expect(others.map(({ uid, count: number, conversations }) => [uid, number, conversations])).toEqual([
        ['bob', 0, {}],
        ['carol', 7, {}],
      ]);
      await badges.eraseUser('alice');
      await badges.set('alice', 'default', 3, alice?.conversations);
      expect((await found())[0]).toEqual(alice);
      expect(await badges.count(many(3, 3))).toEqual([{ count: 4, ofConversation: 3 }]);
      await read(3);
      expect([await badge('alice'), await unreadOf(other)]).toEqual([1, 1]);
    });

    it('count up from what was set, or from nothing', async () => {
      expect(await badge('alice')).toBeNull();
      expect(await count(one('alice', 'm1'))).toEqual([1]);
      await given.store.badges.set('alice', 'default', 3);
      const messages = [one('alice', 'm2'), one('bob', 'm2'), one('alice', 'm2', { app: 'other' })];
      expect(await count(...messages)).toEqual([4, 1, 1]);
      await given.store.badges.set('alice', 'default', 0);
      expect(await count(one('alice', 'm3'), one('alice', 'm4'))).toEqual([1, 2]);
      expect(await count()).toEqual([]);
      await given.store.badges.set('alice', 'default', -1.5);
      expect(await badge('alice')).toBe(0);
    });

    it('answer for many in the order of the question', async () => {
      await given.store.badges.set('alice', 'default', 2);
      await given.store.badges.set('bob', 'other', 7);
      const keys = [
        { uid: 'bob', app: 'other' },
        { uid: 'nobody', app: 'default' },
        { uid: 'alice', app: 'default' },
        { uid: 'alice', app: 'other' },
      ];
      expect(await given.store.badges.getMany(keys)).toEqual([7, null, 2, null]);
      expect(await given.store.badges.getMany([])).toEqual([]);
    });

    it('count a message once per uid and app, however often it comes, and also over a restart', async () => {
      for (const uid of ['alice', 'bob']) await given.store.badges.set(uid, 'default', 0);
      await given.store.badges.set('alice', 'second', 10);
      const message = [
        one('alice', 'm1'),
        one('bob', 'm1'),
        one('alice', 'm1', { app: 'second' }),
        one('alice', 'm1'),
      ];
      expect(await count(...message)).toEqual([1, 1, 11, 1]);
      expect(await count(one('alice', 'm2'))).toEqual([2]);
      await given.opened.reopen();
      expect(await count(...message)).toEqual([2, 1, 11, 2]);
      await given.store.badges.set('alice', 'default', 0);
      expect(await count(one('alice', 'm2'), one('alice', 'm1'))).toEqual([0, 0]);
      expect(await count(one('alice', 'm3'))).toEqual([1]);
    });

    it('know the last 64 messages of a user, and no more', async () => {
      const messages = Array.from({ length: 200 }, (_, number) => one('alice', `m${number}`));
      expect(await count(...messages)).toEqual(messages.map((_, number) => number + 1));
      expect(await count(...messages.slice(-64))).toEqual(Array(64).fill(200));
      expect(await count(...messages.slice(0, 1))).toEqual([201]);
    });

    it('lose no count among many at once', async () => {
      await Promise.all(Array.from({ length: 200 }, (_, number) => count(one('alice', `m${number}`))));
      expect(await badge('alice')).toBe(200);
    });

    it('fall by what was counted of a conversation that is read, up to the sequence', async () => {
      await count(...many(11, 15), ...many(1, 3, other));
      await read(12);
      expect(await badge('alice')).toBe(6);
      await given.opened.reopen();
      await read(12);
      await read(10);
      expect(await badge('alice')).toBe(6);
      await read(null);
      expect(await badge('alice')).toBe(3);
      await read(99, other);
      await read(99, { channelType: 4, channelId: 'team' });
      expect(await badge('alice')).toBe(0);
    });

    it('count no message twice after it was read', async () => {
      await count(...many(1, 3));
      await read(2);
      expect(await count(...many(1, 3))).toEqual([1, 1, 1]);
    });

    it('count no message that was read before it came, and one of the same sequence that came long after', async () => {
      await count(...many(1, 2));
      await read(4);
      expect(await count(...many(3, 5, { receivedAtMs: nowMs + 1_000 }))).toEqual([0, 0, 1]);
      // A server whose data was wiped begins with 1 again.
      expect(await count(one('alice', 'new', { messageSeq: 1, receivedAtMs: nowMs + 600_000 }))).toEqual([2]);
    });

    it('fall by all of a conversation with more messages than have a sequence in memory', async () => {
      await count(...many(1, 100), one('alice', 'without a sequence'));
      await read(30);
      expect(await badge('alice')).toBe(101);
      await read(90);
      expect(await badge('alice')).toBe(10);
      await read(null);
      expect(await badge('alice')).toBe(0);
    });

    it('belong to no conversation once they were set to 0, and never fall below', async () => {
      await count(...many(1, 5));
      await given.store.badges.set('alice', 'default', 0);
      await count(...many(6, 7));
      await given.store.badges.set('alice', 'default', 10);
      await read(5);
      expect(await badge('alice')).toBe(10);
      await read(null);
      expect(await badge('alice')).toBe(8);
      await count(...many(8, 9));
      await given.store.badges.set('alice', 'default', 1);
      await read(null);
      expect(await badge('alice')).toBe(0);
    });

    it('are read in each of the apps that are named, where they were counted', async () => {
      await count(...many(1, 2), ...many(1, 2, { app: 'second' }), ...many(1, 2, { app: 'third' }));
      await given.store.badges.read('alice', ['default', 'second', 'fourth'], team, 1, nowMs);
      const keys = ['default', 'second', 'third', 'fourth'].map((app) => ({ uid: 'alice', app }));
      expect(await given.store.badges.getMany(keys)).toEqual([1, 1, 2, null]);
    });

    it('are reset for many at once, where they were counted', async () => {
      await count(...many(1, 2), one('bob', 'm'), one('bob', 'm', { app: 'second' }));
      await given.store.badges.reset(['alice', 'bob', 'nobody'], ['default']);
      const keys = [
        { uid: 'alice', app: 'default' },
        { uid: 'bob', app: 'default' },
        { uid: 'bob', app: 'second' },
        { uid: 'nobody', app: 'default' },
      ];
      expect(await given.store.badges.getMany(keys)).toEqual([0, 0, 1, null]);
      await given.store.badges.reset([], ['default']);
      expect(await count(...many(2, 3))).toEqual([0, 1]);
    });

    it('remember the conversations that changed last, and count the others all the same', async () => {
      for (let index = 0; index < 300; index += 1)
        await count(
          one('alice', `m${index}`, { channelId: `g${index}`, messageSeq: 1, receivedAtMs: nowMs + index }),
        );
      expect(await badge('alice')).toBe(300);
      await read(null, { channelType: 2, channelId: 'g0' });
      expect(await badge('alice')).toBe(300);
      await read(null, { channelType: 2, channelId: 'g299' });
      expect(await badge('alice')).toBe(299);
    });

    it('know how many of a conversation are unread', async () => {
      expect(await unreadOf()).toBe(0);
      const [first, , third, again] = await given.store.badges.count([
        ...many(1, 2),
        one('alice', 'elsewhere', { ...other, messageSeq: 1 }),
        ...many(2, 2),
      ]);
      expect([first, third, again]).toEqual([
        { count: 1, ofConversation: 1 },
        { count: 3, ofConversation: 1 },
        { count: 3, ofConversation: 2 },
      ]);
      await count(...many(3, 80), one('alice', 'without a sequence'));
      expect([await unreadOf(), await unreadOf(other), await unreadOf(team, 'second')]).toEqual([81, 1, 0]);
      await given.opened.reopen();
      await read(78);
      expect(await unreadOf()).toBe(2);
      await given.store.badges.set('alice', 'default', 1);
      expect(await unreadOf()).toBe(1);
      await given.store.badges.set('alice', 'default', 0);
      expect(await unreadOf()).toBe(0);
      expect(await given.store.badges.count(many(81, 81))).toEqual([{ count: 1, ofConversation: 1 }]);
      expect(await given.store.badges.unreadOf([])).toEqual([]);
    });

    it('fall by a message that is recalled, once, where it was counted and is unread', async () => {
      await count(...many(1, 3), ...many(1, 1, other));
      await recall(...many(2, 2));
      expect([await badge('alice'), await unreadOf()]).toEqual([3, 2]);
      await given.opened.reopen();
      await recall(...many(2, 2));
      await recall(...many(2, 2), ...many(9, 9), one('alice', 'team-3', other), one('bob', 'team-1'));
      expect([await badge('alice'), await badge('bob')]).toEqual([3, null]);
      expect(await count(...many(2, 2))).toEqual([3]);
      await read(3);
      await recall(...many(1, 3));
      expect(await badge('alice')).toBe(1);
      await given.store.badges.set('alice', 'default', 0);
      await recall(...many(1, 1, other));
      expect(await badge('alice')).toBe(0);
    });

    it('fall in each app for many users at once', async () => {
      const messages = ['alice', 'bob'].flatMap((uid) =>
        ['default', 'second'].map((app) => one(uid, 'm1', { app, messageSeq: 1 })),
      );
      await count(...messages);
      await recall(...messages.slice(1));
      const keys = messages.map(({ uid, app }) => ({ uid, app }));
      expect(await given.store.badges.getMany(keys)).toEqual([1, 0, 0, 0]);
      await recall();
    });

    it('do not count a message that was recalled before it is counted', async () => {
      await count(...many(1, 1));
      await recall(...many(2, 2));
      expect(await count(...many(2, 3))).toEqual([1, 2]);
    });

    it('fall by none of those that were counted before the last 64 of their conversation', async () => {
      await count(...many(1, 70));
      await recall(...many(1, 1), ...many(7, 7));
      expect([await badge('alice'), await unreadOf()]).toEqual([69, 69]);
    });

    it('tell uids and apps apart, erase a user and no other, and stay across a restart', async () => {
      for (const [index, uid] of awkwardUids.entries()) await given.store.badges.set(uid, 'a', index);
      for (const [index, uid] of awkwardUids.entries()) expect(await badge(uid, 'a')).toBe(index);
      await given.store.badges.set('a', 'second', 77);
      await count(one('a', 'm1', { app: 'a' }));
      await given.store.badges.eraseUser('a');
      await given.opened.reopen();
      expect(await badge('a', 'a')).toBeNull();
      expect(await badge('a', 'second')).toBeNull();
      expect(await badge('a:', 'a')).toBe(1);
    });
  });
}
