import type { DuplicateMarks, MarkRequest } from '../../ports/duplicate-marks';
import type { Batch } from '../disk/batch';
import type { Environment, Table } from '../disk/environment';
import { prefixEnd } from '../disk/keys';
import { hashOf, MarkFilter } from './mark-filter';
import { MarkHolders } from './mark-holders';
import { MarkHour } from './mark-hour';
import {
  decodeMarkRow,
  encodeMarkRow,
  hourPrefix,
  markPrefix,
  markRowKey,
  mayBeOf,
  slotOf,
  type MarkRow,
  type MarkSlot,
} from './mark-row';
import type { StoreTime } from '../disk/store-time';
import type { Writer } from '../disk/writer';
import { nextTurn } from '../../../runtime/slice';

const hourMs = 3_600_000;
const sweptAtOnce = 500;
const searchedAtOnce = 1_000;
const keysRemembered = 64;
const uidsRemembered = 1_000_000;
/** A key of so few recipients is read again when it is asked for. */
const notRemembered = 16;

export interface DuplicateMarksParts {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly time: StoreTime;
}

/** Recipients of requests that ask for the same key. */
interface Run {
  readonly key: string;
  readonly uids: string[];
}

/**
 * Rows: `[hour of expiry][slot][key][number]` → who took the key, and for which recipients: one row for all the recipients of
 * a step, at the end of the table, whatever the keys are. So a group's marks cost next to nothing, and what is over is removed from the front.
 *
 * Nearly every look-up finds nothing, and each slot's filter says so without reading (see MarkHour). Keys that have many
 * recipients are remembered while they are worked off (see MarkHolders). See docs/decisions/0019-marks-in-order-of-arrival.md.
 */
export class EmbeddedDuplicateMarks implements DuplicateMarks {
  readonly #table: Table;
  readonly #filters: Table;
  readonly #hours = new Map<number, MarkHour>();
  /** Least recently used first. What they say of rows holds as long as no transaction fails. */
  readonly #remembered = new Map<string, MarkHolders>();
  #failures = 0;
  #rowNumber = 0;
  readonly #parts: DuplicateMarksParts;

  constructor(parts: DuplicateMarksParts) {
    this.#parts = parts;

    this.#table = parts.environment.table('marks');
    this.#filters = parts.environment.table('mark-filters');
    this.#findSlots();
  }

  async claim(requests: readonly MarkRequest[], entryId: string, ttlMs: number): Promise<readonly boolean[]> {
    const runs = runsOf(requests);
    // While a transaction is under way only another one knows: what was marked in it may come to nothing.
    const decided = this.#parts.writer.isCommitting ? null : this.#decided(runs, entryId);
    return decided ?? this.#parts.writer.run((batch) => this.#take(batch, runs, entryId, ttlMs));
  }

  /** Within a step that also stores the entry: marks that are free then, it has from the beginning. True: all were. */
  takeWith(batch: Batch, requests: readonly MarkRequest[], entryId: string, ttlMs: number): boolean {
    return this.#take(batch, runsOf(requests), entryId, ttlMs).every(Boolean);
  }

  /** Marks that come in between may stay. */
  async eraseUser(uid: string): Promise<void> {
    try {
      let from: Buffer | null = hourPrefix(0);
      while (from !== null) {
        const { rows, next } = this.#search(from, uid);
        if (rows.length > 0) await this.#parts.writer.run((batch) => this.#eraseFrom(batch, rows, uid));
        else await nextTurn();
        from = next;
      }
    } finally {
      this.#remembered.clear();
    }
  }

