import { anEvent } from '../store/builders';
import { openRig, type Rig } from './harness';

describe('a journal that retires', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig({ takeoverMs: 20 });
    rig.faults.fault = 'refuse';
  });
  afterEach(() => rig.close());

  const append = (names: readonly string[]): Promise<void[]> =>
    Promise.all(names.map((name) => rig.store.inbox.append(anEvent(name, { receivedAtMs: Date.now() }))));
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

  it('hands on what an earlier run kept, and is out of the way from then on', async () => {
    await append(ids(200));
    await rig.restart({ retires: true, storeName: 'the new store' });
    expect(rig.journal.waiting()).toBe(200);
    expect((await rig.store.health())[0]?.detail).toContain('the new store');
    rig.faults.fault = null;
    await rig.happenings.until('handedBack', 1);
    expect(rig.faults.taken).toEqual(ids(200));
    expect([rig.journal.waiting(), rig.happenings.figures.bytes()]).toEqual([0, 0]);
    expect(await rig.store.health()).toEqual(await rig.target.health());

    rig.faults.fault = 'refuse';
    await expect(rig.store.inbox.append(anEvent('late'))).rejects.toThrow('connection refused');
    expect(rig.happenings.of('appended')).toBe(0);
    await rig.restart();
    expect(rig.journal.waiting()).toBe(0);
  });

  it('stands in as ever until it is empty', async () => {
    await append(ids(3));
    await rig.restart({ retires: true });
    await append(['late']);
    expect(rig.happenings.of('appended')).toBe(1);
    rig.faults.fault = null;
    await rig.happenings.until('handedBack', 1);
    expect(rig.faults.taken).toEqual([...ids(3), 'late']);
  });

  it('waits for the copies, too', async () => {
    rig.faults.fault = null;
    rig.faults.onUnreplicated = (event) => rig.journal.keepCopies([event]);
    await append(['copied']);
    rig.faults.onUnreplicated = null;
    await rig.restart({ retires: true });
    expect(rig.journal.waiting()).toBe(1);
    await rig.happenings.until('copiesLeft', 1);
    expect(rig.faults.taken).toEqual(['copied', 'copied']);
    expect(rig.journal.waiting()).toBe(0);
    rig.faults.fault = 'refuse';
    await expect(rig.store.inbox.append(anEvent('late'))).rejects.toThrow('connection refused');
  });

  it('stays while the store rejects what it holds', async () => {
    await append(['odd']);
    rig.faults.fault = 'wrong';
    await rig.restart({ retires: true });
    await rig.happenings.until('setAside', 1);
    expect(rig.journal.waiting()).toBe(1);
    rig.faults.fault = 'refuse';
    await append(['late']);
    expect(rig.happenings.of('appended')).toBe(1);
  });
});
