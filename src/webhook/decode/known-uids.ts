import { hashOf, type TextList, type TextSpans } from './text-list';

const quote = 0x22;
const backslash = 0x5c;
const leastSlots = 64;

/**
 * Which uids of some lists were there before: a table of where each stands in its bytes, because a Set of a hundred thousand
 * strings takes megabytes that only a full collection gives back. However it is written, a uid is the same.
 */
export class KnownUids {
  /**
   * Where the first of each stands, in the bytes of all lists one after the other, plus one; negative where it is written with
   * escapes. 0 is a free slot.
   */
  readonly #slots: Int32Array;
  readonly #bases: readonly number[];
  readonly #lists: readonly TextList[];

  constructor(lists: readonly TextList[]) {
    this.#lists = lists;

    const texts = lists.reduce((sum, list) => sum + list.texts, 0);
    this.#slots = new Int32Array(Math.max(leastSlots, 2 ** Math.ceil(Math.log2(texts * 2 + 1))));
    let base = 0;
    this.#bases = lists.map(({ bytes }) => {
      const own = base;
      base += bytes.length;
      return own;
    });
  }

  /** False when `uid`, which `spans` is at in the list number `index`, was there before. */
  add(index: number, spans: TextSpans, uid: string): boolean {
    const mask = this.#slots.length - 1;
    const { isEscaped } = spans;
    const hash = isEscaped ? hashOf(Buffer.from(uid), spans.seed) : spans.hash;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot] as number;
      if (found === 0) {
        const place = (this.#bases[index] as number) + spans.from + 1;
        this.#slots[slot] = isEscaped ? -place : place;
        return true;
      }
      const isSame =
        found > 0 && !isEscaped ? this.#stands(found - 1, spans) : this.#textAt(Math.abs(found) - 1) === uid;
      if (isSame) return false;
    }
  }

  #stands(place: number, { list, from, to }: TextSpans): boolean {
    const { bytes, at } = this.#locate(place);
    for (let offset = to - from - 1; offset >= 0; offset -= 1)
      if (bytes[at + offset] !== list.bytes[from + offset]) return false;
    return bytes[at + to - from] === quote;
  }

  #textAt(place: number): string {
    const { bytes, at } = this.#locate(place);
    let end = at;
    while (bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
    return JSON.parse(bytes.toString('utf8', at - 1, end + 1)) as string;
  }

  #locate(place: number): { readonly bytes: Buffer; readonly at: number } {
    let index = this.#bases.length - 1;
    while ((this.#bases[index] as number) > place) index -= 1;
    const { bytes } = this.#lists[index] as TextList;
    return { bytes, at: place - (this.#bases[index] as number) };
  }
}
