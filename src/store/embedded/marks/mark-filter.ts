/** With five probes one look-up in a hundred is answered wrongly. */
const bitsPerKey = 10;
const probes = 5;

/**
 * A Bloom filter: knows of nearly all keys that were never added that they were not. `mayHave` is never wrong with false.
 * A key is its hash, as `hashOf` has it.
 */
export class MarkFilter {
  readonly #words: Uint32Array;
  readonly #mask: number;

  private constructor(words: Uint32Array) {
    this.#words = words;
    this.#mask = words.length * 32 - 1;
  }

  /** How many keys it is for, as many as were asked for at least. */
  get capacity(): number {
    return Math.floor((this.#words.length * 32) / bitsPerKey);
  }

  static forKeys(keys: number): MarkFilter {
    return new MarkFilter(new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(32, keys * bitsPerKey) / 32))));
  }

  /** What `encode` left. Null where that is no filter. */
  static decode(bytes: Buffer): MarkFilter | null {
    const words = bytes.length / 4;
    if (!Number.isInteger(Math.log2(words))) return null;
    return new MarkFilter(Uint32Array.from({ length: words }, (_, index) => bytes.readUInt32LE(index * 4)));
  }

  encode(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#words.length * 4);
    this.#words.forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
    return bytes;
  }

  add(hash: number): void {
    const step = stepOf(hash);
    for (let probe = 0, bit = hash; probe < probes; probe += 1, bit = (bit + step) | 0) {
      const index = bit & this.#mask;
      this.#words[index >>> 5] = (this.#words[index >>> 5] ?? 0) | (1 << (index & 31));
    }
  }

  mayHave(hash: number): boolean {
    const step = stepOf(hash);
    for (let probe = 0, bit = hash; probe < probes; probe += 1, bit = (bit + step) | 0) {
      const index = bit & this.#mask;
      if (((this.#words[index >>> 5] ?? 0) & (1 << (index & 31))) === 0) return false;
    }
    return true;
  }
}

/** A filter for any number of keys: one behind the other, each four times the one before as far as to 1 MiB. */
export class GrowingFilter {
  readonly #layers: MarkFilter[] = [];
  #left = 0;

  add(hash: number): void {
    if (this.#left === 0) this.#grow();
    this.#left -= 1;
    this.#layers[this.#layers.length - 1]?.add(hash);
  }

  mayHave(hash: number): boolean {
    for (const layer of this.#layers) if (layer.mayHave(hash)) return true;
    return false;
  }

  #grow(): void {
    const last = this.#layers[this.#layers.length - 1];
    const layer = MarkFilter.forKeys(last === undefined ? firstKeys : Math.min(last.capacity * 4, mostKeys));
    this.#layers.push(layer);
    this.#left = layer.capacity;
  }
}

const firstKeys = 13_000;
/** 1 MiB. */
const mostKeys = 838_860;

/** FNV-1a with the finish of MurmurHash3: the last characters must reach all bits. Filters are written down: it stays as it is. */
export function hashOf(text: string): number {
  let sum = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1)
    sum = Math.imul(sum ^ text.charCodeAt(index), 0x0100_0193);
  sum ^= sum >>> 16;
  sum = Math.imul(sum, 0x85eb_ca6b);
  sum ^= sum >>> 13;
  sum = Math.imul(sum, 0xc2b2_ae35);
  return sum ^ (sum >>> 16);
}

/** Odd, so that the probes of a key differ. */
function stepOf(first: number): number {
  return Math.imul(first ^ (first >>> 15), 0x2c1b_3c6d) | 1;
}
