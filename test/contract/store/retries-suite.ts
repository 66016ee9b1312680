import { aPending, anEvent, awkwardUids, bringIn, claimOne, route } from './builders';
import { claimTimeMs, useStore, type MakeStore } from './fixture';

const other = 'fcm/production/default';

export function describeRetries(makeStore: MakeStore): void {
  describe('retries', () => {
    const given = useStore(makeStore);
    const dueIn = (ms: number): number => given.clock.now() + ms;
    const due = async (max = 100, of = route): Promise<string[]> =>
      (await given.store.retries.claimDue(of, max)).map(({ pending }) => pending.id);

    it('hands out what is due, earliest first, with its body, and nothing before its time', async () => {
      await bringIn(given.store, [
        aPending('later', { dueAtMs: dueIn(2_000) }),
        aPending('soon', { dueAtMs: dueIn(1_000), attempts: 3, lastReason: 'TooManyRequests' }),
        aPending('now', { dueAtMs: dueIn(0) }),
      ]);
      expect(await due()).toEqual(['now']);
      given.clock.advance(999);
      expect(await due()).toEqual([]);
      given.clock.advance(1);
      const [claimed] = await given.store.retries.claimDue(route, 10);
      expect(claimed?.pending).toEqual(
        aPending('soon', { dueAtMs: dueIn(0), attempts: 3, lastReason: 'TooManyRequests' }),
      );
      expect(claimed?.body.toString()).toBe('body of m1');
      given.clock.advance(5_000);
      expect(await due()).toEqual(['later']);
    });

    it('erases what waits for a uid, parked and leased too, and nothing else', async () => {
      const mine = (id: string, more = {}) => aPending(id, { uid: 'erase "me" 用户', ...more });
      await bringIn(given.store, [
        mine('waiting', { dueAtMs: dueIn(5_000) }),
        mine('leased'),
        mine('parked', { parked: true, dueAtMs: dueIn(1_000_000) }),
        mine('elsewhere', { route: other }),
        aPending('other', { uid: 'erase', lastReason: 'erase "me" 用户' }),
      ]);
      await given.store.retries.claimDue(route, 1);
      expect(await given.store.retries.eraseUser('erase "me" 用户')).toBe(4);
      expect(await given.store.retries.eraseUser('erase "me" 用户')).toBe(0);
      expect(await given.store.retries.counts()).toEqual({ [route]: 1 });
      expect(await given.store.parked.counts()).toEqual({});
      given.clock.advance(claimTimeMs + 5_000);
      expect(await due()).toEqual(['other']);
      expect(await due(100, other)).toEqual([]);
    });

    it('makes what is meant due now, parked ones too, but nothing of another route, and nothing that is leased', async () => {
      const mine = (id: string, more = {}) => aPending(id, { uid: 'moved', ...more });
      const parked = { parked: true, dueAtMs: dueIn(1_000_000) };
      await bringIn(given.store, [
        mine('leased'),
        mine('waiting', { dueAtMs: dueIn(500_000) }),
        mine('parked', parked),
        mine('elsewhere', { route: other, ...parked }),
        aPending('another', parked),
      ]);
      expect(await due(1)).toEqual(['leased']);
      const hasten = () => given.store.retries.hasten(route, ({ uid }) => uid === 'moved');
      expect(await hasten()).toBe(2);
      const hastened = await given.store.retries.claimDue(route, 10);
      expect(hastened.map(({ pending: { id, parked: isParked } }) => [id, isParked]).sort()).toEqual([
        ['parked', false],
        ['waiting', false],
      ]);
      expect(hastened[0]?.body.toString()).toBe('body of m1');
      expect(await given.store.parked.counts()).toEqual({ [route]: 1, [other]: 1 });
      const end = hastened.map(({ pending }) => ({ pending, next: null, leased: true }));
      await given.store.retries.settle(end);
      expect(await hasten()).toBe(0);
      given.clock.advance(claimTimeMs);
      expect(await due()).toEqual(['leased']);
    });

    it('finds what is meant among thousands', async () => {
      const many = Array.from({ length: 1_200 }, (_, index) =>
        aPending(`p${String(index).padStart(4, '0')}`, {
          uid: index % 600 === 0 ? 'moved' : 'stays',
          parked: true,
          dueAtMs: dueIn(1_000_000 + index),
        }),
      );
      await bringIn(given.store, many);
      expect(await given.store.retries.hasten(route, ({ uid }) => uid === 'moved')).toBe(2);
      expect((await due()).sort()).toEqual(['p0000', 'p0600']);
    });

    it('knows a summary as one however often it is stored again, and through the parked ones', async () => {
      await bringIn(given.store, [aPending('p1'), aPending('plain')]);
      const [first] = await given.store.retries.claimDue(route, 1);
      const summary = aPending('p1', { summaryOf: 3, parked: true, dueAtMs: dueIn(1_000_000) });
      await given.store.retries.settle([{ pending: first?.pending ?? summary, next: summary }]);
      expect((await given.store.parked.claimOne(route))?.pending).toEqual(summary);
      await given.opened.reopen();
      given.clock.advance(claimTimeMs);
      expect(await given.store.parked.release(route, 10)).toBe(1);
      const claimed = await given.store.retries.claimDue(route, 10);
      expect(claimed.map(({ pending }) => [pending.id, pending.summaryOf]).sort()).toEqual([
        ['p1', 3],
        ['plain', undefined],
      ]);
    });

    describe('what a storm holds back', () => {
      const held = (bodyId: string, collects: number, changes = {}) =>
        aPending('storm', { bodyId, collects, summaryOf: 1, attempts: 0, ...changes });
      const claimed = () => given.store.retries.claimDue(route, 10);

      it('adds up in one delivery, with the newest body, whatever order they come in', async () => {
        await bringIn(given.store, [
          held('m1', 1, { uid: '"summaryOf":9,"collects":9' }),
          held('m3', 3, { uid: '"summaryOf":9,"collects":9', dueAtMs: dueIn(1_000) }),
          held('m2', 2, { uid: '"summaryOf":9,"collects":9', dueAtMs: dueIn(2_000) }),
        ]);
        expect(await given.opened.storedBodies()).toBe(1);
        const [one, ...others] = await claimed();
        expect(others).toEqual([]);
        expect(one?.pending).toMatchObject({ bodyId: 'm3', summaryOf: 3, collects: 3 });
        expect(one?.body.toString()).toBe('body of m3');
      });

      it('keeps the time of the first, and adds up across a restart', async () => {
        await bringIn(given.store, [held('m1', 1, { dueAtMs: dueIn(1_000) })]);
        await given.opened.reopen();
        await bringIn(given.store, [held('m2', 2, { dueAtMs: dueIn(30_000) })]);
        given.clock.advance(999);
        expect(await claimed()).toEqual([]);
        given.clock.advance(1);
        expect((await claimed()).map(({ pending }) => pending.summaryOf)).toEqual([2]);
      });

      it('counts an entry once, however often its end is written', async () => {
        await given.store.inbox.append(anEvent('m1'));
        const entry = await claimOne(given.store);
        const end = { id: entry.id, bodyId: 'm1', pending: [held('m1', 1)] };
        await given.store.inbox.settle([end]);
        await given.store.inbox.settle([end]);
        expect((await claimed()).map(({ pending }) => pending.summaryOf)).toEqual([1]);
      });

      it('stays, and is due at once, where it has grown since it was claimed', async () => {
        await bringIn(given.store, [held('m1', 1)]);
        const [first] = await claimed();
        if (first === undefined) throw new Error('nothing claimed');
        await bringIn(given.store, [held('m2', 2)]);
        const { collects: _, ...closed } = first.pending;
        await given.store.retries.settle([
          { pending: first.pending, next: { ...closed, id: 'closed' }, leased: true },
        ]);
        const [second, ...others] = await claimed();
        expect(others).toEqual([]);
        expect(second?.pending).toMatchObject({ id: 'storm', bodyId: 'm2', summaryOf: 2 });
        if (second === undefined) throw new Error('nothing claimed');
        const { collects: __, ...whole } = second.pending;
        await given.store.retries.settle([
          { pending: second.pending, next: { ...whole, id: 'closed' }, leased: true },
        ]);
        expect((await claimed()).map(({ pending }) => [pending.id, pending.summaryOf])).toEqual([
          ['closed', 2],
        ]);
        expect(await given.store.retries.counts()).toEqual({ [route]: 1 });
        await given.store.retries.settle([{ pending: { ...whole, id: 'closed' }, next: null, leased: true }]);
        expect(await given.opened.storedBodies()).toBe(0);
      });

      it('is not taken away by whoever claimed it before it grew', async () => {
        await bringIn(given.store, [held('m1', 1)]);
        const [first] = await claimed();
        if (first === undefined) throw new Error('nothing claimed');
        await bringIn(given.store, [held('m2', 2)]);
        await given.store.retries.settle([{ pending: first.pending, next: null, leased: true }]);
        expect((await claimed()).map(({ pending }) => pending.summaryOf)).toEqual([2]);
      });
    });

    it('hands out at most what is asked for, and the rest next', async () => {
      await bringIn(
        given.store,
        Array.from({ length: 100 }, (_, number) =>
          aPending(`p${String(number).padStart(3, '0')}`, { dueAtMs: dueIn(number - 200) }),
        ),
      );
      const ids = Array.from({ length: 100 }, (_, number) => `p${String(number).padStart(3, '0')}`);
      expect(await due(0)).toEqual([]);
      expect(await due(40)).toEqual(ids.slice(0, 40));
      expect(await due(40)).toEqual(ids.slice(40, 80));
      expect(await due(40)).toEqual(ids.slice(80));
      expect(await due(40)).toEqual([]);
    });

    it('keeps routes apart', async () => {
      await bringIn(given.store, [
        aPending('p1'),
        aPending('p2', { route: other }),
        aPending('p3', { route: `${route}2` }),
        aPending('p4', { route: 'apns' }),
      ]);
      expect(await given.store.retries.counts()).toEqual({
        [route]: 1,
        [other]: 1,
        [`${route}2`]: 1,
        apns: 1,
      });
      expect(await due(10, 'apns')).toEqual(['p4']);
      expect(await due(10, other)).toEqual(['p2']);
      expect(await due(10, route)).toEqual(['p1']);
      expect(await due(10, 'nobody')).toEqual([]);
    });

    it('hands out a leased one again when its lease has run out', async () => {
      await bringIn(given.store, [aPending('p1'), aPending('p2', { dueAtMs: aPending('p1').dueAtMs + 1 })]);
      expect(await due(1)).toEqual(['p1']);
      given.clock.advance(claimTimeMs - 1);
      expect(await due()).toEqual(['p2']);
      given.clock.advance(1);
      expect(await due()).toEqual(['p1']);
    });

    it('brings nothing back for a holder whose delivery is settled by now', async () => {
      await bringIn(given.store, [aPending('p1'), aPending('p2', { dueAtMs: dueIn(5 * claimTimeMs) })]);
      expect(await due()).toEqual(['p1']);
      given.clock.advance(claimTimeMs);
      expect(await due()).toEqual(['p1']);
      await given.store.retries.settle([{ pending: aPending('p1'), next: null, leased: true }]);
      await given.store.retries.settle([{ pending: aPending('p1'), next: aPending('p1'), leased: true }]);
      expect(await given.store.retries.counts()).toEqual({ [route]: 1 });
      expect(await due()).toEqual([]);
    });

    it('lets a settled one go', async () => {
      await bringIn(given.store, [aPending('p1')]);
      await due();
      await given.store.retries.settle([{ pending: aPending('p1'), next: null }]);
      await given.store.retries.settle([{ pending: aPending('p1'), next: null }]);
      await given.store.retries.settle([]);
      given.clock.advance(10 * claimTimeMs);
      expect(await due()).toEqual([]);
      expect(await given.store.retries.counts()).toEqual({});
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('replaces a settled one by what comes next, free at its time', async () => {
      await bringIn(given.store, [aPending('p1')]);
      await due();
      const next = aPending('p1', { attempts: 2, dueAtMs: dueIn(5_000), lastReason: 'Shutdown' });
      await given.store.retries.settle([{ pending: aPending('p1'), next }]);
      expect(await given.store.retries.counts()).toEqual({ [route]: 1 });
      expect(await due()).toEqual([]);
      given.clock.advance(5_000);
      const [claimed] = await given.store.retries.claimDue(route, 1);
      expect(claimed?.pending).toEqual(next);
      expect(claimed?.body.toString()).toBe('body of m1');
    });

    it('hands out at once what comes next with the same or an earlier time', async () => {
      await bringIn(given.store, [aPending('p1'), aPending('p2', { dueAtMs: aPending('p2').dueAtMs + 5 })]);
      await due();
      await given.store.retries.settle([
        { pending: aPending('p1'), next: aPending('p1', { attempts: 2 }) },
        {
          pending: aPending('p2', { dueAtMs: aPending('p2').dueAtMs + 5 }),
          next: aPending('p2', { attempts: 2, dueAtMs: 1 }),
        },
      ]);
      expect(await due()).toEqual(['p2', 'p1']);
    });

    it('moves one to another route', async () => {
      await bringIn(given.store, [aPending('p1')]);
      await due();
      await given.store.retries.settle([{ pending: aPending('p1'), next: aPending('p1', { route: other }) }]);
      expect(await given.store.retries.counts()).toEqual({ [other]: 1 });
      expect(await due()).toEqual([]);
      expect(await due(1, other)).toEqual(['p1']);
    });

    it('does not miss one that comes with an earlier time than what is in flight', async () => {
      await bringIn(given.store, [aPending('first', { dueAtMs: dueIn(-1_000) })]);
      expect(await due()).toEqual(['first']);
      await bringIn(given.store, [aPending('earlier', { bodyId: 'm2', dueAtMs: dueIn(-2_000) })]);
      expect(await due()).toEqual(['earlier']);
      expect(await due()).toEqual([]);
    });

    it('misses none of those that come while others are claimed and settled', async () => {
      const done = new Set<string>();
      let coming = 0;
      const bring = async (): Promise<void> => {
        for (; coming < 300; coming++) {
          const bodyId = `m${coming}`;
          await given.store.inbox.append(anEvent(bodyId));
          const entry = await claimOne(given.store);
          await given.store.inbox.settle([
            {
              id: entry.id,
              bodyId,
              pending: [aPending(`p${coming}`, { bodyId, dueAtMs: dueIn(-((coming * 7919) % 1_000)) })],
            },
          ]);
        }
      };
      const work = async (): Promise<void> => {
        while (done.size < 300) {
          const claimed = await given.store.retries.claimDue(route, 7);
          for (const { pending } of claimed) {
            expect(done.has(pending.id)).toBe(false);
            done.add(pending.id);
          }
          await given.store.retries.settle(claimed.map(({ pending }) => ({ pending, next: null })));
          if (claimed.length === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await Promise.all([bring(), work(), work(), work()]);
      expect(await given.store.retries.counts()).toEqual({});
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('keeps the deliveries across a restart, the leased ones too', async () => {
      await bringIn(given.store, [aPending('p1'), aPending('p2', { dueAtMs: dueIn(10 * claimTimeMs) })]);
      await due();
      await given.opened.reopen();
      given.clock.advance(claimTimeMs);
      expect(await given.store.retries.counts()).toEqual({ [route]: 2 });
      expect(await due()).toEqual(['p1']);
    });

    it('takes any id and uid', async () => {
      const ids = [...awkwardUids, 'y'.repeat(3_000)];
      await bringIn(
        given.store,
        ids.map((id) => aPending(id, { uid: id, deviceId: id })),
      );
      const claimed = await given.store.retries.claimDue(route, 100);
      expect(new Set(claimed.map(({ pending }) => pending.id))).toEqual(new Set(ids));
      expect(
        claimed.every(({ pending }) => pending.uid === pending.id && pending.deviceId === pending.id),
      ).toBe(true);
      await given.store.retries.settle(claimed.map(({ pending }) => ({ pending, next: null })));
      expect(await given.store.retries.counts()).toEqual({});
    });

    it('holds 10,000 deliveries of one body', async () => {
      await bringIn(
        given.store,
        Array.from({ length: 10_000 }, (_, number) => aPending(`p${number}`, { dueAtMs: dueIn(-number) })),
      );
      expect(await given.store.retries.counts()).toEqual({ [route]: 10_000 });
      const claimed = await given.store.retries.claimDue(route, 20_000);
      expect(claimed.map(({ pending }) => pending.id)).toEqual(
        Array.from({ length: 10_000 }, (_, number) => `p${9_999 - number}`),
      );
      await given.store.retries.settle(claimed.map(({ pending }) => ({ pending, next: null })));
      expect(await given.opened.storedBodies()).toBe(0);
    });
  });
}
