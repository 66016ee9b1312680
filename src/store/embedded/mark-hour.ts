import { MarkFilter } from './mark-filter';

/** A slot takes at least so many rows, and at least this share of what its hour holds: there are some two hundred at most. */
const least = 8_192;
const share = 32;
/** 16 MiB of filters; what comes then has no filter. */
const mostFiltered = 8 * 1024 * 1024;

interface Slot {
  readonly number: number;
  /** Null: anything may be in it. */
  readonly filter: MarkFilter | null;
  left: number;
}

/**
 * The marks that expire in one hour, in slots: the newest takes all new rows, so a transaction writes to few pages however
 * many marks there are. A full slot's filter is written down, because that it cannot hold a key must be known after a
 * restart, too.
 */
export class MarkHour {
  readonly #slots: Slot[] = [];
  #newest: Slot | null = null;
  #rows = 0;

  /** A slot of an earlier process. */
  found(number: number, filter: MarkFilter | null): void {
    this.#slots.push({ number, filter, left: 0 });
  }

  /** Numbers of the slots that may hold the key. */
  mayHave(hash: number): readonly number[] {
    let found: number[] | null = null;
    for (const { number, filter } of this.#slots)
      if (filter?.mayHave(hash) !== false) (found ??= []).push(number);
    return found ?? none;
  }

  /** The slot for a row to come, of that key. `completed` is told of each slot that this makes full. */
  place(hash: number, completed: (number: number, filter: MarkFilter) => void): number {
    const slot = (this.#newest ??= this.#open());
    slot.filter?.add(hash);
    this.#rows += 1;
    slot.left -= 1;
    if (slot.left === 0) {
      if (slot.filter !== null) completed(slot.number, slot.filter);
      this.#newest = null;
    }
    return slot.number;
  }

  #open(): Slot {
    const last = this.#slots[this.#slots.length - 1];
    const number = last === undefined ? 0 : last.number + 1;
    const capacity = Math.max(least, Math.floor(this.#rows / share));
    const isFiltered = this.#rows + capacity <= mostFiltered;
    const slot = {
      number,
      filter: isFiltered ? MarkFilter.forKeys(capacity) : null,
      left: isFiltered ? capacity : Number.POSITIVE_INFINITY,
    };
    this.#slots.push(slot);
    return slot;
  }
}

const none: readonly number[] = [];
