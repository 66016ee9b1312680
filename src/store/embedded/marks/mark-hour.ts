import { GrowingFilter, MarkFilter } from './mark-filter';

/** A slot takes at least so many rows, and at least this share of what its hour holds: there are some hundreds at most. */
const least = 1_024;
const share = 128;
/** 10 MiB of filters; what comes then has none. */
const mostFiltered = 4 * 1024 * 1024;

interface Slot {
  readonly number: number;
  /** Null: anything may be in it. */
  readonly filter: MarkFilter | null;
}

/**
 * The marks that expire in one hour, in slots: the newest takes all new rows, so a transaction writes to few pages however
 * many marks there are. A full slot's filter is written down, because that it cannot hold a key must be known after a
 * restart, too.
 */
export class MarkHour {
  readonly #earlier: Slot[] = [];
  readonly #own: Slot[] = [];
  /** Of all own slots that have one: it spares asking each. */
  readonly #filter = new GrowingFilter();
  #nextNumber = 0;
  #left = 0;
  #rows = 0;

  /** A slot of an earlier process. */
  found(number: number, filter: MarkFilter | null): void {
    this.#earlier.push({ number, filter });
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
  }

  /** Numbers of the slots that may hold the key. */
  mayHave(hash: number): readonly number[] {
    let found = slotsWith(this.#earlier, hash);
    // The last one has no filter where there are very many.
    const isOpenEnded = this.#left === Number.POSITIVE_INFINITY;
    if (isOpenEnded || this.#filter.mayHave(hash)) found = found.concat(slotsWith(this.#own, hash));
    return found;
  }

  /** The slot for a row to come, of that key. `completed` is told of each slot that this makes full. */
  place(hash: number, completed: (number: number, filter: MarkFilter) => void): number {
    if (this.#left === 0) this.#open();
    const slot = this.#own[this.#own.length - 1];
    if (slot === undefined) throw new Error('no slot is open');
    this.#rows += 1;
    this.#left -= 1;
    if (slot.filter !== null) {
      slot.filter.add(hash);
      this.#filter.add(hash);
      if (this.#left === 0) completed(slot.number, slot.filter);
    }
    return slot.number;
  }

  #open(): void {
    const wanted = Math.max(least, Math.floor(this.#rows / share));
    const filter = this.#rows + wanted <= mostFiltered ? MarkFilter.forKeys(wanted) : null;
    this.#left = filter?.capacity ?? Number.POSITIVE_INFINITY;
    this.#own.push({ number: this.#nextNumber, filter });
    this.#nextNumber += 1;
  }
}

function slotsWith(slots: readonly Slot[], hash: number): readonly number[] {
  let found: number[] | null = null;
  for (const { number, filter } of slots) if (filter?.mayHave(hash) !== false) (found ??= []).push(number);
  return found ?? none;
}

const none: readonly number[] = [];
