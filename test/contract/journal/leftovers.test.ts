import { silentLogger } from '../../../src/domain/logger';
import { systemClock } from '../../../src/domain/clock';
import { JournalLeftovers } from '../../../src/store/journal/journal-leftovers';
import type { JournalContext } from '../../../src/store/journal/options';
import { anEvent } from '../store/builders';
import { Happenings, openRig, type Rig, usualJournal } from './harness';

describe('what a journal holds after its installation has left Redis', () => {
  let rig: Rig;
  let leftovers: JournalLeftovers;
  let happenings: Happenings;
  beforeEach(async () => {
    rig = await openRig({ takeoverMs: 20 });
    rig.faults.fault = 'refuse';
  });
  afterEach(async () => {
    await leftovers.close();
    await rig.close();
  });

  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);
  const append = (names: readonly string[]): Promise<void[]> =>
    Promise.all(names.map((name) => rig.store.inbox.append(anEvent(name, { receivedAtMs: Date.now() }))));
  /** As a relay does that starts without Redis. */
  const start = async () => {
    await rig.store.close();
    happenings = new Happenings();
    const context: JournalContext = {
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      events: happenings.events,
    };
    leftovers = await JournalLeftovers.open({ ...usualJournal, directory: rig.directory }, context);
    return leftovers.handOnTo(rig.faults.faulty);
  };

  it('is handed on in order, and the journal is closed', async () => {
    await append(ids(200));
    rig.faults.fault = null;
    rig.faults.taken.length = 0;
    await start();
    await happenings.until('handedBack', 1);
    expect(rig.faults.taken).toEqual(ids(200));
    expect([leftovers.waiting(), happenings.of('drained'), happenings.figures.bytes()]).toEqual([0, 200, 0]);
  });

  it('does not keep newcomers from the store', async () => {
    await append(ids(3));
    rig.faults.fault = 'hang';
    rig.faults.struck = (bodyId) => bodyId !== 'new';
    const store = await start();
    await store.inbox.append(anEvent('new'));
    expect([happenings.of('appended'), leftovers.waiting()]).toEqual([0, 3]);
  });

  it('goes on at the next start where it stopped', async () => {
    await append(ids(1_000));
    rig.faults.fault = null;
    rig.faults.taken.length = 0;
    await start();
    await happenings.until('drained', 1);
    await leftovers.close();
    await start();
    if (leftovers.waiting() > 0) await happenings.until('handedBack', 1);
    expect([...new Set(rig.faults.taken)]).toEqual(ids(1_000));
  });

  it('includes the copies', async () => {
    rig.faults.fault = null;
    rig.faults.onUnreplicated = (event) => rig.journal.keepCopies([event]);
    await append(['copied']);
    rig.faults.onUnreplicated = null;
    await start();
    await happenings.until('handedBack', 1);
    expect(rig.faults.taken).toEqual(['copied', 'copied']);
  });

  it('says nothing of a user of whom the store has heard since', async () => {
    const offline = { deviceFlag: 0, online: false, connections: 0, total: 0 };
    const online = { deviceFlag: 0, online: true, connections: 1, total: 1 };
    await rig.store.presence.apply(
      [
        { uid: 'alice', ...offline },
        { uid: 'bob', ...offline },
      ],
      1_000,
    );
    await rig.target.presence.apply([{ uid: 'alice', ...online }], 2_000);
    rig.faults.fault = null;
    await start();
    await happenings.until('handedBack', 1);
    expect((await rig.target.presence.getMany(['alice']))[0]).toMatchObject({ lastSeenAtMs: 2_000 });
    expect((await rig.target.presence.getMany(['bob']))[0]).toMatchObject({ lastSeenAtMs: 1_000 });
  });

  it('stays while the store rejects it', async () => {
    await append(['odd']);
    rig.faults.fault = 'wrong';
    await start();
    await happenings.until('setAside', 1);
    expect([leftovers.waiting(), happenings.of('handedBack')]).toEqual([1, 0]);
  });
});
