import type { Turn } from './replica';
import type { Stage } from './stage';

/** A store for the relays, and what can be done to it. */
export interface FaultyStore {
  readonly env: Readonly<Record<string, string>>;
  /** Configuration that has no environment variable. */
  readonly yaml: string;
  stop(): Promise<void>;
}

/** How many repeats the fault explains, from what was measured before any repeat could come. */
export interface Bound {
  readonly repeats: number;
  readonly because: string;
  /** Attempts among them that were not answered in time. */
  readonly timedOut?: number;
  /** Of them, what a replica finds lapsed that goes on later; absent: all. One that was killed finds nothing any more. */
  readonly lapsed?: number;
}

export interface FaultEnd {
  readonly bound: Bound;
  /** Milliseconds since the epoch. */
  readonly brokeAtMs: number;
  /** When the fault was over; absent: with the scenario. */
  readonly mendedAtMs?: number;
  /** Answers of this replica do not count: it could not answer. */
  readonly silentSlot?: number;
  /** Of the replicas that run in the end; noted by the play itself. */
  readonly turns?: readonly Turn[];
  /** What else there is to say. */
  readonly notes?: string;
}

export interface Scenario<Store extends FaultyStore = FaultyStore> {
  readonly name: string;
  readonly replicas: number;
  /** Left out by `--short`. */
  readonly isLong?: boolean;
  /** What it takes longer than the others. */
  readonly extraMs?: number;
  openStore(): Promise<Store>;
  /** Does its worst while the load goes on; what it finds wrong goes to `stage.failures`, what is slow to `stage.late`. */
  run(stage: Stage, store: Store): Promise<FaultEnd>;
  /** When nothing waits any more; what it finds wrong goes to `stage.failures`. */
  afterwards?(stage: Stage, store: Store): Promise<void>;
  readonly limits?: {
    /** Of any answer after the fault, or open at it. */
    readonly slowestMs?: number;
    /**
     * Of the answers to what was sent from one second after the fault, until it was mended and to the end; and of the
     * longest turn of a relay's event loop from the mend on, while it catches up, in time on a processor.
     */
    readonly p99Ms?: number;
  };
}
