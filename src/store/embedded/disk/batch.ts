import type { Counters } from './counters';
import type { Table } from './environment';

/**
 * Writes of one operation, held back until it has returned: an operation that throws has written nothing.
 * Reads inside an operation see what earlier operations (and earlier `apply`s) wrote, not what is held back.
 */
export class Batch {
  readonly #tables: Table[] = [];
  readonly #keys: Buffer[] = [];
  readonly #values: (Buffer | null)[] = [];
  readonly #counts: { readonly name: string; readonly delta: number }[] = [];
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  put(table: Table, key: Buffer, value: Buffer): void {
    this.#tables.push(table);
    this.#keys.push(key);
    this.#values.push(value);
  }

  remove(table: Table, key: Buffer): void {
    this.#tables.push(table);
    this.#keys.push(key);
    this.#values.push(null);
  }

  count(name: string, delta: number): void {
    if (delta !== 0) this.#counts.push({ name, delta });
  }

  /** Ends one atomic step of an operation that has several. */
  apply(): void {
    for (let index = 0; index < this.#tables.length; index++) {
      const table = this.#tables[index];
      const key = this.#keys[index];
      const value = this.#values[index];
      if (table === undefined || key === undefined || value === undefined) continue;
      void (value === null ? table.remove(key) : table.put(key, value));
    }
    for (const { name, delta } of this.#counts) this.#counters.add(name, delta);
    this.discard();
  }

  discard(): void {
    this.#tables.length = 0;
    this.#keys.length = 0;
    this.#values.length = 0;
    this.#counts.length = 0;
  }
}
