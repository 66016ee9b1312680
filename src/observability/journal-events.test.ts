import { Registry } from 'prom-client';
import { silentLogger, type Logger } from '../domain/logger';
import type { JournalEvents } from '../store/journal/options';
import { createJournalEvents } from './journal-events';

describe('journal events', () => {
  it('fit the journal, count, and show what it holds', async () => {
    const registry = new Registry();
    const events: Omit<JournalEvents, 'tookOver' | 'handedBack'> = createJournalEvents({
      logger: silentLogger,
      registry,
    });
    events.observe({ depth: () => 3, copies: () => 2, bytes: () => 4096 });
    events.appended();
    events.drained(5);
    events.refused(new Error('full'));
    events.setAside(new Error('too large'));
    events.failed(new Error('disk'));
    events.copied(2);
    events.copiesLeft(1, 'expired');
    const text = await registry.metrics();
    for (const line of [
      'relay_journal_depth 3',
      'relay_journal_copies 2',
      'relay_journal_bytes 4096',
      'relay_journal_appends_total 1',
      'relay_journal_drained_total 5',
      'relay_journal_refused_total 1',
      'relay_journal_set_aside_total 1',
      'relay_journal_copies_total 2',
      'relay_journal_copies_left_total{why="expired"} 1',
    ])
      expect(text).toContain(line);
  });

  it('write one line a minute of what fails again and again', () => {
    let lines = 0;
    const logger: Logger = { ...silentLogger, error: () => void lines++ };
    const events = createJournalEvents({
      logger,
      registry: new Registry(),
      clock: { now: () => 1_000, monotonicMs: () => 1_000 },
    });
    for (let count = 0; count < 1_000; count++) {
      events.setAside(new Error('too large'));
      events.failed(new Error('disk'));
    }
    expect(lines).toBe(2);
  });
});
