import type { Clock, Random } from '../../domain/clock';
import type { Logger } from '../../domain/logger';

export interface JournalOptions {
  /** A directory of its own on a local disk; made when it is missing, held by one process at a time. */
  readonly directory: string;
  /** The journal's rows may take this much. */
  readonly maxBytes: number;
  /**
   * It takes nothing more once less than this share of the disk is free. Unless so much is free that `maxBytes`
   * are no more than this share of it: then the journal cannot be what fills the disk.
   */
  readonly minFreeDiskShare: number;
  /** How long the store may take for what a webhook waits for. */
  readonly storeDeadlineMs: number;
  /** After the store failed it is left alone for so long. */
  readonly takeoverMs: number;
  /**
   * How long copies of events that no replica confirmed are kept. Below the window of the duplicate marks, within which a
   * repeated event rings once.
   */
  readonly copyMaxAgeMs: number;
}

export interface JournalContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: JournalEvents;
}

/** What happens at the journal, one function each; none of them throws. */
export interface JournalEvents {
  /** The store does not answer: the journal stands in. Once an outage. */
  tookOver(reason: string): void;
  /** The store answers and nothing waits any more. Not called where no outage was told. */
  handedBack(fields: { readonly forMs: number; readonly drained: number }): void;
  /** A webhook's event is in the journal. */
  appended(): void;
  /** Events have left the journal for the store. */
  drained(events: number): void;
  /** The journal did not take an event, and the store did not either. */
  refused(error: unknown): void;
  /** The store rejects this event with an error that waiting does not mend; the journal keeps it. */
  setAside(error: unknown): void;
  /** What the journal holds cannot be read, or its end not be written, now; it is tried again. */
  failed(error: unknown): void;
  /** Redis took events that no replica confirmed: their copies are in the journal. */
  copied(events: number): void;
  /** Copies have left: `confirmed` by a replica, or `expired`. */
  copiesLeft(events: number, why: 'confirmed' | 'expired'): void;
  /** Gauges ask these when they are scraped. */
  observe(figures: JournalFigures): void;
}

export interface JournalFigures {
  /** Entries that wait for the store. */
  depth(): number;
  /** Entries that wait for a replica. */
  copies(): number;
  /** Bytes of the journal's rows, as pages of its file. */
  bytes(): number;
}
