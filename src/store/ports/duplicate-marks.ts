/** The mark of a message for one recipient. `key`: a digest by which a copy of the message is known, no content. */
export interface MarkRequest {
  readonly uid: string;
  readonly key: string;
}

/** Remembers, for a window, which inbox entry took a (message, recipient). */
export interface DuplicateMarks {
  /**
   * Takes marks for an entry, for `ttlMs` from now on.
   * For each request: true when it is the entry's (it was free, or already held by this very entry, which then goes on);
   * false when another entry holds it. Durable.
   */
  claim(requests: readonly MarkRequest[], entryId: string, ttlMs: number): Promise<readonly boolean[]>;
  /** Removes all marks of the uid. */
  eraseUser(uid: string): Promise<void>;
}
