interface Cell<V> {
  /** Undefined: it has left. */
  value: V | undefined;
}

/** Insertions until the next fresh Map: so many, or so many times what is there. */
const renewal = { least: 64, share: 4 };

/**
 * A map for what comes and goes all the time: a key for each message, and back out within moments.
 *
 * V8's own Map makes a new table every few insertions, and the old one, dead, still holds what was in it and the next table
 * (its iterators may need that). Once one of these tables is in the old generation, all that follow it are kept, with all that
 * they ever held, until the next full collection: nothing of a message dies young any more. See
 * docs/decisions/0017-messages-die-young.md. Here what leaves leaves an empty cell, and now and then a fresh Map ends the
 * chain of tables.
 */
export class PassingMap<K extends string | number, V> {
  #cells = new Map<K, Cell<V>>();
  #added = 0;

  get size(): number {
    return this.#cells.size;
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#cells.has(key);
  }

  /** A key that is there keeps its place in the order. */
  set(key: K, value: V): void {
    const cell = this.#cells.get(key);
    if (cell !== undefined) {
      cell.value = value;
      return;
    }
    this.#added += 1;
    if (this.#added > renewal.least && this.#added > this.#cells.size * renewal.share) {
      this.#cells = new Map(this.#cells);
      this.#added = 0;
    }
    this.#cells.set(key, { value });
  }

  delete(key: K): boolean {
    const cell = this.#cells.get(key);
    if (cell === undefined) return false;
    cell.value = undefined;
    return this.#cells.delete(key);
  }

  clear(): void {
    for (const cell of this.#cells.values()) cell.value = undefined;
    this.#cells = new Map();
    this.#added = 0;
  }

  /** In the order in which they came. What leaves meanwhile is left out; what comes meanwhile may be. */
  *values(): Generator<V, void> {
    for (const { value } of this.#cells.values()) if (value !== undefined) yield value;
  }

  /** Of what came first of all that is there; undefined when nothing is. */
  firstKey(): K | undefined {
    for (const key of this.#cells.keys()) return key;
    return undefined;
  }
}
