import { hashOf } from './mark-filter';
import type { MarkRow } from './mark-row';

/** Hashes of uids. `has` is never wrong with false, and in a set of 100,000 hardly ever with true. */
class UidHashes {
  #table = new Uint32Array(64);
  size = 0;

  add(uid: string): void {
    if (this.size * 2 >= this.#table.length) this.#grow();
    this.#put(fingerprint(uid));
  }

  has(uid: string): boolean {
    const wanted = fingerprint(uid);
    const mask = this.#table.length - 1;
    for (let at = wanted & mask; ; at = (at + 1) & mask) {
      const found = this.#table[at];
      if (found === wanted) return true;
      if (found === 0) return false;
    }
  }

  #put(print: number): void {
    const mask = this.#table.length - 1;
    let at = print & mask;
    for (; this.#table[at] !== 0; at = (at + 1) & mask) if (this.#table[at] === print) return;
    this.#table[at] = print;
    this.size += 1;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Uint32Array(before.length * 2);
    this.size = 0;
    for (const print of before) if (print !== 0) this.#put(print);
  }
}

/** 0 is an empty place. */
function fingerprint(uid: string): number {
  return hashOf(uid) >>> 0 || 1;
}

/** Who has a key's recipients, as far as its rows say: all that is known of one key. */
export class MarkHolders {
  readonly #uids = new UidHashes();
  /** Made when a uid is met again, which is rare: until then the hashes say that nobody has it. */
  #rows: Map<string, MarkRow> | null = null;
  readonly #read: () => Iterable<MarkRow>;

  /** `read`: the rows that the store has of the key. */
  constructor(read: () => Iterable<MarkRow>) {
    this.#read = read;
  }

  get size(): number {
    return this.#uids.size;
  }

  /** From what was there before. */
  fill(): this {
    this.#rows = new Map();
    for (const row of this.#read()) this.add(row);
    return this;
  }

  add(row: MarkRow): void {
    for (const uid of row.uids) {
      this.#uids.add(uid);
      if (this.#rows !== null && !isOlder(row, this.#rows.get(uid))) this.#rows.set(uid, row);
    }
  }

  /** Null: the mark is free. */
  of(uid: string, now: number): string | null {
    if (!this.#uids.has(uid)) return null;
    if (this.#rows === null) this.fill();
    const row = this.#rows?.get(uid);
    return row !== undefined && row.expiresAtMs > now ? row.entryId : null;
  }
}

/** One that is over may still be there beside the one that came after it. */
function isOlder(row: MarkRow, other: MarkRow | undefined): boolean {
  return other !== undefined && row.expiresAtMs < other.expiresAtMs;
}
