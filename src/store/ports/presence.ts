import type { Presence, PresenceChange } from '../../domain/presence';

/** What the online-status events have said, by uid. */
export interface PresenceStore {
  /** Durable. In order: a change outranks what was known, and a call outranks earlier calls whatever its `atMs`. Rejected, some may be applied. */
  apply(changes: readonly PresenceChange[], atMs: number): Promise<void>;
  /** Null for each of whom nothing was ever said. */
  getMany(uids: readonly string[]): Promise<readonly (Presence | null)[]>;
  /** Removes the presence of the uid. */
  eraseUser(uid: string): Promise<void>;
}
