import type { Presence, PresenceChange } from '../../domain/presence';

export interface PresenceStore {
  /** In order. Durable. */
  apply(changes: readonly PresenceChange[], atMs: number): Promise<void>;
  get(uid: string): Promise<Presence | null>;
  getMany(uids: readonly string[]): Promise<readonly (Presence | null)[]>;
  eraseUser(uid: string): Promise<void>;
}
