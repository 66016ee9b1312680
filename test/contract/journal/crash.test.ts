import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import { openJournal } from '../../../src/store/journal/journal';
import { runDyingChild } from '../../helpers/dying-child';
import { bounds } from '../store/fixture';
import { claimAll } from '../store/builders';
import { Happenings, usualJournal } from './harness';

/** What was handed on and whose end was not yet on disk: at most a few rounds. */
const mostRepeats = 1_024;

describe('the journal after kill -9', () => {
  it.each([1, 700, 1_900])(
    'loses nothing and keeps the order when it dies after %i of 2,000 have been handed on',
    async (dieAfter) => {
      const directory = await mkdtemp(join(tmpdir(), 'wpr-journal-crash-'));
      const child = join(__dirname, 'crash-child.ts');
      const { signal, lines: answered } = await runDyingChild(child, directory, '2000', String(dieAfter));
      expect(signal).toBe('SIGKILL');
      expect(answered).toHaveLength(2_000);

      const context = { clock: systemClock, random: Math.random, logger: silentLogger };
      const target = await openEmbeddedStore(
        { directory: join(directory, 'store'), deadLetters: bounds, minFreeDiskShare: 0 },
        context,
      );
      const happenings = new Happenings();
      const journal = await openJournal(
        { ...usualJournal, directory: join(directory, 'journal') },
        { ...context, events: happenings.events },
      );
      const store = journal.wrap(target);
      if (happenings.figures.depth() > 0) await happenings.until('handedBack', 1);
      const bodies: string[] = [];
      for (;;) {
        const entries = await claimAll(store);
        if (entries.length === 0) break;
        bodies.push(...entries.map(({ bodyId }) => bodyId));
      }
      expect([...new Set(bodies)]).toEqual(answered);
      expect(bodies.length - answered.length).toBeLessThanOrEqual(mostRepeats);
      await store.close();
      await rm(directory, { recursive: true });
    },
  );
});
