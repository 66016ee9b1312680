import { aLetter, awkwardUids } from './builders';
import { useStore, type MakeStore } from './fixture';
import type { Store } from '../../../src/store/ports/store';

async function listAll(store: Store, limit = 7): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['deadLetters']['list']>> = await store.deadLetters.list(
      limit,
      cursor,
    );
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

const id = (number: number): string => aLetter(number).id;

export function describeDeadLetters(makeStore: MakeStore): void {
  describe('dead letters', () => {
    const given = useStore(makeStore);

    it('gives back what was added, body included', async () => {
      const letter = aLetter(1, {
        body: Buffer.from([0, 255, 1]),
        detail: 'x "y" \u0000',
        recipients: awkwardUids.map((uid) => ({ uid, deviceId: null, tokenKind: null })),
      });
      await given.store.deadLetters.add([letter]);
      await given.store.deadLetters.add([]);
      const found = await given.store.deadLetters.get(letter.id);
      expect(found && { ...found, body: Buffer.from(found.body) }).toEqual(letter);
      expect(await given.store.deadLetters.get('nope')).toBeNull();
      expect(await given.store.deadLetters.count()).toBe(1);
    });

    it('keeps a body of 64 KiB', async () => {
      await given.store.deadLetters.add([aLetter(1, { body: Buffer.alloc(65_536, 3), bodyTruncated: true })]);
      expect((await given.store.deadLetters.get(id(1)))?.body).toHaveLength(65_536);
    });

    it('replaces a letter of the same id', async () => {
      await given.store.deadLetters.add([aLetter(1), aLetter(1, { reason: 'other' })]);
      await given.store.deadLetters.add([aLetter(1, { reason: 'last', recipients: [] })]);
      expect(await given.store.deadLetters.count()).toBe(1);
      expect((await given.store.deadLetters.get(id(1)))?.reason).toBe('last');
    });

    it('lists the newest first, page by page', async () => {
      await given.store.deadLetters.add(Array.from({ length: 20 }, (_, number) => aLetter(number)));
      const newestFirst = Array.from({ length: 20 }, (_, number) => id(19 - number));
      expect(await listAll(given.store)).toEqual(newestFirst);
      expect(await listAll(given.store, 20)).toEqual(newestFirst);
      expect(await listAll(given.store, 1)).toEqual(newestFirst);
    });

    it('goes on listing where it was, whatever came and went in between', async () => {
      await given.store.deadLetters.add([1, 2, 3, 4, 5, 6].map((number) => aLetter(number)));
      const first = await given.store.deadLetters.list(3, null);
      expect(first.items.map((letter) => letter.id)).toEqual([id(6), id(5), id(4)]);
      await given.store.deadLetters.add([aLetter(7)]);
      await given.store.deadLetters.remove([id(4), id(3)]);
      const second = await given.store.deadLetters.list(3, first.nextCursor);
      expect(second.items.map((letter) => letter.id)).toEqual([id(2), id(1)]);
      expect(second.nextCursor).toBeNull();
    });

    it('removes by id, and says how many there were', async () => {
      await given.store.deadLetters.add([1, 2, 3].map((number) => aLetter(number)));
      expect(await given.store.deadLetters.remove([id(1), id(1), 'nope', id(3)])).toBe(2);
      expect(await given.store.deadLetters.remove([])).toBe(0);
      expect(await listAll(given.store)).toEqual([id(2)]);
      expect(await given.store.deadLetters.count()).toBe(1);
    });

    it('removes those before a time', async () => {
      await given.store.deadLetters.add(Array.from({ length: 500 }, (_, number) => aLetter(number)));
      expect(await given.store.deadLetters.removeBefore(aLetter(250).atMs)).toBe(250);
      expect(await given.store.deadLetters.count()).toBe(250);
      expect(await given.store.deadLetters.get(id(249))).toBeNull();
      expect(await given.store.deadLetters.get(id(250))).not.toBeNull();
      expect(await given.store.deadLetters.removeBefore(0)).toBe(0);
      expect(await given.store.deadLetters.removeBefore(Number.MAX_SAFE_INTEGER)).toBe(250);
    });

    it('lets them go at their age', async () => {
      await given.store.deadLetters.add([
        aLetter(1, { atMs: given.clock.now() }),
        aLetter(2, { atMs: given.clock.now() + 1_000 }),
      ]);
      given.clock.advance(7 * 86_400_000 - 1);
      expect(await listAll(given.store)).toEqual([id(2), id(1)]);
      given.clock.advance(1);
      expect(await listAll(given.store)).toEqual([id(2)]);
      expect(await given.store.deadLetters.get(id(1))).toBeNull();
      expect(await given.store.deadLetters.count()).toBe(1);
    });

    it('erases a user from every letter, and the letters that were for it alone', async () => {
      const phone = { deviceId: 'phone', tokenKind: 'alert' } as const;
      await given.store.deadLetters.add([
        aLetter(1, { recipients: [{ uid: 'alice', ...phone }] }),
        aLetter(2, {
          recipients: [
            { uid: 'alice', ...phone },
            { uid: 'bob', ...phone },
            { uid: 'alice', deviceId: null, tokenKind: null },
          ],
        }),
        aLetter(3, { recipients: [{ uid: 'bob', ...phone }] }),
        aLetter(4, { source: 'webhook', recipients: [] }),
        aLetter(5, {
          recipients: [
            { uid: 'alic', ...phone },
            { uid: 'alice2', ...phone },
          ],
        }),
      ]);
      await given.store.deadLetters.eraseUser('alice');
      await given.store.deadLetters.eraseUser('nobody');
      expect(await listAll(given.store)).toEqual([id(5), id(4), id(3), id(2)]);
      expect((await given.store.deadLetters.get(id(2)))?.recipients).toEqual([{ uid: 'bob', ...phone }]);
      expect((await given.store.deadLetters.get(id(5)))?.recipients).toHaveLength(2);
      expect(await given.store.deadLetters.count()).toBe(4);
    });

    it('erases a user from many letters', async () => {
      await given.store.deadLetters.add(Array.from({ length: 350 }, (_, number) => aLetter(number)));
      await given.store.deadLetters.eraseUser('alice');
      expect(await given.store.deadLetters.count()).toBe(0);
    });

    it('keeps them across a restart', async () => {
      await given.store.deadLetters.add([aLetter(1)]);
      await given.opened.reopen();
      expect(await given.store.deadLetters.count()).toBe(1);
      expect((await given.store.deadLetters.get(id(1)))?.body.toString()).toBe('body 1');
    });
  });

  describe('dead letters, bounded by count', () => {
    const given = useStore(makeStore, { maxAgeMs: 1e12, maxCount: 10, maxBytes: 1e9 });

    it('lets the oldest go', async () => {
      await given.store.deadLetters.add(Array.from({ length: 7 }, (_, number) => aLetter(number)));
      await given.store.deadLetters.add(Array.from({ length: 8 }, (_, number) => aLetter(number + 7)));
      expect(await listAll(given.store)).toEqual(Array.from({ length: 10 }, (_, number) => id(14 - number)));
      expect(await given.store.deadLetters.count()).toBe(10);
    });
  });

  describe('dead letters, bounded by bytes', () => {
    const given = useStore(makeStore, { maxAgeMs: 1e12, maxCount: 1e6, maxBytes: 100_000 });

    it('lets the oldest go', async () => {
      for (let number = 0; number < 30; number++)
        await given.store.deadLetters.add([aLetter(number, { body: Buffer.alloc(10_000, number) })]);
      const count = await given.store.deadLetters.count();
      expect(count).toBeGreaterThanOrEqual(8);
      expect(count).toBeLessThanOrEqual(10);
      expect((await listAll(given.store))[0]).toBe(id(29));
      expect(await given.store.deadLetters.get(id(0))).toBeNull();
    });
  });
}