  /** Removes some of which the hour is over; resolves with how many. */
  async sweep(): Promise<number> {
    const over = Math.floor(this.#parts.time.now() / hourMs);
    if ([...this.#hours.keys()].every((hour) => hour >= over)) return 0;
    const removed = await this.#parts.writer.run((batch) => {
      let count = 0;
      for (const table of [this.#table, this.#filters]) {
        for (const key of table.getKeys({ end: hourPrefix(over), limit: sweptAtOnce })) {
          batch.remove(table, Buffer.from(key));
          count++;
        }
      }
      return count;
    });
    if (removed === 0) for (const hour of this.#hours.keys()) if (hour < over) this.#hours.delete(hour);
    return removed;
  }

  /** The answer where nothing has to be written for it: every mark is held. Null: some are free. */
  #decided(runs: readonly Run[], entryId: string): boolean[] | null {
    const now = this.#parts.time.now();
    const answers: boolean[] = [];
    for (const { key, uids } of runs) {
      const holders = this.#holdersOf(key, uids.length);
      for (const uid of uids) {
        const holder = holders?.of(uid, now) ?? null;
        if (holder === null) return null;
        answers.push(holder === entryId);
      }
    }
    return answers;
  }

  #take(batch: Batch, runs: readonly Run[], entryId: string, ttlMs: number): boolean[] {
    const now = this.#parts.time.now();
    const answers: boolean[] = [];
    for (const { key, uids } of runs) {
      const holders = this.#holdersOf(key, uids.length);
      const free: string[] = [];
      for (const uid of uids) {
        const holder = holders?.of(uid, now) ?? null;
        if (holder === null) free.push(uid);
        answers.push(holder === null || holder === entryId);
      }
      const row = { expiresAtMs: now + ttlMs, entryId, uids: free };
      this.#put(batch, key, row);
      batch.apply();
      holders?.add(row);
    }
    return answers;
  }

  #put(batch: Batch, key: string, row: MarkRow): void {
    if (row.uids.length === 0) return;
    this.#parts.time.note(batch);
    const hour = Math.floor(row.expiresAtMs / hourMs);
    const slot = this.#hour(hour).place(hashOf(key), (full, filter) =>
      batch.put(this.#filters, markPrefix({ hour, slot: full }), filter.encode()),
    );
    this.#rowNumber += 1;
    batch.put(this.#table, markRowKey({ hour, slot }, key, this.#rowNumber), encodeMarkRow(row));
  }

  /** Null: nobody has any. */
  #holdersOf(key: string, uids: number): MarkHolders | null {
    if (this.#failures !== this.#parts.writer.failures) {
      this.#remembered.clear();
      this.#failures = this.#parts.writer.failures;
    }
    const known = this.#remembered.get(key);
    if (known !== undefined) {
      this.#remembered.delete(key);
      this.#remembered.set(key, known);
      return known;
    }
    const isNew = this.#slotsOf(key).length === 0;
    if (isNew && uids === 1) return null;
    const holders = new MarkHolders(() => this.#rowsOf(key));
    if (!isNew) holders.fill();
    if (uids > 1 || holders.size > notRemembered) this.#remember(key, holders);
    return holders;
  }

  #remember(key: string, holders: MarkHolders): void {
    this.#remembered.set(key, holders);
    let uids = 0;
    for (const { size } of this.#remembered.values()) uids += size;
    for (const [oldest, { size }] of this.#remembered) {
      if (this.#remembered.size <= keysRemembered && uids <= uidsRemembered) return;
      if (oldest === key) return;
      this.#remembered.delete(oldest);
      uids -= size;
    }
  }

  *#rowsOf(key: string): Generator<MarkRow> {
    for (const slot of this.#slotsOf(key)) {
      const start = markPrefix(slot, key);
      for (const { value } of this.#table.getRange({ start, end: prefixEnd(start) }))
        yield decodeMarkRow(value);
    }
  }

  #slotsOf(key: string): readonly MarkSlot[] {
    const hash = hashOf(key);
    const first = Math.floor(this.#parts.time.now() / hourMs);
    let found: MarkSlot[] | null = null;
    for (const [hour, slots] of this.#hours) {
      if (hour < first) continue;
      for (const slot of slots.mayHave(hash)) (found ??= []).push({ hour, slot });
    }
    return found ?? none;
  }

  #hour(hour: number): MarkHour {
    const known = this.#hours.get(hour);
    if (known !== undefined) return known;
    const made = new MarkHour();
    this.#hours.set(hour, made);
    return made;
  }

  /**
   * What earlier processes left, with a step for each slot. Also filters without rows: a number that has had a filter is not used
   * again.
   */
  #findSlots(): void {
    for (const key of this.#filters.getKeys({ start: hourPrefix(0) })) {
      const at = slotOf(Buffer.from(key));
      const filter = this.#filters.get(markPrefix(at));
      this.#hour(at.hour).found(at.slot, filter === undefined ? null : MarkFilter.decode(filter));
    }
    for (let start = hourPrefix(0); ;) {
      const [found] = [...this.#table.getKeys({ start, limit: 1 })];
      if (found === undefined) return;
      const at = slotOf(Buffer.from(found));
      if (this.#filters.get(markPrefix(at)) === undefined) this.#hour(at.hour).found(at.slot, null);
      start = prefixEnd(markPrefix(at));
    }
  }

  /** Of some rows, the keys of those that may be of the uid; and where the next begin. */
  #search(start: Buffer, uid: string): { readonly rows: readonly Buffer[]; readonly next: Buffer | null } {
    const rows: Buffer[] = [];
    let last: Buffer | null = null;
    let count = 0;
    for (const { key, value } of this.#table.getRange({ start, limit: searchedAtOnce })) {
      count += 1;
      last = Buffer.from(key);
      if (mayBeOf(value, uid)) rows.push(last);
    }
    return { rows, next: count < searchedAtOnce || last === null ? null : prefixEnd(last) };
  }

  #eraseFrom(batch: Batch, rows: readonly Buffer[], uid: string): void {
    for (const key of rows) {
      const value = this.#table.get(key);
      if (value === undefined) continue;
      const row = decodeMarkRow(value);
      const uids = row.uids.filter((one) => one !== uid);
      if (uids.length === 0) batch.remove(this.#table, key);
      else batch.put(this.#table, key, encodeMarkRow({ ...row, uids }));
    }
  }
}

/** Those of a group ask for the same, one after the other. */
function runsOf(requests: readonly MarkRequest[]): Run[] {
  const runs: Run[] = [];
  for (const { uid, key } of requests) {
    const last = runs.at(-1);
    if (last?.key === key) last.uids.push(uid);
    else runs.push({ key, uids: [uid] });
  }
  return runs;
}

const none: readonly MarkSlot[] = [];
