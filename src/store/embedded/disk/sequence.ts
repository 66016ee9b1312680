import type { Table } from './environment';
import { decodeNumber, encodeNumber } from './value-codec';
import type { Writer } from './writer';

const key = Buffer.from('sequence');
const reservedAtOnce = 1_000_000;

/**
 * Numbers that never come twice, also across crashes: a duplicate mark holds an entry's id, and an id that came twice
 * would let a repeated message through. Numbers are reserved on disk a million at a time, ahead of their use.
 */
export class Sequence {
  #extending = false;
  readonly #table: Table;
  readonly #writer: Writer;
  #last: number;
  #reserved: number;

  private constructor(table: Table, writer: Writer, last: number, reserved: number) {
    this.#table = table;
    this.#writer = writer;
    this.#last = last;
    this.#reserved = reserved;
  }

  static async open(table: Table, writer: Writer, lastInUse: number): Promise<Sequence> {
    const stored = table.get(key);
    const last = Math.max(lastInUse, stored === undefined ? 0 : decodeNumber(stored));
    const sequence = new Sequence(table, writer, last, last);
    await sequence.#extend();
    return sequence;
  }

  next(): number {
    if (this.#last + reservedAtOnce / 2 > this.#reserved && !this.#extending)
      void this.#extend().catch(() => {});
    return ++this.#last;
  }

  async #extend(): Promise<void> {
    this.#extending = true;
    const reserved = this.#last + reservedAtOnce;
    try {
      await this.#writer.run((batch) => batch.put(this.#table, key, encodeNumber(reserved)));
      this.#reserved = reserved;
    } finally {
      this.#extending = false;
    }
  }
}
