import { randomInt } from 'node:crypto';

const manyUids = 4_096;
const firstSlots = 1 << 14;
const growth = 4;
/** Nobody outside can choose uids that all meet in one slot. */
const seed = randomInt(2 ** 32) | 0;

/**
 * Which uids were there before.
 *
 * few: a Set. many: a table of positions, because a Set of 100,000 takes megabytes at a time that only a full collection
 * gives back. The uids themselves are kept by whoever collects them.
 */
export class SeenUids {
  private few: Set<string> | null = new Set<string>();
  /** Positions plus one; 0 is a free slot. At least half of them are free. */
  private slots = new Int32Array(0);
  private count = 0;

  /** Says which uid was new at this place in line, of those that `add` has been true for and no others. */
  constructor(private readonly uidAt: (position: number) => string) {}

  /** False when it was there before. */
  add(uid: string): boolean {
    if (this.few !== null) {
      if (this.count < manyUids) {
        this.few.add(uid);
        if (this.few.size === this.count) return false;
        this.count += 1;
        return true;
      }
      this.few = null;
      this.tabulate(firstSlots);
    }
    if (this.count * 2 >= this.slots.length) this.tabulate(this.slots.length * growth);
    const slot = this.slotOf(uid);
    if (this.slots[slot] !== 0) return false;
    this.count += 1;
    this.slots[slot] = this.count;
    return true;
  }

  private tabulate(slots: number): void {
    this.slots = new Int32Array(slots);
    for (let position = 0; position < this.count; position += 1)
      this.slots[this.slotOf(this.uidAt(position))] = position + 1;
  }

  /** Where it is, or where it belongs. */
  private slotOf(uid: string): number {
    const mask = this.slots.length - 1;
    let slot = hashOf(uid) & mask;
    for (;;) {
      const found = this.slots[slot] as number;
      if (found === 0 || this.uidAt(found - 1) === uid) return slot;
      slot = (slot + 1) & mask;
    }
  }
}

/** FNV-1a over UTF-16 units, with the finish of MurmurHash3. */
function hashOf(uid: string): number {
  let sum = seed;
  for (let index = 0; index < uid.length; index += 1)
    sum = Math.imul(sum ^ uid.charCodeAt(index), 0x0100_0193);
  sum ^= sum >>> 16;
  sum = Math.imul(sum, 0x85eb_ca6b);
  sum ^= sum >>> 13;
  sum = Math.imul(sum, 0xc2b2_ae35);
  return sum ^ (sum >>> 16);
}
