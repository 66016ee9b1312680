import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDyingChild } from '../../helpers/dying-child';
import { openQueues } from './rig';

/** What was sent and whose end was not yet on disk: at most a few rounds. */
const mostRepeats = 1_024;

describe('a queue after kill -9', () => {
  it.each([1, 700, 1_900])(
    'loses nothing and keeps the order when it dies after %i of 2,000 items were sent',
    async (dieAfter) => {
      const directory = await mkdtemp(join(tmpdir(), 'wpr-queue-crash-'));
      const child = join(__dirname, 'crash-child.ts');
      const { signal, lines } = await runDyingChild(child, directory, '2000', String(dieAfter));
      expect(signal).toBe('SIGKILL');
      const of = (word: string) =>
        lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length + 1));
      const kept = of('kept');
      expect(kept).toHaveLength(2_000);

      const queues = await openQueues(directory);
      const left = queues
        .queue('q')
        .take(3_000, 1e9)
        .map(({ bytes }) => bytes.toString());
      expect(left).toEqual(kept.slice(2_000 - left.length));
      const sent = new Set(of('sent'));
      expect(kept.slice(0, 2_000 - left.length).filter((name) => !sent.has(name))).toEqual([]);
      expect(left.filter((name) => sent.has(name)).length).toBeLessThanOrEqual(mostRepeats);
      await queues.close();
      await rm(directory, { recursive: true });
    },
  );
});
