import type { DeadLetters } from './dead-letters';
import type { Devices } from './devices';
import type { DuplicateMarks } from './duplicate-marks';
import type { Inbox } from './inbox';
import type { Parked } from './parked';
import type { Badges, PreferencesStore, Profiles } from './people';
import type { PresenceStore } from './presence';
import type { Retries } from './retries';
import type { SharedState } from './shared-state';

/** All ports of one store, and its life. */
export interface Store {
  readonly inbox: Inbox;
  readonly retries: Retries;
  readonly parked: Parked;
  readonly deadLetters: DeadLetters;
  readonly duplicateMarks: DuplicateMarks;
  readonly devices: Devices;
  readonly profiles: Profiles;
  readonly preferences: PreferencesStore;
  readonly badges: Badges;
  readonly presence: PresenceStore;
  readonly sharedState: SharedState;
  /** Anything that may lose or refuse data, for readyz: empty = healthy. */
  health(): Promise<readonly StoreFinding[]>;
  /** The latest time that the store knows of without asking this process's clock, ms since the epoch; null: none. */
  latestTimeMs?(): Promise<number | null>;
  close(): Promise<void>;
  /**
   * For a process that ends at once: no write is begun any more, and none is answered. Resolves when no thread writes.
   * Absent where no thread of this process does.
   */
  halt?(): Promise<void>;
}

export interface StoreFinding {
  readonly name: string;
  readonly severity: 'degraded' | 'unavailable';
  /** What is wrong and what to set. */
  readonly detail: string;
}
