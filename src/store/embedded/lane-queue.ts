import type { Lane } from '../../domain/work';
import { entryCount, type Environment, type Table } from './environment';
import { receivedAtOf } from './entry-codec';
import { sequenceKey, sequenceOf } from './keys';

export interface Row {
  readonly sequence: number;
  readonly value: Buffer;
}

/**
 * Entries of one lane in the order of their sequence, and which of them may be handed out next.
 *
 * On disk there is only the row: there from append to settle. In memory: `cursor`, the last sequence handed out since
 * the start, and `returned`, those handed out and given back since. A restart begins with the cursor at zero, so what
 * the dead process held comes first, by itself.
 */
export class LaneQueue {
  readonly table: Table;
  /** Rows up to here were there when the store was opened: they may carry a record of earlier claims. */
  readonly lastAtOpen: number;
  private cursor = 0;
  private returned: number[] = [];

  constructor(
    environment: Environment,
    readonly lane: Lane,
  ) {
    this.table = environment.table(`inbox-${lane}`);
    let last = 0;
    for (const key of this.table.getKeys({ reverse: true, limit: 1 })) last = sequenceOf(key);
    this.lastAtOpen = last;
  }

  /** Up to `max` rows that nobody holds, given-back ones first. They count as handed out from here on. */
  take(max: number): Row[] {
    const rows: Row[] = [];
    while (rows.length < max) {
      const sequence = this.returned.shift();
      if (sequence === undefined) break;
      const value = this.table.get(sequenceKey(sequence));
      if (value !== undefined) rows.push({ sequence, value });
    }
    if (rows.length < max) {
      for (const { key, value } of this.table.getRange({
        start: sequenceKey(this.cursor + 1),
        limit: max - rows.length,
      })) {
        this.cursor = sequenceOf(key);
        rows.push({ sequence: this.cursor, value });
      }
    }
    return rows;
  }

  giveBack(sequence: number): void {
    let low = 0;
    let high = this.returned.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.returned[middle] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    if (this.returned[low] !== sequence) this.returned.splice(low, 0, sequence);
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
