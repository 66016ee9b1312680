/** Marks for one recipient: what a message is known by, in one way or several. Digests, no content. */
export interface MarkRequest {
  readonly uid: string;
  readonly keys: readonly string[];
}

/** Remembers, for a window, which inbox entry took a (message, recipient). */
export interface DuplicateMarks {
  /**
   * Takes marks for an entry, for `ttlMs` from now on.
   * For each request: true when it is the entry's (all keys were free, or already held by this very entry, which then
   * goes on); false when another entry holds any of them, and then no key is written for it. Atomic a request. Durable.
   */
  claim(requests: readonly MarkRequest[], entryId: string, ttlMs: number): Promise<readonly boolean[]>;
  /** Removes all marks of the uid. */
  eraseUser(uid: string): Promise<void>;
}
