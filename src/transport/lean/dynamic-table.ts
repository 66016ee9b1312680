/** Bytes that an entry counts besides its strings: https://www.rfc-editor.org/rfc/rfc7541#section-4.1 */
const entryOverheadBytes = 32;

/** The fields that a peer's encoder has put aside, the newest at index 0. Bounded by `maxBytes`, whatever is added. */
export class DynamicTable {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  /** Where the oldest entry stands; those before it are gone. */
  #oldest = 0;
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#names.length - this.#oldest;
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evict(maxBytes);
  }

  /** An entry larger than the whole table empties it, and is not kept. */
  add(name: string, value: string): void {
    const bytes = name.length + value.length + entryOverheadBytes;
    this.#evict(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    this.#names.push(name);
    this.#values.push(value);
    this.#bytes += bytes;
  }

  name(index: number): string {
    return this.#names[this.#names.length - 1 - index] as string;
  }

  value(index: number): string {
    return this.#values[this.#values.length - 1 - index] as string;
  }

  #evict(downToBytes: number): void {
    while (this.size > 0 && this.#bytes > downToBytes) {
      const name = this.#names[this.#oldest] as string;
      const value = this.#values[this.#oldest] as string;
      this.#bytes -= name.length + value.length + entryOverheadBytes;
      this.#names[this.#oldest] = '';
      this.#values[this.#oldest] = '';
      this.#oldest += 1;
    }
    // Dropped in bulk: each entry is moved at most once for each that came.
    if (this.#oldest < 64 || this.#oldest * 2 < this.#names.length) return;
    this.#names.splice(0, this.#oldest);
    this.#values.splice(0, this.#oldest);
    this.#oldest = 0;
  }
}
