import { Counter, Gauge, type Registry } from 'prom-client';
import { systemClock, type Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { gatedLines, LogGate } from './log-gate';

/** What the journal holds, asked for when the metrics are read. */
interface Figures {
  depth(): number;
  copies(): number;
  bytes(): number;
}

/** A line of each kind, with a count: in an outage everything may be refused. */
const everyMs = 60_000;

/**
 * One function for each thing that happens at the journal; none of them throws. That it took over and handed back is told with
 * the outage that it is about.
 */
export function createJournalEvents(context: {
  readonly logger: Logger;
  readonly registry: Registry;
  /** Bounds the log lines. */
  readonly clock?: Clock;
}) {
  const { logger, registry, clock = systemClock } = context;
  const counters = createCounters([registry]);
  const line = gatedLines(logger, () => new LogGate(clock, 1, everyMs));
  const setAside = line(
    'journal_event_set_aside',
    'event of the journal rejected by the store; it is retried',
  );
  const failed = line('journal_failed', 'journal not readable or writable; retrying');
  const copied = line(
    'journal_copies_kept',
    'no replica confirmed events in time; copies kept in the journal',
  );
  const expired = line(
    'journal_copies_expired',
    'copies removed from the journal, unconfirmed by any replica',
  );
  return {
    appended: () => counters.appends.inc(),
    drained: (events: number) => counters.drained.inc(events),
    /** The webhook's own line tells why it was answered 503. */
    refused: () => counters.refused.inc(),
    setAside: (error: unknown) => {
      counters.setAside.inc();
      setAside({ err: error });
    },
    failed: (error: unknown) => failed({ err: error }),
    copied: (events: number) => {
      counters.copied.inc(events);
      copied({ events });
    },
    copiesLeft: (events: number, why: 'confirmed' | 'expired') => {
      counters.copiesLeft.inc({ why }, events);
      if (why === 'expired') expired({ events });
    },
    observe: (figures: Figures) => registerGauges([registry], figures),
  };
}

function createCounters(registers: Registry[]) {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const copiesLeft = new Counter({
    name: 'relay_journal_copies_left_total',
    help: 'Copies let go, because a replica confirmed them or because they were too old',
    labelNames: ['why'],
    registers,
  });
  for (const why of ['confirmed', 'expired']) copiesLeft.inc({ why }, 0);
  return {
    appends: counter('relay_journal_appends_total', 'Events kept in the journal'),
    drained: counter('relay_journal_drained_total', 'Events that left the journal for the store'),
    refused: counter('relay_journal_refused_total', 'Events that neither store nor journal took'),
    setAside: counter('relay_journal_set_aside_total', 'Times that the store rejected an event for good'),
    copied: counter('relay_journal_copies_total', 'Copies of events that no replica confirmed in time'),
    copiesLeft,
  };
}

function registerGauges(registers: Registry[], figures: Figures): void {
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('relay_journal_depth', 'Entries that wait in the journal for the store', () => figures.depth());
  gauge('relay_journal_copies', 'Entries whose copies wait for a replica', () => figures.copies());
  gauge('relay_journal_bytes', 'Bytes of the journal’s rows', () => figures.bytes());
}
