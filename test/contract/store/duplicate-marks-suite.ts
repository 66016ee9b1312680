import { anEvent, awkwardUids } from './builders';
import { useStore, type MakeStore } from './fixture';

const hourMs = 3_600_000;

export function describeDuplicateMarks(makeStore: MakeStore): void {
  describe('duplicate marks', () => {
    const given = useStore(makeStore);
    const claim = (uid: string, key: string, entryId: string, ttlMs = hourMs): Promise<readonly boolean[]> =>
      given.store.duplicateMarks.claim([{ uid, key }], entryId, ttlMs);

    it('gives a free mark to the first entry, and refuses it to others', async () => {
      expect(await claim('alice', 'k', 'e1')).toEqual([true]);
      expect(await claim('alice', 'k', 'e2')).toEqual([false]);
      expect(await claim('bob', 'k', 'e2')).toEqual([true]);
      expect(await given.store.duplicateMarks.claim([], 'e1', hourMs)).toEqual([]);
    });

    it('lets an entry that meets its own mark go on', async () => {
      expect(await claim('alice', 'k', 'e1')).toEqual([true]);
      expect(await claim('alice', 'k', 'e1')).toEqual([true]);
      expect(await claim('alice', 'k', 'e2')).toEqual([false]);
    });

    it('answers many requests in order, each by itself', async () => {
      await claim('u3', 'k', 'e1');
      const requests = Array.from({ length: 500 }, (_, number) => ({
        uid: `u${number}`,
        key: 'k',
      }));
      const answers = await given.store.duplicateMarks.claim(requests, 'e2', hourMs);
      expect(answers).toEqual(requests.map(({ uid }) => uid !== 'u3'));
    });

    it('leaves marks that came with an event to its entry', async () => {
      const requests = [
        { uid: 'alice', key: 'k' },
        { uid: 'bob', key: 'k' },
      ];
      const recipients = [['alice', 'bob']];
      const marks = { requests, ttlMs: hourMs };
      await claim('bob', 'k', 'earlier');
      await given.store.inbox.append(anEvent('m1', { recipients, marks }));
      const wanted = { direct: 2, bulk: 0 };
      const [entry] = await given.store.inbox.claim(wanted, 1_000, new AbortController().signal);
      if (entry === undefined) throw new Error('no entry');
      expect(await given.store.duplicateMarks.claim(requests, entry.id, hourMs)).toEqual([true, false]);
      expect(await claim('alice', 'k', 'later')).toEqual([false]);
    });

    it('tells the recipients of a large group apart, entry by entry, and also after a restart', async () => {
      const slice = (from: number) =>
        Array.from({ length: 100 }, (_, number) => ({ uid: `u${from + number}`, key: 'k' }));
      const claimSlices = async (copy: string): Promise<boolean[]> => {
        const mine: boolean[] = [];
        for (let from = 0; from < 3_000; from += 100)
          mine.push(
            ...(await given.store.duplicateMarks.claim(slice(from), `${copy}-${from % 500}`, hourMs)),
          );
        return mine;
      };
      await claim('u1234', 'k', 'alone');
      const expected = Array.from({ length: 3_000 }, (_, number) => number !== 1_234);
      expect(await claimSlices('first')).toEqual(expected);
      expect(await claimSlices('second')).not.toContain(true);
      await given.opened.reopen();
      expect(await claimSlices('first')).toEqual(expected);
      expect(await claimSlices('third')).not.toContain(true);
      expect(await claim('u3000', 'k', 'third')).toEqual([true]);
    });

    it('takes one uid twice in one call', async () => {
      const request = { uid: 'alice', key: 'k' };
      expect(await given.store.duplicateMarks.claim([request, request], 'e1', hourMs)).toEqual([true, true]);
    });

    it('gives a mark to one of those that race for it', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, number) => claim('alice', 'k', `e${number}`)),
      );
      expect(answers.flat().filter(Boolean)).toHaveLength(1);
    });

    it('frees a mark when its window is over, and not before', async () => {
      await claim('alice', 'k', 'e1');
      given.clock.advance(hourMs - 1);
      expect(await claim('alice', 'k', 'e2')).toEqual([false]);
      given.clock.advance(1);
      expect(await claim('alice', 'k', 'e2')).toEqual([true]);
      given.clock.advance(hourMs - 1);
      expect(await claim('alice', 'k', 'e3')).toEqual([false]);
    });

    it('keeps marks of different windows apart', async () => {
      await claim('alice', 'long', 'e1', 5 * hourMs);
      await claim('alice', 'short', 'e1', 1_000);
      given.clock.advance(1_000);
      expect(await claim('alice', 'short', 'e2', 1_000)).toEqual([true]);
      given.clock.advance(5 * hourMs - 1_001);
      expect(await claim('alice', 'long', 'e2', 1_000)).toEqual([false]);
      given.clock.advance(1);
      expect(await claim('alice', 'long', 'e2', 1_000)).toEqual([true]);
    });

    it('tells uids and keys apart, whatever they are made of', async () => {
      for (const uid of awkwardUids)
        expect([uid, await claim(uid, 'k', `entry of ${uid}`)]).toEqual([uid, [true]]);
      for (const key of awkwardUids)
        expect([key, await claim('someone', key, `entry of ${key}`)]).toEqual([key, [true]]);
      for (const uid of awkwardUids) expect([uid, await claim(uid, 'k', 'another')]).toEqual([uid, [false]]);
    });

    it('erases a user, and no other', async () => {
      await claim('alice', 'k', 'e1');
      await claim('alice', 'l', 'e1', 24 * hourMs);
      await claim('alice2', 'k', 'e1');
      await given.store.duplicateMarks.eraseUser('alice');
      await given.store.duplicateMarks.eraseUser('nobody');
      expect(await claim('alice', 'l', 'e2')).toEqual([true]);
      expect(await claim('alice2', 'k', 'e2')).toEqual([false]);
    });

    it('erases one of many who were marked together, whatever the uids are made of', async () => {
      const requests = ['alice', ...awkwardUids].map((uid) => ({ uid, key: 'k' }));
      await given.store.duplicateMarks.claim(requests, 'e1', hourMs);
      for (const [index, { uid }] of requests.entries()) {
        await given.store.duplicateMarks.eraseUser(uid);
        for (const other of requests.slice(index + 1))
          expect([other.uid, await claim(other.uid, 'k', 'e2')]).toEqual([other.uid, [false]]);
      }
      expect(await given.store.duplicateMarks.claim(requests, 'e2', hourMs)).not.toContain(false);
    });

    it('keeps marks across a restart', async () => {
      await claim('alice', 'k', 'e1');
      await given.opened.reopen();
      expect(await claim('alice', 'k', 'e2')).toEqual([false]);
      expect(await claim('alice', 'k', 'e1')).toEqual([true]);
    });
  });
}
