import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { anEvent, claimAll } from '../store/builders';
import { TestClock } from '../store/fixture';
import { openRig, type Rig, type RigOptions } from './harness';

describe('copies of what no replica confirmed', () => {
  const open: Rig[] = [];
  const rig = async (options: RigOptions = {}): Promise<Rig> => {
    const made = await openRig({ takeoverMs: 20, ...options });
    open.push(made);
    return made;
  };
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  /** As Redis does while its replicas do not answer. */
  const lag = (one: Rig): void => {
    one.faults.onUnreplicated = (event) => one.journal.keepCopies([event]);
  };
  const append = (one: Rig, name: string): Promise<void> =>
    one.store.inbox.append(anEvent(name, { receivedAtMs: Date.now() }));

  it('are on disk before the event is answered, and keep no event from the store', async () => {
    const one = await rig();
    lag(one);
    await append(one, 'm1');
    expect([one.happenings.of('copied'), one.happenings.figures.copies()]).toEqual([1, 1]);
    expect(one.faults.taken[0]).toBe('m1');
    expect([one.happenings.of('tookOver'), one.happenings.figures.depth()]).toEqual([0, 0]);
    expect(await one.store.health()).toContainEqual(
      expect.objectContaining({ name: 'journal', severity: 'degraded' }),
    );
  });

  it('are appended again once an append is confirmed, and leave', async () => {
    const one = await rig();
    lag(one);
    for (const name of ['m1', 'm2', 'm3']) await append(one, name);
    one.faults.onUnreplicated = null;
    await append(one, 'm4');
    await one.happenings.until('copiesLeft', 3);
    expect(one.happenings.figures.copies()).toBe(0);
    const bodies = (await claimAll(one.target)).map(({ bodyId }) => bodyId);
    expect([...new Set(bodies)].sort()).toEqual(['m1', 'm2', 'm3', 'm4']);
    await one.restart();
    expect(one.happenings.figures.copies()).toBe(0);
  });

  it('are also kept of another portion of an event that is being appended again', async () => {
    const one = await rig();
    const receivedAtMs = Date.now();
    let copies = 0;
    one.faults.onUnreplicated = async (event) => {
      await one.journal.keepCopies([event]);
      copies += 1;
      if (copies === 2) await appendOther();
    };
    const appendOther = (): Promise<void> =>
      one.store.inbox.append(anEvent('m1', { receivedAtMs, recipients: [['carol']] }));
    await one.store.inbox.append(anEvent('m1', { receivedAtMs }));
    expect(one.happenings.of('copied')).toBe(1);
    await one.happenings.until('copied', 2);
    expect(one.happenings.figures.copies()).toBe(2);
  });

  it('are tried without traffic, rarely, one at a time, and make no copies of themselves', async () => {
    const one = await rig();
    lag(one);
    for (let number = 0; number < 50; number++) await append(one, `m${number}`);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(one.faults.taken.length).toBeLessThan(54);
    expect(one.happenings.figures.copies()).toBe(50);
    one.faults.onUnreplicated = null;
    await one.happenings.until('copiesLeft', 50);
    expect(one.faults.taken.length).toBeLessThan(106);
  });

  it('outlive a restart', async () => {
    const one = await rig();
    lag(one);
    await append(one, 'm1');
    await one.restart();
    expect(one.happenings.figures.copies()).toBe(1);
    one.faults.onUnreplicated = null;
    one.faults.taken.length = 0;
    await one.happenings.until('copiesLeft', 1);
    expect(one.faults.taken).toContain('m1');
  });

  it('leave unsent once their repeat would ring again', async () => {
    const clock = new TestClock(Date.now());
    const one = await rig({ clock });
    lag(one);
    await append(one, 'm1');
    await one.store.close();
    clock.advance(3_600_000);
    one.faults.taken.length = 0;
    await one.restart();
    await one.happenings.until('copiesLeft', 1);
    expect([one.faults.taken, one.happenings.figures.copies()]).toEqual([[], 0]);
  });

  it('are appended again although the clock is ahead from the start of the process on', async () => {
    const clock = new TestClock(Date.now());
    const one = await rig({ clock, storeTimeMs: () => clock.monotonicMs() });
    lag(one);
    await append(one, 'm1');
    one.faults.onUnreplicated = null;
    clock.step(8 * 3_600_000);
    one.faults.taken.length = 0;
    await one.restart();
    await one.happenings.until('copiesLeft', 1);
    expect(one.faults.taken).toEqual(['m1']);
  });

  it('leave without a repeat when they are too old, also where the store was away at the start', async () => {
    const clock = new TestClock(Date.now());
    let isAway = false;
    const storeTimeMs = (): number => {
      if (isAway) throw new StoreUnavailableError('away');
      return clock.now();
    };
    const one = await rig({ clock, storeTimeMs });
    lag(one);
    await append(one, 'm1');
    one.faults.onUnreplicated = null;
    one.faults.taken.length = 0;
    isAway = true;
    clock.step(8 * 3_600_000);
    await one.restart();
    await append(one, 'm2');
    isAway = false;
    await one.happenings.until('copiesLeft', 1);
    expect(one.faults.taken).toEqual(['m2']);
  });

  it('are appended again although a clock that was set calls them too old', async () => {
    const clock = new TestClock(Date.now());
    const one = await rig({ clock });
    lag(one);
    await append(one, 'm1');
    one.faults.onUnreplicated = null;
    one.faults.taken.length = 0;
    clock.step(8 * 3_600_000);
    await append(one, 'm2');
    await one.happenings.until('copiesLeft', 1);
    expect([...one.faults.taken].sort()).toEqual(['m1', 'm2']);
  });

  it('bring back what a master took with it', async () => {
    const one = await rig();
    lag(one);
    await append(one, 'm1');
    const lost = await claimAll(one.target);
    await one.target.inbox.settle(lost.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
    one.faults.onUnreplicated = null;
    one.faults.fault = 'refuse';
    await append(one, 'm2');
    one.faults.fault = null;
    await one.happenings.until('copiesLeft', 1);
    await one.happenings.until('handedBack', 1);
    const bodies = (await claimAll(one.target)).map(({ bodyId }) => bodyId);
    expect([...new Set(bodies)].sort()).toEqual(['m1', 'm2']);
  });

  it('are refused when the journal is full, and so is the event', async () => {
    const one = await rig({ maxBytes: 1_048_576 });
    lag(one);
    const body = Buffer.alloc(60_000, 'x');
    await expect(
      (async () => {
        for (let number = 0; number < 100; number++)
          await one.store.inbox.append(anEvent(`m${number}`, { body, receivedAtMs: Date.now() }));
      })(),
    ).rejects.toThrow(StoreUnavailableError);
    expect(one.happenings.figures.copies()).toBeGreaterThan(10);
  });

  it('are kept of events that leave the journal for a store without replicas', async () => {
    const one = await rig();
    one.faults.fault = 'refuse';
    await append(one, 'm1');
    lag(one);
    one.faults.fault = null;
    await one.happenings.until('handedBack', 1);
    expect([one.happenings.figures.depth(), one.happenings.figures.copies()]).toEqual([0, 1]);
  });
});
