/**
 * Counts how often each id came. Bounded: ids are kept in two generations of at most `capacity` each, and an id that
 * has not come for a generation is forgotten.
 */
export class Repeats {
  /** Ids that came at least once. */
  distinct = 0;
  /** Comings after the first. */
  repeats = 0;
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How often it came before. */
  add(id: string): number {
    const before = this.countOf(id);
    if (before === 0) this.distinct += 1;
    else this.repeats += 1;
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, before + 1);
    return before;
  }

  countOf(id: string): number {
    return this.#young.get(id) ?? this.#old.get(id) ?? 0;
  }

  clear(): void {
    this.distinct = 0;
    this.repeats = 0;
    this.#young.clear();
    this.#old.clear();
  }
}
