import type { DeadLetter } from '../../domain/dead-letter';

export interface DeadLetterBounds {
  readonly maxAgeMs: number;
  readonly maxCount: number;
  readonly maxBytes: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Bounded by age, count and bytes; the oldest leave first. */
export interface DeadLetters {
  /** Resolves when durable. */
  add(letters: readonly DeadLetter[]): Promise<void>;
  /** Newest first. */
  list(limit: number, cursor: string | null): Promise<Page<DeadLetter>>;
  get(id: string): Promise<DeadLetter | null>;
  /** Resolves with how many there were. */
  remove(ids: readonly string[]): Promise<number>;
  removeBefore(beforeMs: number): Promise<number>;
  /** Removes the uid from every letter, and letters that were for it alone. */
  eraseUser(uid: string): Promise<void>;
  count(): Promise<number>;
}
