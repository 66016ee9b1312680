/**
 * Knows of most keys that they were never added, without a look at the disk: a Bloom filter in layers, each four times
 * the one before up to 2 MiB, so that a quiet relay pays for little and a busy one is still answered. `mayHave` is never wrong with
 * false. full: the last layer has its share; from then on everything may be there.
 */
export class MarkFilter {
  readonly #layers: Uint32Array[] = [];
  #left = 0;
  #full = false;

  /** `hash` as `hashOf` has it. */
  add(hash: number): void {
    if (this.#full) return;
    if (this.#left === 0 && !this.#grow()) return;
    this.#left -= 1;
    const bits = this.#layers[this.#layers.length - 1];
    if (bits === undefined) return;
    const step = stepOf(hash);
    const mask = bits.length * 32 - 1;
    for (let probe = 0, bit = hash; probe < probes; probe += 1, bit = (bit + step) | 0) {
      const index = bit & mask;
      bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
    }
  }

  mayHave(hash: number): boolean {
    if (this.#full) return true;
    const step = stepOf(hash);
    return this.#layers.some((bits) => hasAll(bits, hash, step));
  }

  #grow(): boolean {
    const last = this.#layers[this.#layers.length - 1];
    if (this.#layers.length === mostLayers) {
      this.#full = true;
      this.#layers.length = 0;
      return false;
    }
    const words = last === undefined ? firstWords : Math.min(last.length * 4, largestWords);
    this.#layers.push(new Uint32Array(words));
    this.#left = Math.floor((words * 32) / bitsPerKey);
    return true;
  }
}

function hasAll(bits: Uint32Array, first: number, step: number): boolean {
  const mask = bits.length * 32 - 1;
  for (let probe = 0, bit = first; probe < probes; probe += 1, bit = (bit + step) | 0) {
    const index = bit & mask;
    if (((bits[index >>> 5] ?? 0) & (1 << (index & 31))) === 0) return false;
  }
  return true;
}

/** FNV-1a from `start` on, with the finish of MurmurHash3: the last bytes must reach all bits. */
export function hashOf(key: Uint8Array, start: number): number {
  let sum = 0x811c_9dc5;
  for (let index = start; index < key.length; index += 1)
    sum = Math.imul(sum ^ (key[index] ?? 0), 0x0100_0193);
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

const probes = 5;
const bitsPerKey = 10;
/** 32 KiB. */
const firstWords = 1 << 13;
/** 2 MiB. */
const largestWords = 1 << 19;
/** 10.7 MiB together, for eight million keys. */
const mostLayers = 8;
