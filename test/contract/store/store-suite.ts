import { describeBadges } from './badges-suite';
import { describeDeadLetters } from './dead-letters-suite';
import { describeDevices } from './devices-suite';
import { describeDuplicateMarks } from './duplicate-marks-suite';
import { useStore, type MakeStore } from './fixture';
import { describeInbox } from './inbox-suite';
import { describeInboxSuspects } from './inbox-suspects-suite';
import { describeParked } from './parked-suite';
import { describePeople } from './people-suite';
import { describePresence } from './presence-suite';
import { describeRetries } from './retries-suite';
import { describeSharedState } from './shared-state-suite';
import { describeTraces } from './traces-suite';
import { anEvent, never } from './builders';
import { StoreUnavailableError } from '../../../src/store/ports/errors';

/** What every store promises, whatever it stands on: the definition of the ports. */
export function describeStore(name: string, makeStore: MakeStore): void {
  describe(`store: ${name}`, () => {
    describeInbox(makeStore);
    describeInboxSuspects(makeStore);
    describeRetries(makeStore);
    describeParked(makeStore);
    describeDeadLetters(makeStore);
    describeDuplicateMarks(makeStore);
    describeDevices(makeStore);
    describePeople(makeStore);
    describeBadges(makeStore);
    describePresence(makeStore);
    describeSharedState(makeStore);
    describeTraces(makeStore);
    describeLife(makeStore);
  });
}

function describeLife(makeStore: MakeStore): void {
  describe('life', () => {
    const given = useStore(makeStore);

    it('closes twice', async () => {
      await given.store.close();
      await given.store.close();
    });

    it('refuses to append, and claims nothing, when it is closed', async () => {
      await given.store.close();
      await expect(given.store.inbox.append(anEvent('m1'))).rejects.toThrow(StoreUnavailableError);
      expect(await given.store.inbox.claim({ direct: 1, bulk: 1 }, 1_000, never)).toEqual([]);
    });

    it('finishes what was begun before it closes', async () => {
      const appends = Array.from({ length: 100 }, (_, number) =>
        given.store.inbox.append(anEvent(`m${number}`)),
      );
      await Promise.all([...appends, given.store.close()]);
      await given.opened.reopen();
      expect((await given.store.inbox.stats()).depth.direct).toBe(100);
    });
  });
}
