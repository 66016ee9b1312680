import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { aLetter, anEvent, claimAll, never } from '../store/builders';
import { openRig, soonLate, type Rig, type RigOptions } from './harness';

const ids = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `m${from + index}`);

describe('the journal', () => {
  const open: Rig[] = [];
  const rig = async (options: RigOptions = {}): Promise<Rig> => {
    const made = await openRig(options);
    open.push(made);
    return made;
  };
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  const append = (one: Rig, names: readonly string[]): Promise<void[]> =>
    Promise.all(names.map((name) => one.store.inbox.append(anEvent(name))));

  it('is not in the way while the store answers', async () => {
    const one = await rig();
    await append(one, ids(0, 100));
    expect(one.faults.taken).toEqual(ids(0, 100));
    expect([one.happenings.of('appended'), one.happenings.of('tookOver')]).toEqual([0, 0]);
    expect(await one.store.health()).toEqual(await one.target.health());
    expect(await one.store.latestTimeMs()).toBe(await one.target.latestTimeMs());
  });

  it.each(['refuse', 'hang', 'half_done'] as const)(
    'takes events while the store fails (%s), and hands them on in order when it is back',
    async (fault) => {
      // Long enough for the answers before the fault.
      const one = await rig({ storeDeadlineMs: 1_000 });
      await append(one, ids(0, 3));
      one.faults.fault = fault;
      // The fault lasts: that it ends at all shows that it does not wait for the store.
      await append(one, ids(3, 3));
      await append(one, ids(6, 50));
      expect(one.happenings.of('appended')).toBe(53);
      expect(one.happenings.figures.depth()).toBe(53);
      one.faults.taken.length = 0;
      one.faults.fault = null;
      await one.happenings.until('handedBack', 1);
      expect(one.faults.taken).toEqual(ids(3, 53));
      expect([one.happenings.of('drained'), one.happenings.figures.depth()]).toEqual([53, 0]);
      const entries = await claimAll(one.target);
      expect(entries.map(({ bodyId }) => bodyId).slice(-53)).toEqual(ids(3, 53));
      expect(entries[entries.length - 1]?.body.toString()).toBe('body of m55');
    },
  );

  it('answers at once from the second event on', async () => {
    const one = await rig({ ...soonLate, takeoverMs: 60_000 });
    one.faults.fault = 'hang';
    await append(one, ['first']);
    const { asked } = one.faults;
    for (const name of ids(0, 20)) await append(one, [name]);
    // Nobody waited for the store, because nobody asked it.
    expect(one.faults.asked).toBe(asked);
  });

  it('asks a failed store with one event at a time', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'refuse';
    await append(one, ids(0, 100));
    const { asked } = one.faults;
    const looks = one.happenings.of('appended');
    while (one.faults.asked < asked + 5) await append(one, ['more']);
    expect(one.faults.asked - asked).toBeLessThan(8);
    expect(looks).toBe(100);
  });

  it('keeps the order of events that are under way when the store fails', async () => {
    const one = await rig(soonLate);
    one.faults.fault = 'hang';
    const waiting: Promise<void>[] = [];
    for (const name of ids(0, 5)) {
      waiting.push(one.store.inbox.append(anEvent(name)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await one.happenings.until('tookOver', 1);
    waiting.push(one.store.inbox.append(anEvent('m5')));
    await Promise.all(waiting);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toEqual(ids(0, 6));
  });

  it('keeps the order of events that arrive while it hands on', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'refuse';
    await append(one, ids(0, 300));
    one.faults.fault = null;
    let next = 300;
    const waiting: Promise<void>[] = [];
    // A thousand a second or so, without a pause in which nothing is under way.
    while (one.happenings.of('handedBack') === 0) {
      waiting.push(one.store.inbox.append(anEvent(`m${next++}`)));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(waiting);
    await append(one, [`m${next++}`]);
    expect(one.faults.taken).toEqual(ids(0, next));
  });

  it('hands on after a restart, by itself', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'refuse';
    await append(one, ids(0, 200));
    await one.restart();
    expect(one.happenings.figures.depth()).toBe(200);
    await append(one, ids(200, 10));
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toEqual(ids(0, 210));
    await one.restart();
    expect(one.happenings.figures.depth()).toBe(0);
  });

  it('goes on in the middle after a stop while it hands on', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'refuse';
    await append(one, ids(0, 1_000));
    one.faults.fault = null;
    await one.happenings.until('drained', 1);
    await one.restart();
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toEqual(ids(0, 1_000));
  });

  it('keeps presence and dead letters, with their times and bytes', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'refuse';
    const change = { uid: 'alice', deviceFlag: 0, online: true, connections: 2, total: 2 };
    const many = Array.from({ length: 2_500 }, (_, index) => ({ ...change, uid: `u${index}` }));
    await one.store.presence.apply([change], 1_000);
    await one.store.presence.apply([{ ...change, connections: 0, total: 0 }], 2_000);
    await one.store.presence.apply(many, 3_000);
    const letters = [1, 2].map((number) =>
      aLetter(number, { atMs: Date.now(), body: Buffer.from([0, 255, 13, number]), source: 'webhook' }),
    );
    await one.store.deadLetters.add(letters);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect((await one.store.presence.getMany(['alice']))[0]).toEqual({
      flags: [{ deviceFlag: 0, connections: 0, changedAtMs: 2_000 }],
      lastSeenAtMs: 2_000,
    });
    expect((await one.store.presence.getMany(['u2499']))[0]).toMatchObject({ lastSeenAtMs: 3_000 });
    const kept = await one.store.deadLetters.list(10, null);
    expect(kept.items).toEqual([...letters].reverse());
  });

  it('keeps an event for 100,000 whole, in both lanes', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'refuse';
    const recipients = Array.from({ length: 200 }, (_, group) =>
      Array.from({ length: 500 }, (__, index) => `u${group * 500 + index}`),
    );
    await one.store.inbox.append(anEvent('big', { lane: 'bulk', recipients }));
    await append(one, ['small']);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    const entries = await claimAll(one.target);
    const bulk = entries.filter(({ lane }) => lane === 'bulk');
    // Several portions of one event go to the store at once, in any order.
    const uids = bulk.flatMap((entry) => entry.recipients);
    expect(uids.sort()).toEqual(recipients.flat().sort());
    expect(bulk.every((entry) => entry.body.toString() === 'body of big' && entry.bodyId === 'big')).toBe(
      true,
    );
    expect(entries.filter(({ lane }) => lane === 'direct')).toHaveLength(1);
  });

  it('lets an event that was appended twice ring once', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'half_done';
    // Once: the journal may hand it on again before the fault is taken away.
    one.faults.struck = () => one.faults.taken.length === 0;
    await append(one, ['m1']);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    const entries = await claimAll(one.target);
    expect(entries.map(({ bodyId }) => bodyId)).toEqual(['m1', 'm1']);
    const mine: boolean[] = [];
    for (const entry of entries) {
      const requests = [{ uid: 'alice', key: 'm:1' }];
      mine.push(...(await one.target.duplicateMarks.claim(requests, entry.id, 60_000)));
    }
    expect(mine).toEqual([true, false]);
    await one.target.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    expect((await one.target.inbox.stats()).depth).toEqual({ direct: 0, bulk: 0 });
  });

  it('stays in front of a store that answers too late for webhooks', async () => {
    const one = await rig({ ...soonLate, takeoverMs: 20 });
    one.faults.fault = 'slow';
    one.faults.slowMs = 350;
    await append(one, ['first']);
    for (const [index, name] of ids(0, 10).entries()) {
      await append(one, [name]);
      // It is the journal that answered.
      expect(one.happenings.of('appended')).toBe(index + 2);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await one.happenings.until('drained', 3);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect([...new Set(one.faults.taken)]).toEqual(['first', ...ids(0, 10)]);
  });

  it('refuses when it is full and the store does not answer, and takes events again when there is room', async () => {
    // Long enough for few probes while it is filled: after ten, several go at once, and then the store may come back
    // between two of them.
    const one = await rig({ takeoverMs: 500, maxBytes: 1_048_576 });
    one.faults.fault = 'refuse';
    const body = Buffer.alloc(60_000, 'x');
    let kept = 0;
    await expect(
      (async () => {
        // How full it is, is looked at now and then: a fast disk takes many meanwhile.
        for (; kept < 2_000; kept++) await one.store.inbox.append(anEvent(`m${kept}`, { body }));
      })(),
    ).rejects.toThrow(StoreUnavailableError);
    expect(kept).toBeGreaterThan(10);
    expect(one.happenings.of('refused')).toBe(1);
    expect(await one.store.health()).toContainEqual(
      expect.objectContaining({ name: 'journal.disk', severity: 'unavailable' }),
    );
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toEqual(ids(0, kept));
    await append(one, ['after']);
    expect(one.happenings.figures.depth()).toBe(0);
  });

  it('asks a store that answers when it is full itself', async () => {
    const one = await rig({ takeoverMs: 20, maxBytes: 1_048_576 });
    one.faults.fault = 'refuse';
    const body = Buffer.alloc(60_000, 'x');
    for (let kept = 0; one.happenings.of('refused') === 0; kept++)
      await one.store.inbox.append(anEvent(`m${kept}`, { body })).catch(() => {});
    // It answers, but so slowly that the journal stays full.
    one.faults.fault = 'slow';
    one.faults.slowMs = 200;
    await one.happenings.until('drained', 1);
    await one.store.inbox.append(anEvent('squeezed', { body }));
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toContain('squeezed');
  });

  it('does not let an event that the store calls wrong hold up the others', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'wrong';
    one.faults.struck = (bodyId) => bodyId === 'poison';
    await append(one, ['m0', 'poison', 'm1']);
    await one.happenings.until('setAside', 1);
    await append(one, ['m2']);
    await append(one, ['m3']);
    expect([...one.faults.taken].sort()).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(await one.store.health()).toContainEqual(
      expect.objectContaining({ name: 'journal', severity: 'degraded' }),
    );
    one.faults.fault = null;
    await one.restart();
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toContain('poison');
  });

  it('passes over events that fail alone, and repeats none that did not', async () => {
    const one = await rig({ takeoverMs: 20 });
    one.faults.fault = 'refuse';
    one.faults.struck = (bodyId) => Number(bodyId.slice(1)) % 3 === 0;
    await append(one, ids(0, 60));
    await one.happenings.until('drained', 40);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect([...new Set(one.faults.taken)].sort()).toEqual([...ids(0, 60)].sort());
  });

  it('is degraded and says since when and how much waits', async () => {
    const one = await rig({ ...soonLate, takeoverMs: 60_000 });
    for (const fault of ['hang', 'refuse'] as const) {
      one.faults.fault = fault;
      await append(one, ids(0, 3));
      const [finding, ...others] = await one.store.health();
      expect(finding).toMatchObject({ name: 'journal', severity: 'degraded' });
      expect(finding?.detail).toMatch(/does not answer since 20\d\d-.*kept on disk, [36] entries wait/);
      expect(others.filter(({ severity }) => severity === 'unavailable')).toEqual([]);
    }
  });

  it('says within its deadline that a store without work does not answer', async () => {
    const one = await rig(soonLate);
    one.faults.fault = 'hang';
    expect(await one.store.health()).toContainEqual(
      expect.objectContaining({ name: 'store', severity: 'degraded' }),
    );
    expect(one.faults.fault).toBe('hang');
  });

  it('stops while the store hangs, and loses nothing of what was under way', async () => {
    const one = await rig({ ...soonLate, takeoverMs: 20 });
    one.faults.fault = 'hang';
    const waiting = append(one, ids(0, 10));
    await one.restart();
    await waiting;
    expect(one.faults.fault).toBe('hang');
    expect(one.happenings.figures.depth()).toBe(10);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toEqual(ids(0, 10));
  });

  it('keeps what waited while the process itself stood still', async () => {
    const one = await rig(soonLate);
    one.faults.fault = 'hang';
    const waiting = append(one, ids(0, 10));
    // As SIGSTOP does.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    await waiting;
    expect([one.happenings.of('refused'), one.happenings.figures.depth()]).toEqual([0, 10]);
  });

  it('refuses once it is closed', async () => {
    const one = await rig();
    await one.store.close();
    await expect(append(one, ['late'])).rejects.toThrow(StoreUnavailableError);
  });

  it('keeps an answer that came after its round was given up', async () => {
    const one = await rig({ takeoverMs: 20, storeDeadlineMs: 30 });
    one.faults.fault = 'frozen';
    await append(one, ids(0, 3));
    const { asked } = one.faults;
    while (one.faults.asked < asked + 2) await new Promise((resolve) => setTimeout(resolve, 5));
    one.faults.thaw();
    await one.happenings.until('handedBack', 1);
    expect([...new Set(one.faults.taken)]).toEqual(ids(0, 3));
    expect((await one.target.inbox.claim({ direct: 100, bulk: 0 }, 0, never)).length).toBeLessThan(9);
  });

  it('waits for as long as an outage lasts', async () => {
    const one = await rig({ takeoverMs: 10 });
    one.faults.fault = 'refuse';
    await append(one, ids(0, 5));
    const { asked } = one.faults;
    while (one.faults.asked < asked + 20) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([one.happenings.of('tookOver'), one.happenings.figures.depth()]).toEqual([1, 5]);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect(one.faults.taken).toEqual(ids(0, 5));
  });
});
