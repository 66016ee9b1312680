import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import { openJournal, type Journal } from '../../../src/store/journal/journal';
import {
  type JournalEvents,
  type JournalFigures,
  type JournalOptions,
} from '../../../src/store/journal/options';
import type { Store } from '../../../src/store/ports/store';
import { bounds } from '../store/fixture';
import { FaultyStore } from './faulty-store';
import { silentJournalEvents } from './silent-events';

export type Happening = Exclude<keyof JournalEvents, 'observe'>;

/** Counts what happens, and lets a test wait for it. */
export class Happenings {
  readonly counts = new Map<Happening, number>();
  figures: JournalFigures = { depth: () => 0, copies: () => 0, bytes: () => 0 };
  #waiting: (() => void)[] = [];

  get events(): JournalEvents {
    const count = (name: Happening, by: number): void => {
      this.counts.set(name, this.of(name) + by);
      for (const look of this.#waiting.splice(0)) look();
    };
    return {
      ...silentJournalEvents,
      tookOver: () => count('tookOver', 1),
      handedBack: () => count('handedBack', 1),
      appended: () => count('appended', 1),
      drained: (events) => count('drained', events),
      refused: () => count('refused', 1),
      setAside: () => count('setAside', 1),
      failed: () => count('failed', 1),
      copied: (events) => count('copied', events),
      copiesLeft: (events) => count('copiesLeft', events),
      observe: (figures) => (this.figures = figures),
    };
  }

  of(name: Happening): number {
    return this.counts.get(name) ?? 0;
  }

  async until(name: Happening, count: number): Promise<void> {
    while (this.of(name) < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

export interface Rig {
  readonly faults: FaultyStore;
  readonly target: Store;
  readonly happenings: Happenings;
  readonly store: Store;
  readonly journal: Journal;
  /** Of the journal. */
  readonly directory: string;
  /** As a relay does that stops and starts; the store stays. */
  restart(options?: Partial<JournalOptions>): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions extends Partial<JournalOptions> {
  readonly clock?: Clock;
  /** What the store's own clock shows, as that of Redis. */
  readonly storeTimeMs?: () => number;
}

/** As in production; but the disk may be nearly full. */
export const usualJournal = {
  maxBytes: 1024 ** 3,
  minFreeDiskShare: 0,
  storeDeadlineMs: 250,
  takeoverMs: 1_000,
  copyMaxAgeMs: 50 * 60_000,
};

/** A store that answers is in time, however busy the machine is. */
const defaults = { ...usualJournal, takeoverMs: 100, storeDeadlineMs: 5_000 };

/** For a store that gives no answer. */
export const soonLate = { storeDeadlineMs: 250 };

export async function openRig({
  clock = systemClock,
  storeTimeMs,
  ...options
}: RigOptions = {}): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'wpr-journal-'));
  const context = { clock, random: Math.random, logger: silentLogger };
  const journalDirectory = join(directory, 'journal');
  const target = await openEmbeddedStore(
    { directory: join(directory, 'store'), deadLetters: bounds, minFreeDiskShare: 0 },
    context,
  );
  const faults = new FaultyStore(target);
  let happenings = new Happenings();
  // The store outlives the journal here, as Redis does.
  const connected = (): Store => ({
    ...faults.faulty,
    ...(storeTimeMs === undefined ? {} : { latestTimeMs: async () => storeTimeMs() }),
    close: async () => {},
  });
  const start = (changes: Partial<JournalOptions>): Promise<Journal> =>
    openJournal(
      { ...defaults, directory: journalDirectory, ...options, ...changes },
      { ...context, events: happenings.events },
    );
  let journal = await start({});
  let store = journal.wrap(connected());
  return {
    faults,
    target,
    directory: journalDirectory,
    get happenings() {
      return happenings;
    },
    get store() {
      return store;
    },
    get journal() {
      return journal;
    },
    async restart(changes = {}) {
      await store.close();
      happenings = new Happenings();
      journal = await start(changes);
      store = journal.wrap(connected());
    },
    async close() {
      await store.close();
      await target.close();
      await rm(directory, { recursive: true });
    },
  };
}
