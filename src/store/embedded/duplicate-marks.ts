import type { Clock } from '../../domain/clock';
import type { DuplicateMarks, MarkRequest } from '../ports/duplicate-marks';
import type { Batch } from './batch';
import type { Environment, Table } from './environment';
import { bucketKey, textKey } from './keys';
import { hashOf, MarkFilter } from './mark-filter';
import { decodeNumber } from './records';
import { removeUnder } from './rows';
import type { Writer } from './writer';

/**
 * Marks of one hour of expiry stand together, so that the oldest can be removed from the front without an index. A
 * look-up asks each hour that may hold a live mark: two for the usual window of an hour.
 */
const bucketMs = 3_600_000;
const sweptAtOnce = 500;
const bucketBytes = 4;

export interface DuplicateMarksParts {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly clock: Clock;
}

/**
 * Rows: `[u32 hour of expiry][uid][key]` → `[f64 expires][entry id]`.
 *
 * Nearly every look-up finds nothing, so each hour that began under this process has a filter that says so without
 * reading. Of the hours that were there when the store was opened nothing is known.
 */
export class EmbeddedDuplicateMarks implements DuplicateMarks {
  private readonly table: Table;
  private newestBucket: number;
  /** Up to this hour there is no filter. */
  private unfiltered: number;
  private readonly filters = new Map<number, MarkFilter>();

  constructor(private readonly parts: DuplicateMarksParts) {
    this.table = parts.environment.table('duplicate-marks');
    this.newestBucket = 0;
    for (const key of this.table.getKeys({ reverse: true, limit: 1 }))
      this.newestBucket = Buffer.from(key).readUInt32BE(0);
    this.unfiltered = this.newestBucket;
  }

  async claim(requests: readonly MarkRequest[], entryId: string, ttlMs: number): Promise<readonly boolean[]> {
    if (requests.length === 0) return [];
    const prepared = requests.map(keysOf);
    return (
      this.decided(prepared, entryId) ??
      this.parts.writer.run((batch) => this.take(batch, prepared, entryId, ttlMs))
    );
  }

  /** Within a step that also stores the entry: marks that are free then, it has from the beginning. True: all were. */
  takeWith(batch: Batch, requests: readonly MarkRequest[], entryId: string, ttlMs: number): boolean {
    return this.take(batch, requests.map(keysOf), entryId, ttlMs).every(Boolean);
  }

  /** The answer where nothing has to be written for it: every mark is held. Null: some are free. */
  private decided(prepared: readonly (readonly Buffer[])[], entryId: string): boolean[] | null {
    const now = this.parts.clock.now();
    const answers: boolean[] = [];
    for (const keys of prepared) {
      let mine = true;
      for (const key of keys) {
        const holder = this.holder(key, now);
        if (holder === null) return null;
        mine &&= holder === entryId;
      }
      answers.push(mine);
    }
    return answers;
  }

  private take(
    batch: Batch,
    prepared: readonly (readonly Buffer[])[],
    entryId: string,
    ttlMs: number,
  ): boolean[] {
    const now = this.parts.clock.now();
    const expiresAtMs = now + ttlMs;
    const bucket = Math.floor(expiresAtMs / bucketMs);
    this.newestBucket = Math.max(this.newestBucket, bucket);
    const mark = Buffer.allocUnsafe(8 + Buffer.byteLength(entryId));
    mark.writeDoubleBE(expiresAtMs, 0);
    mark.write(entryId, 8);
    return prepared.map((keys) => {
      const free: Buffer[] = [];
      for (const key of keys) {
        const holder = this.holder(key, now);
        if (holder === null) free.push(key);
        else if (holder !== entryId) return false;
      }
      for (const key of free) {
        key.writeUInt32BE(bucket);
        this.filterOf(bucket)?.add(hashOf(key, bucketBytes));
        batch.put(this.table, key, mark);
      }
      batch.apply();
      return true;
    });
  }

  async eraseUser(uid: string): Promise<void> {
    const part = textKey(uid);
    for (let bucket = this.oldestBucket(); bucket <= this.newestBucket; bucket++) {
      await removeUnder(this.parts.writer, this.table, inBucket(bucket, part));
    }
  }

  /** Removes some of which the hour is over; resolves with how many. */
  async sweep(): Promise<number> {
    const over = Math.floor(this.parts.clock.now() / bucketMs);
    if (this.oldestBucket() >= over) return 0;
    return await this.parts.writer.run((batch) => {
      let removed = 0;
      for (const key of this.table.getKeys({ end: inBucket(over, Buffer.alloc(0)), limit: sweptAtOnce })) {
        batch.remove(this.table, Buffer.from(key));
        removed++;
      }
      return removed;
    });
  }

  /** Writes over the key's bucket. */
  private holder(key: Buffer, now: number): string | null {
    // Each hour's filter is its own, so the hour need not be in the hash.
    const hash = hashOf(key, bucketBytes);
    for (let bucket = Math.floor(now / bucketMs); bucket <= this.newestBucket; bucket++) {
      if (this.filterOf(bucket)?.mayHave(hash) === false) continue;
      key.writeUInt32BE(bucket);
      const mark = this.table.get(key);
      if (mark !== undefined && decodeNumber(mark) > now) return mark.toString('utf8', 8);
    }
    return null;
  }

  private filterOf(bucket: number): MarkFilter | undefined {
    if (bucket <= this.unfiltered) return undefined;
    let filter = this.filters.get(bucket);
    if (filter === undefined) {
      filter = new MarkFilter();
      this.filters.set(bucket, filter);
      const over = Math.floor(this.parts.clock.now() / bucketMs);
      for (const old of this.filters.keys()) {
        if (old >= over) continue;
        this.filters.delete(old);
        // A clock that steps back asks for it again: of what was deleted nothing is known.
        this.unfiltered = Math.max(this.unfiltered, old);
      }
    }
    return filter;
  }

  private oldestBucket(): number {
    for (const key of this.table.getKeys({ limit: 1 })) return Buffer.from(key).readUInt32BE(0);
    return this.newestBucket + 1;
  }
}

function keysOf({ uid, keys }: MarkRequest): Buffer[] {
  return keys.map((key) => bucketKey(0, uid, key));
}

function inBucket(bucket: number, key: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(4 + key.length);
  bytes.writeUInt32BE(bucket, 0);
  key.copy(bytes, 4);
  return bytes;
}
