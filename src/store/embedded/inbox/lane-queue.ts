import type { Lane } from '../../../domain/lane';
import { entryCount, type Environment, type Table } from '../disk/environment';
import { receivedAtOf } from './entry-codec';
import { FreshRows, type FreshRow } from './fresh-rows';
import { sequenceKey, sequenceOf } from '../disk/keys';

export type Row = Pick<FreshRow, 'sequence' | 'value'> & Partial<FreshRow>;

/**
 * Entries of one lane in the order of their sequence, and which of them may be handed out next.
 *
 * On disk there is only the row: there from append to settle. In memory: `cursor`, the last fresh sequence handed out
 * since the start; `formerCursor`, the last looked at of those that an earlier run handed out, up to `formerEnd`;
 * `returned`, those given back since; and `suspects`, those that were handed out before and wait until they may be again.
 */
export class LaneQueue {
  readonly table: Table;
  /** Rows up to here were there when the store was opened: they may carry a record of earlier claims. */
  readonly lastAtOpen: number;
  #cursor: number;
  #formerCursor = 0;
  readonly #returned: number[] = [];
  readonly #suspects: number[] = [];
  readonly #fresh = new FreshRows();
  readonly #formerEnd: number;

  /** `formerEnd`: the last sequence that an earlier run handed out. */
  constructor(
    environment: Environment,
    readonly lane: Lane,
    formerEnd: number,
  ) {
    this.#formerEnd = formerEnd;

    this.#cursor = formerEnd;
    this.table = environment.table(`inbox-${lane}`);
    let last = 0;
    for (const key of this.table.getKeys({ reverse: true, limit: 1 })) last = sequenceOf(key);
    this.lastAtOpen = last;
  }

  /**
   * Offers rows that nobody holds until `max` are taken: given-back ones, then those handed out before, then fresh ones.
   * A row that is taken counts as handed out from here on. One that is not stays, and nothing else that was handed out
   * before is offered: suspects come in order. Returns how many were taken.
   */
  offer(max: number, take: (row: Row) => boolean): number {
    let taken = 0;
    while (taken < max) {
      const sequence = this.#returned.shift();
      if (sequence === undefined) break;
      const value = this.table.get(sequenceKey(sequence));
      if (value === undefined) continue;
      if (take({ sequence, value })) taken++;
      else insert(this.#suspects, sequence);
    }
    taken += this.#offerSuspects(max - taken, take);
    return taken + this.#offerFresh(max - taken, take);
  }

  giveBack(sequence: number, handedOutBefore: boolean): void {
    insert(handedOutBefore ? this.#suspects : this.#returned, sequence);
  }

  #offerSuspects(max: number, take: (row: Row) => boolean): number {
    let taken = 0;
    while (taken < max) {
      const [sequence] = this.#suspects;
      if (sequence === undefined) break;
      const value = this.table.get(sequenceKey(sequence));
      if (value !== undefined) {
        if (!take({ sequence, value })) return taken;
        taken++;
      }
      this.#suspects.shift();
    }
    const former = { start: sequenceKey(this.#formerCursor + 1), end: sequenceKey(this.#formerEnd + 1) };
    if (taken >= max || this.#formerCursor >= this.#formerEnd) return taken;
    for (const { key, value } of this.table.getRange({ ...former, limit: max - taken })) {
      this.#formerCursor = sequenceOf(key);
      if (!take({ sequence: this.#formerCursor, value })) {
        insert(this.#suspects, this.#formerCursor);
        return taken;
      }
      if (++taken >= max) return taken;
    }
    this.#formerCursor = this.#formerEnd;
    return taken;
  }

  #offerFresh(max: number, take: (row: Row) => boolean): number {
    let taken = 0;
    const handOut = (row: Row): void => {
      this.#cursor = row.sequence;
      if (take(row)) taken++;
      // The marks of an earlier run were lost: it was handed out all the same, as its claim record says.
      else insert(this.#suspects, row.sequence);
    };
    while (taken < max) {
      const row = this.#fresh.shift();
      if (row === undefined) break;
      handOut(row);
    }
    if (taken >= max || this.#fresh.whole) return taken;
    const limit = max - taken;
    let read = 0;
    for (const { key, value } of this.table.getRange({ start: sequenceKey(this.#cursor + 1), limit })) {
      read++;
      handOut({ sequence: sequenceOf(key), value });
    }
    if (read < limit) this.#fresh.readToEnd();
    return taken;
  }

  /** A row of this lane is on disk. Rows are told of in their order. */
  stored(row: FreshRow): void {
    this.#fresh.stored(row, this.#cursor);
  }

  /** Rows of this lane are on disk that are too many to be kept here. */
  storedElsewhere(): void {
    this.#fresh.storedElsewhere();
  }

  /** Rows of this lane could not be written, as far as one knows. */
  mayBeStored(): void {
    this.#fresh.mayBeStored();
  }

  depth(): number {
    return entryCount(this.table);
  }

  oldestReceivedAtMs(): number | null {
    for (const { value } of this.table.getRange({ limit: 1 })) return receivedAtOf(value);
    return null;
  }
}

export function entryId(lane: Lane, sequence: number): string {
  return (lane === 'direct' ? 'd' : 'b') + sequence.toString(36);
}

/** Null for what is no id of an entry. */
export function parseEntryId(id: string): { readonly lane: Lane; readonly sequence: number } | null {
  const lane = id.startsWith('d') ? 'direct' : id.startsWith('b') ? 'bulk' : null;
  const sequence = Number.parseInt(id.slice(1), 36);
  return lane !== null && Number.isSafeInteger(sequence) && sequence >= 0 && entryId(lane, sequence) === id
    ? { lane, sequence }
    : null;
}

/** Keeps the list in order, and each sequence in it once. */
function insert(sequences: number[], sequence: number): void {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sequences[middle] ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  if (sequences[low] !== sequence) sequences.splice(low, 0, sequence);
}
