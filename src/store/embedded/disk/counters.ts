import type { Table } from './environment';
import { decodeNumber, encodeNumber } from './value-codec';

/**
 * Totals that would cost a scan to count, kept in step with the rows by the same transaction.
 *
 * A change is pending from the operation that makes it until its transaction ends: committed, it joins the total;
 * rolled back, it is dropped. Each changed counter is written once a transaction, however many operations changed it.
 */
export class Counters {
  readonly #committed = new Map<string, number>();
  readonly #pending = new Map<string, number>();
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;

    for (const { key, value } of table.getRange({}))
      this.#committed.set(Buffer.from(key).toString('utf8'), decodeNumber(value));
  }

  get(name: string): number {
    return (this.#committed.get(name) ?? 0) + (this.#pending.get(name) ?? 0);
  }

  /** Committed totals whose names start with `prefix`, without it; zeros left out. */
  under(prefix: string): Record<string, number> {
    const totals: Record<string, number> = {};
    for (const [name, total] of this.#committed)
      if (total > 0 && name.startsWith(prefix)) totals[name.slice(prefix.length)] = total;
    return totals;
  }

  add(name: string, delta: number): void {
    this.#pending.set(name, (this.#pending.get(name) ?? 0) + delta);
  }

  /** Inside the transaction, after its last operation. */
  write(): void {
    for (const [name, delta] of this.#pending) {
      if (delta === 0) continue;
      const total = (this.#committed.get(name) ?? 0) + delta;
      const key = Buffer.from(name);
      void (total === 0 ? this.#table.remove(key) : this.#table.put(key, encodeNumber(total)));
    }
  }

  commit(): void {
    for (const [name, delta] of this.#pending) {
      const total = (this.#committed.get(name) ?? 0) + delta;
      if (total === 0) this.#committed.delete(name);
      else this.#committed.set(name, total);
    }
    this.#pending.clear();
  }

  rollback(): void {
    this.#pending.clear();
  }
}
