import type { TextList, TextSpans } from './text-list';

const quote = 0x22;
const leastSlots = 64;

/**
 * Which uids of some lists were there before, told by their bytes: a table of where each stands, because a Set of a
 * hundred thousand strings takes megabytes that only a full collection gives back.
 */
export class KnownUids {
  /** Where the first of each stands, in the bytes of all lists one after the other, plus one; 0 is a free slot. */
  readonly #slots: Int32Array;
  readonly #bases: readonly number[];

  constructor(private readonly lists: readonly TextList[]) {
    const texts = lists.reduce((sum, list) => sum + list.texts, 0);
    this.#slots = new Int32Array(Math.max(leastSlots, 2 ** Math.ceil(Math.log2(texts * 2 + 1))));
    let base = 0;
    this.#bases = lists.map(({ bytes }) => {
      const own = base;
      base += bytes.length;
      return own;
    });
  }

  /** False when the string that `spans` is at, in the list number `index`, was there before. */
  add(index: number, spans: TextSpans): boolean {
    const mask = this.#slots.length - 1;
    for (let slot = spans.hash & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot] as number;
      if (found === 0) {
        this.#slots[slot] = (this.#bases[index] as number) + spans.from + 1;
        return true;
      }
      if (this.#stands(found - 1, spans)) return false;
    }
  }

  #stands(at: number, { list, from, to }: TextSpans): boolean {
    let index = this.#bases.length - 1;
    while ((this.#bases[index] as number) > at) index -= 1;
    const { bytes } = this.lists[index] as TextList;
    const start = at - (this.#bases[index] as number);
    for (let offset = to - from - 1; offset >= 0; offset -= 1)
      if (bytes[start + offset] !== list.bytes[from + offset]) return false;
    return bytes[start + to - from] === quote;
  }
}
