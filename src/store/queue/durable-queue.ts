import { entryCount, type Table } from '../embedded/disk/environment';
import { sequenceKey, sequenceOf } from '../embedded/disk/keys';
import type { Writer } from '../embedded/disk/writer';
import { StoreUnavailableError } from '../ports/errors';

export interface QueueItem {
  /** Its place in the queue. */
  readonly sequence: number;
  readonly bytes: Buffer;
}

/**
 * Raw bytes in the order in which they were appended, on local disk.
 *
 * An item is waiting (a row) → taken (a row, in the hands of this process) → settled (no row). A restart finds everything that has
 * a row, in its order: what was taken and not settled comes again. One drain takes from a queue.
 */
export class DurableQueue {
  /** Appends that are not on disk yet. */
  writing = 0;
  #depth: number;
  #last = 0;
  #cursor = 0;
  #settled: number[] = [];
  #settling: Promise<void> | null = null;
  readonly #table: Table;
  readonly #writer: Writer;
  readonly #maxItems: number;

  constructor(table: Table, writer: Writer, maxItems: number) {
    this.#table = table;
    this.#writer = writer;
    this.#maxItems = maxItems;
    this.#depth = entryCount(table);
    for (const key of table.getKeys({ reverse: true, limit: 1 })) this.#last = sequenceOf(key);
  }

  /** Items that are not settled, those that are taken included. */
  get depth(): number {
    return this.#depth;
  }

  /**
   * Resolves when the item is flushed to disk. Rejects with StoreUnavailableError when the queue is full or the disk fails; an
   * append that was rejected may still have happened.
   */
  async append(bytes: Buffer): Promise<void> {
    if (this.#depth + this.writing >= this.#maxItems)
      throw new StoreUnavailableError(`the queue has reached its limit of ${this.#maxItems} items`);
    const sequence = ++this.#last;
    this.writing++;
    try {
      await this.#writer.run((batch) => batch.put(this.#table, sequenceKey(sequence), bytes), 'grow');
      this.#depth++;
    } finally {
      this.writing--;
    }
  }

  /** The oldest items that this process has not taken yet: up to `max`, and no further one once they are `maxBytes` together. */
  take(max: number, maxBytes: number): QueueItem[] {
    const items: QueueItem[] = [];
    let bytes = 0;
    if (max <= 0) return items;
    for (const { key, value } of this.#table.getRange({ start: sequenceKey(this.#cursor + 1), limit: max })) {
      this.#cursor = sequenceOf(key);
      items.push({ sequence: this.#cursor, bytes: value });
      bytes += value.length;
      if (bytes >= maxBytes) break;
    }
    return items;
  }

  /** The bytes of the oldest item that is not settled; null where there is none. */
  first(): Buffer | null {
    for (const { value } of this.#table.getRange({ limit: 1 })) return value;
    return null;
  }

  /** The bytes of an item that was taken; null once it is settled. */
  read(sequence: number): Buffer | null {
    return this.#table.get(sequenceKey(sequence)) ?? null;
  }

  /** Items that have left. `flush` resolves when that is on disk; a crash until then brings them again. */
  settle(sequences: readonly number[]): void {
    this.#depth = Math.max(0, this.#depth - sequences.length);
    for (const sequence of sequences) this.#settled.push(sequence);
    void this.flush().catch(() => {});
  }

  /** No more can be taken, and so many were not settled. An append that was rejected and happened is not counted otherwise. */
  onlyLeft(items: number): void {
    if (this.writing === 0) this.#depth = items;
  }

  /** Rejects with StoreUnavailableError; the next flush tries again. */
  async flush(): Promise<void> {
    while (this.#settling !== null) await this.#settling;
    if (this.#settled.length === 0) return;
    const settled = this.#settled;
    this.#settled = [];
    const remove = this.#writer.run((batch) => {
      for (const sequence of settled) batch.remove(this.#table, sequenceKey(sequence));
    });
    this.#settling = remove.finally(() => (this.#settling = null));
    try {
      await this.#settling;
    } catch (error) {
      this.#settled = settled.concat(this.#settled);
      throw error;
    }
  }
}
