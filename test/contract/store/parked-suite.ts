import { aPending, bringIn, route } from './builders';
import { claimTimeMs, useStore, type MakeStore } from './fixture';

const other = 'fcm/production/default';

export function describeParked(makeStore: MakeStore): void {
  describe('parked', () => {
    const given = useStore(makeStore);
    const deadline = (ms: number): number => given.clock.now() + ms;
    const park = (id: string, changes: Parameters<typeof aPending>[1] = {}): ReturnType<typeof aPending> =>
      aPending(id, { parked: true, dueAtMs: deadline(1_000_000), ...changes });

    it('counts parked deliveries by themselves: neither in the retries nor in the inbox', async () => {
      await bringIn(given.store, [park('p1'), park('p2'), park('p3', { route: other }), aPending('p4')]);
      expect(await given.store.parked.counts()).toEqual({ [route]: 2, [other]: 1 });
      expect(await given.store.retries.counts()).toEqual({ [route]: 1 });
      expect((await given.store.inbox.stats()).depth).toEqual({ direct: 0, bulk: 0 });
      given.clock.advance(2_000_000);
      expect((await given.store.retries.claimDue(route, 10)).map(({ pending }) => pending.id)).toEqual([
        'p4',
      ]);
      expect(await given.store.retries.claimDue(other, 10)).toEqual([]);
    });

    it('leases one to probe with, its body with it, and none that is leased', async () => {
      await bringIn(given.store, [park('p1')]);
      const probe = await given.store.parked.claimOne(route);
      expect(probe?.pending).toEqual(park('p1'));
      expect(probe?.body.toString()).toBe('body of m1');
      expect(await given.store.parked.claimOne(route)).toBeNull();
      expect(await given.store.parked.claimOne(other)).toBeNull();
      given.clock.advance(claimTimeMs);
      expect((await given.store.parked.claimOne(route))?.pending.id).toBe('p1');
    });

    it('finds one to probe with that has no deadline', async () => {
      await bringIn(given.store, [park('p1', { dueAtMs: Number.MAX_SAFE_INTEGER })]);
      expect((await given.store.parked.claimOne(route))?.pending.dueAtMs).toBe(Number.MAX_SAFE_INTEGER);
    });

    it('settles a probe: back among the parked, into the retries, or done', async () => {
      await bringIn(given.store, [park('p1')]);
      const first = await given.store.parked.claimOne(route);
      if (first === null) throw new Error('no probe');
      await given.store.retries.settle([{ pending: first.pending, next: { ...first.pending, attempts: 2 } }]);
      expect(await given.store.parked.counts()).toEqual({ [route]: 1 });
      const second = await given.store.parked.claimOne(route);
      if (second === null) throw new Error('no probe');
      expect(second.pending.attempts).toBe(2);
      const waiting = { ...second.pending, parked: false, dueAtMs: given.clock.now() };
      await given.store.retries.settle([{ pending: second.pending, next: waiting }]);
      expect(await given.store.parked.counts()).toEqual({});
      expect((await given.store.retries.claimDue(route, 10)).map(({ pending }) => pending)).toEqual([
        waiting,
      ]);
      await given.store.retries.settle([{ pending: waiting, next: null }]);
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('parks a retry', async () => {
      await bringIn(given.store, [aPending('p1')]);
      await given.store.retries.claimDue(route, 1);
      await given.store.retries.settle([{ pending: aPending('p1'), next: park('p1') }]);
      expect(await given.store.retries.counts()).toEqual({});
      expect(await given.store.parked.counts()).toEqual({ [route]: 1 });
    });

    it('leases those that are past their deadline, and only those', async () => {
      await bringIn(given.store, [
        park('p1', { dueAtMs: deadline(1_000) }),
        park('p2', { dueAtMs: deadline(2_000) }),
        park('p3', { dueAtMs: deadline(3_000) }),
      ]);
      expect(await given.store.parked.claimExpired(route, 10)).toEqual([]);
      given.clock.advance(2_000);
      expect((await given.store.parked.claimExpired(route, 1)).map(({ pending }) => pending.id)).toEqual([
        'p1',
      ]);
      expect((await given.store.parked.claimExpired(route, 10)).map(({ pending }) => pending.id)).toEqual([
        'p2',
      ]);
      expect(await given.store.parked.claimExpired(route, 10)).toEqual([]);
      given.clock.advance(claimTimeMs);
      expect((await given.store.parked.claimExpired(route, 10)).map(({ pending }) => pending.id)).toEqual([
        'p1',
        'p2',
        'p3',
      ]);
    });

    it('moves a healed route back to the retries, due now, in portions, until there is none', async () => {
      await bringIn(given.store, [
        ...Array.from({ length: 25 }, (_, number) => park(`p${number}`)),
        park('other', { route: other }),
      ]);
      expect(await given.store.parked.release(route, 0)).toBe(0);
      expect(await given.store.parked.release(route, 10)).toBe(10);
      expect(await given.store.parked.counts()).toEqual({ [route]: 15, [other]: 1 });
      expect(await given.store.parked.release(route, 10)).toBe(10);
      expect(await given.store.parked.release(route, 10)).toBe(5);
      expect(await given.store.parked.release(route, 10)).toBe(0);
      const claimed = await given.store.retries.claimDue(route, 100);
      expect(claimed).toHaveLength(25);
      expect(
        claimed.every(
          ({ pending, body }) =>
            !pending.parked && pending.dueAtMs === given.clock.now() && body.toString() === 'body of m1',
        ),
      ).toBe(true);
      expect(await given.store.parked.counts()).toEqual({ [other]: 1 });
    });

    it('moves 5,000 back in one call', async () => {
      await bringIn(
        given.store,
        Array.from({ length: 5_000 }, (_, number) => park(`p${number}`)),
      );
      expect(await given.store.parked.release(route, 10_000)).toBe(5_000);
      expect(await given.store.retries.counts()).toEqual({ [route]: 5_000 });
      expect(await given.store.parked.counts()).toEqual({});
    });

    it('keeps them across a restart', async () => {
      await bringIn(given.store, [park('p1')]);
      await given.store.parked.claimOne(route);
      await given.opened.reopen();
      given.clock.advance(claimTimeMs);
      expect(await given.store.parked.counts()).toEqual({ [route]: 1 });
      expect((await given.store.parked.claimOne(route))?.body.toString()).toBe('body of m1');
    });
  });
}
