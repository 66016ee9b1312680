import type { StoredEntry } from './entry-codec';

/** A row as this process has just stored it. */
export interface FreshRow {
  readonly sequence: number;
  readonly value: Buffer;
  readonly stored: StoredEntry;
  /** Its duplicate marks were free when it was stored, and are its own. */
  readonly marksHeld: boolean;
}

/**
 * The rows that follow a lane's cursor, kept in memory from their flush until they are handed out, so that they need not be
 * read back and decoded. What is here is always the beginning of what follows the cursor, or nothing.
 *
 * whole (everything that follows the cursor is here, new rows join) → cut (there is more on disk than here: what is here
 * goes first, then the disk is read) → whole, once the disk has been read to its end. `uncertain` beside it: a write
 * failed that may still happen, so the end of the disk is no end; over with the next write that succeeds.
 */
export class FreshRows {
  #rows: (FreshRow | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #whole = false;
  #uncertain = false;

  /** Nothing follows on disk but what is here. */
  get whole(): boolean {
    return this.#whole;
  }

  /** A row was stored. Those come in the order of their sequence; `cursor` is where the lane stands. */
  stored(row: FreshRow, cursor: number): void {
    this.#uncertain = false;
    if (!this.#whole || row.sequence <= cursor) return;
    if (this.#rows.length - this.#head >= mostRows || this.#bytes + row.value.length > mostBytes) {
      this.#whole = false;
      return;
    }
    this.#bytes += row.value.length;
    this.#rows.push(row);
  }

  /** Rows were stored that are not brought here. */
  storedElsewhere(): void {
    this.#uncertain = false;
    this.#whole = false;
  }

  /** A write was given up that may still happen. */
  mayBeStored(): void {
    this.#uncertain = true;
    this.#whole = false;
  }

  shift(): FreshRow | undefined {
    const row = this.#rows[this.#head];
    if (row === undefined) return undefined;
    this.#rows[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= row.value.length;
    if (this.#head === this.#rows.length) {
      this.#rows = [];
      this.#head = 0;
    }
    return row;
  }

  /** The disk has been read to its end. */
  readToEnd(): void {
    this.#whole = !this.#uncertain;
  }
}

const mostRows = 4_096;
const mostBytes = 4 * 1024 * 1024;
