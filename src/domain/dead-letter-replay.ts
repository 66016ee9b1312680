/** Which dead letters are to be sent again. */
export interface ReplayRequest {
  /** Null: a piece of all that the store holds, from `cursor` on. */
  readonly ids: readonly string[] | null;
  /** Where the piece before ended; null: at the newest. */
  readonly cursor: string | null;
  /** Letters whose event was received longer ago stay where they are. */
  readonly maxMessageAgeMs: number;
}

/** Why a letter was not replayed; it stays in the dead letters. */
export type ReplaySkip = 'not_found' | 'too_old' | 'truncated' | 'unreadable';

export interface ReplayReport {
  readonly replayed: number;
  readonly skipped: Readonly<Partial<Record<ReplaySkip, number>>>;
  /** Letters that the store holds now, what was skipped included. */
  readonly remaining: number;
  /** Of the next piece; null: all have been looked at. */
  readonly nextCursor: string | null;
}
