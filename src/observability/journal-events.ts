import { Counter, Gauge, type Registry } from 'prom-client';
import type { Logger } from '../domain/logger';

/** What the journal holds, asked for when the metrics are read. */
interface Figures {
  depth(): number;
  copies(): number;
  bytes(): number;
}

/** One function for each thing that happens at the journal; none of them throws. */
export function createJournalEvents({
  logger,
  registry,
}: {
  readonly logger: Logger;
  readonly registry: Registry;
}) {
  const counters = createCounters([registry]);
  return {
    tookOver: (reason: string) => {
      logger.error({ reason }, 'the store does not answer: webhooks are kept in the journal on disk');
    },
    handedBack: ({ forMs, drained }: { readonly forMs: number; readonly drained: number }) => {
      logger.warn({ forMs, drained }, 'the store answers again, and the journal has handed on what it kept');
    },
    appended: () => counters.appends.inc(),
    drained: (events: number) => counters.drained.inc(events),
    refused: (error: unknown) => {
      counters.refused.inc();
      logger.error({ err: error }, 'neither store nor journal takes an event: the webhook is answered 503');
    },
    setAside: (error: unknown) => {
      counters.setAside.inc();
      logger.error(
        { err: error },
        'the store rejects an event of the journal for good; it stays in the journal',
      );
    },
    failed: (error: unknown) =>
      logger.error({ err: error }, 'the journal cannot be read or written now; trying again'),
    copied: (events: number) => counters.copied.inc(events),
    copiesLeft: (events: number, why: 'confirmed' | 'expired') => counters.copiesLeft.inc({ why }, events),
    observe: (figures: Figures) => registerGauges([registry], figures),
  };
}

function createCounters(registers: Registry[]) {
  return {
    appends: new Counter({
      name: 'relay_journal_appends_total',
      help: 'Events kept in the journal',
      registers,
    }),
    drained: new Counter({
      name: 'relay_journal_drained_total',
      help: 'Events that left the journal for the store',
      registers,
    }),
    refused: new Counter({
      name: 'relay_journal_refused_total',
      help: 'Events that neither store nor journal took',
      registers,
    }),
    setAside: new Counter({
      name: 'relay_journal_set_aside_total',
      help: 'Events that the store rejects for good',
      registers,
    }),
    copied: new Counter({
      name: 'relay_journal_copies_total',
      help: 'Copies of events that no replica confirmed in time',
      registers,
    }),
    copiesLeft: new Counter({
      name: 'relay_journal_copies_left_total',
      help: 'Copies let go',
      labelNames: ['why'],
      registers,
    }),
  };
}

function registerGauges(registers: Registry[], figures: Figures): void {
  const gauge = (name: string, help: string, read: () => number) => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(read()) });
  };
  gauge('relay_journal_depth', 'Events that wait in the journal for the store', () => figures.depth());
  gauge('relay_journal_copies', 'Copies that wait for a replica', () => figures.copies());
  gauge('relay_journal_bytes', 'Bytes of the journal’s rows', () => figures.bytes());
}
