import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import { openJournal } from '../../../src/store/journal/journal';
import { anEvent } from '../store/builders';
import { bounds } from '../store/fixture';
import { FaultyStore } from './faulty-store';
import { usualJournal } from './harness';
import { silentJournalEvents } from './silent-events';

/** Appends while the store refuses, hands on when it is back, and dies by SIGKILL after so many have left the journal. */
async function main(directory: string, count: number, dieAfter: number): Promise<void> {
  const context = { clock: systemClock, random: Math.random, logger: silentLogger };
  const target = await openEmbeddedStore(
    { directory: join(directory, 'store'), deadLetters: bounds, minFreeDiskShare: 0 },
    context,
  );
  const faults = new FaultyStore(target);
  faults.fault = 'refuse';
  let drained = 0;
  const journal = await openJournal(
    { ...usualJournal, directory: join(directory, 'journal'), takeoverMs: 20 },
    {
      ...context,
      events: {
        ...silentJournalEvents,
        drained: (events) => {
          drained += events;
          if (drained >= dieAfter) process.kill(process.pid, 'SIGKILL');
        },
      },
    },
  );
  const store = journal.wrap(faults.faulty);
  for (let from = 0; from < count; from += 100) {
    const names = Array.from({ length: 100 }, (_, index) => `m${from + index}`);
    await Promise.all(names.map((name) => store.inbox.append(anEvent(name))));
    process.stdout.write(`${names.join('\n')}\n`);
  }
  faults.fault = null;
}

const [, , directory = '', count = '0', dieAfter = '0'] = process.argv;
void main(directory, Number(count), Number(dieAfter));
setInterval(() => {}, 1_000);
