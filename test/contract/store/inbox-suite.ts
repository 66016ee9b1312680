import { setImmediate as nextTurn } from 'node:timers/promises';
import { aPending, anEvent, awkwardUids, claimAll, claimOne, never, route } from './builders';
import { claimTimeMs, useStore, type MakeStore } from './fixture';

/** Redis measures how long a claim is idle by its own clock, which goes on while a script runs. */
const almostMs = 1_000;

export function describeInbox(makeStore: MakeStore): void {
  describe('inbox', () => {
    const given = useStore(makeStore);

    it('hands out an entry with all that was appended', async () => {
      const body = Buffer.from([0, 1, 2, 255, 254, 0]);
      await given.store.inbox.append(
        anEvent('m1', { body, recipients: [['alice', 'bob']], receivedAtMs: 1_767_000_000_123 }),
      );
      const entry = await claimOne(given.store);
      expect(entry).toMatchObject({
        lane: 'direct',
        bodyId: 'm1',
        receivedAtMs: 1_767_000_000_123,
        recipients: ['alice', 'bob'],
        progress: null,
        claims: 1,
      });
      expect(Buffer.from(entry.body)).toEqual(body);
      expect(entry.id).not.toBe('');
    });

    it('makes an entry of each group of recipients, all with the one body', async () => {
      await given.store.inbox.append(anEvent('m1', { lane: 'bulk', recipients: [['a', 'b'], ['c'], ['d']] }));
      const entries = await claimAll(given.store);
      expect(entries.map((entry) => entry.recipients)).toEqual([['a', 'b'], ['c'], ['d']]);
      expect(new Set(entries.map((entry) => entry.id)).size).toBe(3);
      expect(entries.every((entry) => entry.body.toString() === 'body of m1' && entry.bodyId === 'm1')).toBe(
        true,
      );
    });

    it.each([
      ['no group', []],
      ['empty groups', [[], []]],
    ])('takes an event with %s as nothing', async (_, recipients) => {
      await given.store.inbox.append(anEvent('m1', { recipients }));
      expect(await claimAll(given.store)).toEqual([]);
      expect(await given.store.inbox.stats()).toEqual({
        depth: { direct: 0, bulk: 0 },
        oldestReceivedAtMs: null,
      });
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('makes two entries of an event that is appended twice', async () => {
      await given.store.inbox.append(anEvent('m1'));
      await given.store.inbox.append(anEvent('m1'));
      const entries = await claimAll(given.store);
      expect(entries.map((entry) => [entry.bodyId, entry.body.toString()])).toEqual([
        ['m1', 'body of m1'],
        ['m1', 'body of m1'],
      ]);
      await given.store.inbox.settle([{ id: entries[0]?.id ?? '', bodyId: 'm1', pending: [] }]);
      given.clock.advance(claimTimeMs);
      expect((await claimOne(given.store)).body.toString()).toBe('body of m1');
    });

    it('keeps the body of a split event that is appended twice until the last entry is settled', async () => {
      for (let time = 0; time < 2; time++)
        await given.store.inbox.append(anEvent('m1', { recipients: [['a'], ['b']] }));
      const entries = await claimAll(given.store);
      expect(entries).toHaveLength(4);
      for (const [index, entry] of entries.entries()) {
        expect(await given.opened.storedBodies()).toBe(1);
        await given.store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [] }]);
        expect((await given.store.inbox.stats()).depth.direct).toBe(3 - index);
      }
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('hands out each lane in the order of appending, up to what is wanted of it', async () => {
      for (let number = 0; number < 10; number++) {
        await given.store.inbox.append(anEvent(`d${number}`));
        await given.store.inbox.append(anEvent(`b${number}`, { lane: 'bulk' }));
      }
      const first = await claimAll(given.store, { direct: 4, bulk: 1 });
      expect(first.filter(({ lane }) => lane === 'direct').map(({ bodyId }) => bodyId)).toEqual([
        'd0',
        'd1',
        'd2',
        'd3',
      ]);
      expect(first.filter(({ lane }) => lane === 'bulk').map(({ bodyId }) => bodyId)).toEqual(['b0']);
      expect((await claimAll(given.store, { direct: 2 })).map(({ bodyId }) => bodyId)).toEqual(['d4', 'd5']);
      expect((await claimAll(given.store, { bulk: 2 })).map(({ bodyId }) => bodyId)).toEqual(['b1', 'b2']);
      expect(await claimAll(given.store, {})).toEqual([]);
    });

    it('keeps the order of events that are appended at once', async () => {
      const ids = Array.from({ length: 500 }, (_, number) => `m${number}`);
      await Promise.all(ids.map((id) => given.store.inbox.append(anEvent(id))));
      expect((await claimAll(given.store)).map(({ bodyId }) => bodyId)).toEqual(ids);
    });

    it('never hands one entry to two claims', async () => {
      await Promise.all(
        Array.from({ length: 200 }, (_, number) => given.store.inbox.append(anEvent(`m${number}`))),
      );
      const claims = await Promise.all(
        Array.from({ length: 20 }, () => claimAll(given.store, { direct: 30 })),
      );
      const ids = claims.flat().map(({ id }) => id);
      expect(ids).toHaveLength(200);
      expect(new Set(ids).size).toBe(200);
    });

    it('wakes a waiting claim as soon as an entry comes', async () => {
      const claim = given.store.inbox.claim({ direct: 5, bulk: 5 }, 20_000, never);
      await nextTurn();
      await given.store.inbox.append(anEvent('m1'));
      expect((await claim).map(({ bodyId }) => bodyId)).toEqual(['m1']);
    });

    it('leaves a claim asleep for entries of a lane that it does not want', async () => {
      const bulk = given.store.inbox.claim({ direct: 0, bulk: 1 }, 20_000, never);
      await given.store.inbox.append(anEvent('direct'));
      expect((await claimAll(given.store, { direct: 1 })).map(({ bodyId }) => bodyId)).toEqual(['direct']);
      await given.store.inbox.append(anEvent('bulk', { lane: 'bulk' }));
      expect((await bulk).map(({ bodyId }) => bodyId)).toEqual(['bulk']);
    });

    it('ends a waiting claim empty when its time is over', async () => {
      expect(await given.store.inbox.claim({ direct: 1, bulk: 1 }, 30, never)).toEqual([]);
    });

    it('ends a waiting claim empty when it is aborted', async () => {
      const controller = new AbortController();
      const claim = given.store.inbox.claim({ direct: 1, bulk: 1 }, 20_000, controller.signal);
      await nextTurn();
      controller.abort();
      expect(await claim).toEqual([]);
      await given.store.inbox.append(anEvent('m1'));
      expect(await given.store.inbox.claim({ direct: 1, bulk: 1 }, 20_000, controller.signal)).toEqual([]);
      expect((await claimOne(given.store)).claims).toBe(1);
    });

    it('does not hand out a claimed entry before its claim has run out', async () => {
      await given.store.inbox.append(anEvent('m1'));
      await claimOne(given.store);
      given.clock.advance(claimTimeMs - almostMs);
      expect(await claimAll(given.store)).toEqual([]);
    });

    it('hands out an entry again when its claim has run out, before fresh ones, with claims one higher', async () => {
      await given.store.inbox.append(anEvent('old'));
      const first = await claimOne(given.store);
      await given.store.inbox.append(anEvent('fresh'));
      for (let claims = 2; claims <= 7; claims++) {
        given.clock.advance(claimTimeMs);
        const [again] = await claimAll(given.store, { direct: 1 });
        expect(again).toMatchObject({ id: first.id, bodyId: 'old', recipients: ['alice'], claims });
      }
      expect((await claimOne(given.store)).bodyId).toBe('fresh');
    });

    it('keeps run-out entries in their order', async () => {
      for (const id of ['m1', 'm2', 'm3']) await given.store.inbox.append(anEvent(id));
      await claimAll(given.store, { direct: 3 });
      given.clock.advance(claimTimeMs);
      expect((await claimAll(given.store)).map(({ bodyId, claims }) => [bodyId, claims])).toEqual([
        ['m1', 2],
        ['m2', 2],
        ['m3', 2],
      ]);
    });

    it('prolongs a claim by renewing it, and says which are no longer held', async () => {
      await given.store.inbox.append(anEvent('m1'));
      const entry = await claimOne(given.store);
      for (let time = 0; time < 3; time++) {
        given.clock.advance(claimTimeMs - almostMs);
        expect(await given.store.inbox.renew([{ id: entry.id, progress: null }])).toEqual([]);
      }
      given.clock.advance(claimTimeMs - almostMs);
      expect(await claimAll(given.store)).toEqual([]);
      await given.store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [] }]);
      expect(await given.store.inbox.renew([{ id: entry.id, progress: Buffer.from('late') }])).toEqual([
        entry.id,
      ]);
      expect(await given.store.inbox.renew([])).toEqual([]);
    });

    it.each(['', 'no-such-entry', 'd', 'd0', 'dzz', '0-0', '1767000000000-0'])(
      'takes the unknown id %p as no longer held',
      async (id) => {
        expect(await given.store.inbox.renew([{ id, progress: null }])).toEqual([id]);
        await given.store.inbox.settle([{ id, bodyId: 'm1', pending: [] }]);
        await given.store.inbox.release([id]);
      },
    );

    it('gives the next holder the progress that the last one left', async () => {
      await given.store.inbox.append(anEvent('m1'));
      const entry = await claimOne(given.store);
      await given.store.inbox.renew([{ id: entry.id, progress: Buffer.from([0, 255, 7]) }]);
      given.clock.advance(claimTimeMs);
      const second = await claimOne(given.store);
      expect(second).toMatchObject({ claims: 2 });
      expect(second.progress && Buffer.from(second.progress)).toEqual(Buffer.from([0, 255, 7]));
      await given.store.inbox.renew([{ id: entry.id, progress: Buffer.from('further') }]);
      await given.store.inbox.renew([{ id: entry.id, progress: null }]);
      given.clock.advance(claimTimeMs);
      expect((await claimOne(given.store)).progress?.toString()).toBe('further');
    });

    it('hands out a released entry at once, and does not count the claim that was given back', async () => {
      await given.store.inbox.append(anEvent('m1'));
      await given.store.inbox.append(anEvent('m2'));
      const [first] = await claimAll(given.store, { direct: 1 });
      const waiting = claimAll(given.store, { direct: 1 });
      expect((await waiting).map(({ bodyId }) => bodyId)).toEqual(['m2']);
      const asleep = given.store.inbox.claim({ direct: 1, bulk: 0 }, 20_000, never);
      await given.store.inbox.release([first?.id ?? '']);
      expect((await asleep).map(({ bodyId, claims }) => [bodyId, claims])).toEqual([['m1', 1]]);
    });

    it('forgets a settled entry', async () => {
      await given.store.inbox.append(anEvent('m1'));
      const entry = await claimOne(given.store);
      await given.store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [] }]);
      await given.store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [] }]);
      given.clock.advance(10 * claimTimeMs);
      expect(await claimAll(given.store)).toEqual([]);
      expect(await given.store.inbox.stats()).toEqual({
        depth: { direct: 0, bulk: 0 },
        oldestReceivedAtMs: null,
      });
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('keeps the body for the deliveries that an entry leaves behind', async () => {
      await given.store.inbox.append(anEvent('m1'));
      const entry = await claimOne(given.store);
      await given.store.inbox.settle([
        { id: entry.id, bodyId: 'm1', pending: [aPending('p1'), aPending('p2', { parked: true })] },
      ]);
      expect(await given.store.inbox.stats()).toMatchObject({ depth: { direct: 0, bulk: 0 } });
      const [due] = await given.store.retries.claimDue(route, 10);
      expect(due?.body.toString()).toBe('body of m1');
      await given.store.retries.settle([{ pending: aPending('p1'), next: null }]);
      expect(await given.opened.storedBodies()).toBe(1);
      const parked = await given.store.parked.claimOne(route);
      expect(parked?.body.toString()).toBe('body of m1');
      await given.store.retries.settle([{ pending: aPending('p2', { parked: true }), next: null }]);
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('keeps the body while other entries of the event are open', async () => {
      await given.store.inbox.append(anEvent('m1', { recipients: [['a'], ['b']] }));
      const [first, second] = await claimAll(given.store);
      await given.store.inbox.settle([{ id: first?.id ?? '', bodyId: 'm1', pending: [aPending('p1')] }]);
      await given.store.retries.settle([{ pending: aPending('p1'), next: null }]);
      expect(await given.opened.storedBodies()).toBe(1);
      await given.store.inbox.settle([{ id: second?.id ?? '', bodyId: 'm1', pending: [] }]);
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('stores the same pending delivery once, the last one, however often an entry is settled with it', async () => {
      await given.store.inbox.append(anEvent('m1', { recipients: [['a'], ['b']] }));
      const [first, second] = await claimAll(given.store);
      const pending = [aPending('p1', { attempts: 1 }), aPending('p1', { attempts: 2 })];
      await given.store.inbox.settle([{ id: first?.id ?? '', bodyId: 'm1', pending }]);
      await given.store.inbox.settle([
        {
          id: second?.id ?? '',
          bodyId: 'm1',
          pending: [aPending('p1', { attempts: 3, dueAtMs: 1_767_000_000_500 })],
        },
      ]);
      expect(await given.store.retries.counts()).toEqual({ [route]: 1 });
      expect((await given.store.retries.claimDue(route, 10)).map(({ pending: one }) => one.attempts)).toEqual(
        [3],
      );
      await given.store.retries.settle([
        { pending: aPending('p1', { dueAtMs: 1_767_000_000_500 }), next: null },
      ]);
      expect(await given.store.retries.counts()).toEqual({});
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('leaves an entry alone that is no longer held, and stores its deliveries all the same', async () => {
      await given.store.inbox.append(anEvent('m1'));
      const entry = await claimOne(given.store);
      await given.store.inbox.release([entry.id]);
      await given.store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [aPending('p1')] }]);
      expect(await given.store.retries.counts()).toEqual({ [route]: 1 });
      expect((await given.store.inbox.stats()).depth.direct).toBe(1);
      const again = await claimOne(given.store);
      expect(again).toMatchObject({ id: entry.id, claims: 1 });
      await given.store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [] }]);
      expect((await given.store.retries.claimDue(route, 1))[0]?.body.toString()).toBe('body of m1');
    });

    it('settles many at once, some of them gone', async () => {
      for (let number = 0; number < 50; number++) await given.store.inbox.append(anEvent(`m${number}`));
      const entries = await claimAll(given.store);
      const settlements = entries.map(({ id, bodyId }) => ({
        id,
        bodyId,
        pending: [aPending(`p-${bodyId}`, { bodyId })],
      }));
      await given.store.inbox.settle(settlements.slice(0, 10));
      await given.store.inbox.settle(settlements);
      await given.store.inbox.settle([]);
      expect((await given.store.inbox.stats()).depth.direct).toBe(0);
      expect(await given.store.retries.counts()).toEqual({ [route]: 50 });
    });

    it('counts entries and says how old the oldest is, claimed ones included', async () => {
      await given.store.inbox.append(anEvent('m1', { receivedAtMs: 1_000 }));
      await given.store.inbox.append(
        anEvent('m2', { lane: 'bulk', receivedAtMs: 2_000, recipients: [['a'], ['b']] }),
      );
      expect(await given.store.inbox.stats()).toEqual({
        depth: { direct: 1, bulk: 2 },
        oldestReceivedAtMs: 1_000,
      });
      const entries = await claimAll(given.store);
      expect(await given.store.inbox.stats()).toEqual({
        depth: { direct: 1, bulk: 2 },
        oldestReceivedAtMs: 1_000,
      });
      await given.store.inbox.settle([
        { id: entries.find(({ lane }) => lane === 'direct')?.id ?? '', bodyId: 'm1', pending: [] },
      ]);
      expect(await given.store.inbox.stats()).toEqual({
        depth: { direct: 0, bulk: 2 },
        oldestReceivedAtMs: 2_000,
      });
    });

    it('keeps everything across a restart, and hands out again what was held', async () => {
      await given.store.inbox.append(anEvent('held'));
      const entry = await claimOne(given.store);
      await given.store.inbox.renew([{ id: entry.id, progress: Buffer.from('half') }]);
      await given.store.inbox.append(anEvent('waiting', { recipients: [['a'], ['b']] }));
      await given.opened.reopen();
      given.clock.advance(claimTimeMs);
      const entries = await claimAll(given.store);
      expect(
        entries.map(({ bodyId, claims, progress }) => [bodyId, claims, progress?.toString() ?? null]),
      ).toEqual([
        ['held', 2, 'half'],
        ['waiting', 1, null],
        ['waiting', 1, null],
      ]);
      expect(entries[0]?.id).toBe(entry.id);
      expect(entries[1]?.body.toString()).toBe('body of waiting');
    });

    it('counts claims on across any number of restarts', async () => {
      await given.store.inbox.append(anEvent('m1'));
      for (let claims = 1; claims <= 7; claims++) {
        expect((await claimOne(given.store)).claims).toBe(claims);
        await given.opened.reopen();
        given.clock.advance(claimTimeMs);
      }
    });

    it('never gives an id twice, not after a restart of an empty inbox either', async () => {
      const ids = new Set<string>();
      for (let time = 0; time < 4; time++) {
        await given.store.inbox.append(anEvent(`m${time}`));
        const entry = await claimOne(given.store);
        await given.store.inbox.settle([{ id: entry.id, bodyId: entry.bodyId, pending: [] }]);
        ids.add(entry.id);
        await given.opened.reopen();
      }
      expect(ids.size).toBe(4);
    });

    it('takes any uid, body id and body', async () => {
      await given.store.inbox.append(anEvent('m1', { recipients: [awkwardUids] }));
      expect((await claimOne(given.store)).recipients).toEqual(awkwardUids);
      for (const bodyId of [...awkwardUids, 'z'.repeat(3_000)]) {
        await given.store.inbox.append(
          anEvent(bodyId, { body: Buffer.from(`of ${bodyId}`), recipients: [['a'], ['b']] }),
        );
        const entries = await claimAll(given.store);
        expect(entries.map((entry) => [entry.bodyId, entry.body.toString()])).toEqual([
          [bodyId, `of ${bodyId}`],
          [bodyId, `of ${bodyId}`],
        ]);
        await given.store.inbox.settle(entries.map(({ id }) => ({ id, bodyId, pending: [] })));
      }
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it.each([0, 1, 65_536, 4 * 1024 * 1024])(
      'keeps a body of %d bytes, alone, split and retried',
      async (length) => {
        const body = Buffer.alloc(length, 7);
        if (length > 2) body[length - 1] = 9;
        await given.store.inbox.append(anEvent('m1', { body }));
        const entry = await claimOne(given.store);
        expect(Buffer.compare(entry.body, body)).toBe(0);
        await given.store.inbox.append(anEvent('m2', { body, recipients: [['a'], ['b']] }));
        for (const split of await claimAll(given.store)) expect(Buffer.compare(split.body, body)).toBe(0);
        await given.store.inbox.settle([{ id: entry.id, bodyId: 'm1', pending: [aPending('p1')] }]);
        const [due] = await given.store.retries.claimDue(route, 1);
        expect(due && Buffer.compare(due.body, body)).toBe(0);
      },
    );

    it('works off 10,000 entries of 500 recipients and fewer, in order', async () => {
      const uids = Array.from({ length: 500 }, (_, number) => `user-${number}`);
      await Promise.all(
        Array.from({ length: 20 }, (_, number) =>
          given.store.inbox.append(anEvent(`g${number}`, { lane: 'bulk', recipients: [uids] })),
        ),
      );
      await given.store.inbox.append(
        anEvent('huge', {
          lane: 'bulk',
          recipients: Array.from({ length: 9_980 }, (_, number) => [`u${number}`]),
        }),
      );
      expect((await given.store.inbox.stats()).depth.bulk).toBe(10_000);
      const seen: string[] = [];
      for (;;) {
        const entries = await claimAll(given.store, { bulk: 777 });
        if (entries.length === 0) break;
        seen.push(...entries.map(({ recipients }) => recipients[recipients.length - 1] ?? ''));
        await given.store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
      }
      expect(seen).toEqual([
        ...Array.from({ length: 20 }, () => 'user-499'),
        ...Array.from({ length: 9_980 }, (_, number) => `u${number}`),
      ]);
      expect(await given.opened.storedBodies()).toBe(0);
    });

    it('ends waiting claims when it is closed', async () => {
      const claim = given.store.inbox.claim({ direct: 1, bulk: 1 }, 20_000, never);
      await nextTurn();
      await given.store.close();
      expect(await claim).toEqual([]);
    });
  });
}
