interface Cell<V> {
  value: V | undefined;
}

/**
 * A map for what comes and goes all the time: a key for each message, and back out within moments.
 *
 * V8's own Map makes a new table every few insertions, and the old one, dead, still holds what was in it and the next table
 * (its iterators may need that). Once one of these tables is in the old generation, all that follow it are kept, with all that
 * they ever held, until the next full collection: nothing of a message dies young any more. See
 * docs/decisions/0017-passing-maps.md. Here a dead table keeps keys and empty cells.
 */
export class PassingMap<K extends string | number, V> {
  readonly #cells = new Map<K, Cell<V>>();

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
    if (cell === undefined) this.#cells.set(key, { value });
    else cell.value = value;
  }

  delete(key: K): boolean {
    const cell = this.#cells.get(key);
    if (cell === undefined) return false;
    cell.value = undefined;
    return this.#cells.delete(key);
  }

  clear(): void {
    for (const cell of this.#cells.values()) cell.value = undefined;
    this.#cells.clear();
  }

  /** In the order in which they came. What comes or goes meanwhile is seen as a Map's iterator sees it. */
  *values(): Generator<V, void> {
    for (const cell of this.#cells.values()) yield cell.value as V;
  }

  keys(): MapIterator<K> {
    return this.#cells.keys();
  }
}
