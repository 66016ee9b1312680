import type { MarkRow } from './mark-row';

/** Who has a key's recipients, as far as its rows say: all that is known of one key. */
export class MarkHolders {
  readonly #rows = new Map<string, MarkRow>();

  constructor(rows: Iterable<MarkRow>) {
    for (const row of rows) this.add(row);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** One that is over may still be there beside the one that came after it. */
  add(row: MarkRow): void {
    for (const uid of row.uids) {
      const known = this.#rows.get(uid);
      if (known === undefined || row.expiresAtMs >= known.expiresAtMs) this.#rows.set(uid, row);
    }
  }

  /** Null: the mark is free. */
  of(uid: string, now: number): string | null {
    const row = this.#rows.get(uid);
    return row !== undefined && row.expiresAtMs > now ? row.entryId : null;
  }
}
