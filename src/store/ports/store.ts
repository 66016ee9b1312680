import type { Badges } from './badges';
import type { DeadLetters } from './dead-letters';
import type { Devices } from './devices';
import type { DuplicateMarks } from './duplicate-marks';
import type { GivenNames } from './given-names';
import type { Inbox } from './inbox';
import type { Parked } from './parked';
import type { PreferencesStore, Profiles } from './people';
import type { PersonRecords } from './person-records';
import type { PresenceStore } from './presence';
import type { Recipients } from './recipients';
import type { Retries } from './retries';
import type { SharedState } from './shared-state';
import type { Traces } from './traces';

/**
 * All ports of one store, and its life. Open this file first: each port has a file of its own beside this one.
 *
 * Times are ms; those whose names end in `AtMs` and that no method says otherwise of are since the epoch, by the wall clock. Every
 * method of every port rejects with StoreUnavailableError (`errors.ts`) when the store cannot answer now: away, slow, read-only,
 * full or closed. A write that was rejected so may have happened all the same, so that every write can be repeated: what a method does
 * not say otherwise of is idempotent. "Durable": flushed to disk (embedded), or acknowledged by Redis and, where the
 * master has any, by a replica within `redis.wait_ms`. Methods that do not say so have written when they resolve, and may lose that in a crash of the server.
 * Lists answer in the order of what was asked; an empty list asks nothing and answers []. A uid that is not known is no error.
 */
export interface Store {
  readonly inbox: Inbox;
  readonly retries: Retries;
  readonly parked: Parked;
  readonly deadLetters: DeadLetters;
  readonly duplicateMarks: DuplicateMarks;
  readonly devices: Devices;
  readonly profiles: Profiles;
  readonly givenNames: GivenNames;
  readonly preferences: PreferencesStore;
  readonly recipients: Recipients;
  readonly badges: Badges;
  readonly personRecords: PersonRecords;
  readonly presence: PresenceStore;
  readonly sharedState: SharedState;
  readonly traces: Traces;
  /** Anything that may lose or refuse data, for readyz: empty = healthy. */
  health(): Promise<readonly StoreFinding[]>;
  /** The latest wall-clock time that the store knows of without asking this process's clock; null: none. */
  latestTimeMs(): Promise<number | null>;
  /** Ends what was begun, within some seconds; then every method rejects. Once or more often. */
  close(): Promise<void>;
  /**
   * For a process that ends at once: no write is begun any more, and none is answered. Resolves when no thread writes.
   * Absent where no thread of this process does.
   */
  halt?(): Promise<void>;
}

export interface StoreFinding {
  /** Stable, for machines: `store`, `disk`, `journal`. */
  readonly name: string;
  readonly severity: 'degraded' | 'unavailable';
  /** What is wrong and what to set. */
  readonly detail: string;
}
