import type { InboxEntry } from '../../../src/domain/inbox-entry';
import { anEvent, claimAll, never } from './builders';
import { claimTimeMs, useStore, type MakeStore } from './fixture';

/** Which entries are handed out together when a holder ended with them in hand. */
export function describeInboxSuspects(makeStore: MakeStore): void {
  describe('inbox, entries that were handed out before', () => {
    const given = useStore(makeStore);
    const append = async (count: number, prefix: string): Promise<void> => {
      for (let index = 0; index < count; index += 1)
        await given.store.inbox.append(
          anEvent(`${prefix}${index}`, { lane: index % 3 === 2 ? 'bulk' : 'direct' }),
        );
    };
    const settle = (entries: readonly InboxEntry[]): Promise<void> =>
      given.store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    const claimsOf = (entries: readonly InboxEntry[]): number[] =>
      entries.map(({ claims }) => claims).sort((one, other) => one - other);
    const times = (count: number, claims: number): number[] => Array<number>(count).fill(claims);

    it.each(['run out', 'over, with its holder'])(
      'go out in a group the second time, and alone from the third, when their claim is %s',
      async (how) => {
        const lose = async (): Promise<void> => {
          if (how !== 'run out') await given.opened.reopen();
          given.clock.advance(claimTimeMs);
        };
        await append(80, 'm');
        expect(claimsOf(await claimAll(given.store))).toEqual(times(80, 1));
        await lose();
        expect(claimsOf(await claimAll(given.store))).toEqual(times(64, 2));
        await lose();
        expect(claimsOf(await claimAll(given.store))).toEqual([3]);
        await lose();
        const alone = await claimAll(given.store);
        expect(alone).toHaveLength(1);
        expect(alone[0]?.claims).toBeGreaterThanOrEqual(3);
        await settle(alone);
        expect(await claimAll(given.store)).toHaveLength(1);
      },
    );

    it('make room for the next as they are settled or given back, and wake who waits', async () => {
      await append(70, 'm');
      await claimAll(given.store);
      given.clock.advance(claimTimeMs);
      const held = await claimAll(given.store);
      expect(held).toHaveLength(64);
      expect(await claimAll(given.store)).toEqual([]);
      const waiting = given.store.inbox.claim({ direct: 100, bulk: 100 }, 20_000, never);
      await settle(held.slice(0, 2));
      const next = await waiting;
      expect(next.length).toBeGreaterThan(0);
      expect(claimsOf(next).at(-1)).toBe(2);
      await given.store.inbox.release(held.slice(2, 4).map(({ id }) => id));
      const rest = [...next, ...(await claimAll(given.store))];
      expect(rest).toHaveLength(4);
      expect(claimsOf(rest)).toEqual(times(4, 2));
    });

    it('hold up no fresh ones', async () => {
      await append(1, 'old');
      for (let claims = 1; claims <= 4; claims += 1) {
        expect(claimsOf(await claimAll(given.store))).toEqual([claims]);
        if (claims < 4) given.clock.advance(claimTimeMs);
      }
      await append(10, 'fresh');
      expect(claimsOf(await claimAll(given.store))).toEqual(times(10, 1));
    });

    it('free their place when they are lost, however long their holder keeps silent about them', async () => {
      await append(2, 'm');
      await claimAll(given.store);
      for (let claims = 2; claims <= 6; claims += 1) {
        given.clock.advance(claimTimeMs);
        await claimAll(given.store);
      }
      given.clock.advance(claimTimeMs);
      const [one] = await claimAll(given.store);
      expect(one?.claims).toBeGreaterThanOrEqual(4);
    });

    it('leave the one that ends its holders alone in the end: no other is claimed as often', async () => {
      await append(90, 'm');
      const highest = new Map<string, number>();
      let crashes = 0;
      while (highest.size < 90 || (highest.get('m40') ?? 0) <= 5) {
        const entries = await claimAll(given.store, { direct: 40, bulk: 10 });
        for (const { bodyId, claims } of entries)
          highest.set(bodyId, Math.max(highest.get(bodyId) ?? 0, claims));
        if (entries.some(({ bodyId, claims }) => bodyId === 'm40' && claims <= 5)) {
          crashes += 1;
          await given.opened.reopen();
          given.clock.advance(claimTimeMs);
        } else await settle(entries);
      }
      expect(crashes).toBe(5);
      const innocent = [...highest].filter(([bodyId]) => bodyId !== 'm40').map(([, claims]) => claims);
      expect(Math.max(...innocent)).toBeLessThanOrEqual(4);
      for (let left = await claimAll(given.store); left.length > 0; left = await claimAll(given.store))
        await settle(left);
      expect((await given.store.inbox.stats()).depth).toEqual({ direct: 0, bulk: 0 });
    });
  });
}
