import type { DeadLetter } from '../../domain/dead-letter';

export interface DeadLetterBounds {
  readonly maxAgeMs: number;
  readonly maxCount: number;
  /** Of heads and bodies. */
  readonly maxBytes: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; asks for the next page. Null: this is the last one. */
  readonly nextCursor: string | null;
}

/** Bounded by age, count and bytes; the oldest leave first. Those that are too old are not answered, whether they have left or not. */
export interface DeadLetters {
  /** Resolves when durable. A letter with a known id replaces the earlier one. Beyond the bounds the oldest leave, also of these. */
  add(letters: readonly DeadLetter[]): Promise<void>;
  /** At most `limit` (1 or more), newest first, from `cursor` on; null: from the newest. */
  list(limit: number, cursor: string | null): Promise<Page<DeadLetter>>;
  /** Null where there is none (any more). */
  get(id: string): Promise<DeadLetter | null>;
  /** Resolves with how many there were. */
  remove(ids: readonly string[]): Promise<number>;
  /** Removes all whose `atMs` is below; resolves with how many there were. */
  removeBefore(beforeMs: number): Promise<number>;
  /** Removes the uid from every letter, and letters that were for it alone. */
  eraseUser(uid: string): Promise<void>;
  /** How many there are. */
  count(): Promise<number>;
}
