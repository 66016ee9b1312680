import type { Clock } from '../../../domain/clock';
import type { Deadlines } from '../../../shared/deadlines';
import { nextTurn } from '../../../runtime/slice';
import type { Page } from '../../ports/dead-letters';
import type { EncodedSegments, TraceBounds, Traces, TraceSegment } from '../../ports/traces';
import { textHash } from '../../traces/text-hash';
import { NewestMessages } from '../../traces/newest-messages';
import { TraceBatch } from '../../traces/trace-batch';
import { withoutUid } from '../../traces/trace-segment';
import { asPromise } from '../disk/as-promise';
import type { Batch } from '../disk/batch';
import type { Counters } from '../disk/counters';
import type { Environment, Table } from '../disk/environment';
import { sequenceKey, sequenceOf } from '../disk/keys';
import type { Writer } from '../disk/writer';
import {
  appendedAtMs,
  encodeIndex,
  mayHold,
  segmentsNaming,
  segmentsOf,
  segmentsOfMessages,
  summariesOf,
} from './trace-block';

const bytesCounter = 'trace-bytes';
/** Index rows that are looked through before others are served. */
const searchedAtOnce = 1_000;
const removedAtOnce = 100;
/** A block is appended once per second; those of an outage tell of old messages only. */
const latestBlocks = 1_000;

export interface TracesParts {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly counters: Counters;
  readonly clock: Clock;
  /** Which of them have outlived their time. */
  readonly believed: Pick<Deadlines, 'nowMs'>;
  readonly bounds: TraceBounds;
}

/**
 * Rows in order of arrival: what one write appends is one block, under the next number, and beside it the hashes of whatever can be
 * looked for in it. A look-up reads all hashes and then the few blocks that hold it; what leaves, leaves from the front. See
 * docs/decisions/0032-trace.md.
 */
export class EmbeddedTraces implements Traces {
  readonly #blocks: Table;
  readonly #index: Table;
  #lastNumber: number;
  readonly #parts: TracesParts;

  constructor(parts: TracesParts) {
    this.#parts = parts;

    this.#blocks = parts.environment.table('traces');
    this.#index = parts.environment.table('trace-index');
    const [last] = [...this.#index.getKeys({ reverse: true, limit: 1 })];
    this.#lastNumber = last === undefined ? 0 : sequenceOf(last);
  }

  async append({ lines, hashes }: EncodedSegments): Promise<void> {
    if (lines.length === 0) return;
    const index = encodeIndex(hashes, this.#parts.clock.now());
    const key = sequenceKey((this.#lastNumber += 1));
    // What tells of pushes takes no room that pushes need.
    await this.#parts.writer.run((batch) => {
      batch.put(this.#blocks, key, lines);
      batch.put(this.#index, key, index);
      batch.count(bytesCounter, lines.length + index.length);
      batch.apply();
      this.#removeOldest(batch);
    }, 'grow');
  }

  async read(messageIds: readonly string[]): Promise<readonly (readonly TraceSegment[])[]> {
    const found = new Map<string, TraceSegment[]>(messageIds.map((id) => [id, []]));
    for await (const { key } of this.#search(messageIds, 'oldest first'))
      for (const segment of segmentsOfMessages(this.#block(key), messageIds))
        found.get(segment.messageId)?.push(segment);
    return messageIds.map((id) => found.get(id) ?? []);
  }

  async recent(uid: string, limit: number, cursor: string | null): Promise<Page<string>> {
    const newest = new NewestMessages(limit, cursor);
    for await (const { key, atMs } of this.#search([uid], 'newest first')) {
      // What was appended earlier was received earlier.
      if (newest.isFullAfter(atMs)) break;
      for (const { messageId, receivedAtMs, steps } of segmentsNaming(this.#block(key), uid))
        if (steps.some((step) => step.uid === uid)) newest.add(messageId, receivedAtMs);
    }
    return newest.page();
  }

  async latest(limit: number): Promise<readonly (readonly TraceSegment[])[]> {
    const newest = new NewestMessages(limit, null);
    /** A message that came again counts once. */
    const seen = new Set<string>();
    const rows = [...this.#index.getRange({ reverse: true, limit: latestBlocks })].map(({ key, value }) => ({
      key: Buffer.from(key),
      index: value,
    }));
    /** Those in which it stands what became of the messages: nothing is told of one before it was received. */
    const looked: typeof rows = [];
    for (const row of rows) {
      const atMs = appendedAtMs(row.index);
      if (atMs <= this.#oldestAtMs() || newest.isFullAfter(atMs)) break;
      looked.push(row);
      for (const { messageId, receivedAtMs } of [...summariesOf(this.#block(row.key))].reverse()) {
        if (!seen.has(messageId)) newest.add(messageId, receivedAtMs);
        seen.add(messageId);
      }
      await nextTurn();
    }
    const ids = newest.page().items;
    const found = new Map<string, TraceSegment[]>(ids.map((id) => [id, []]));
    const hashes = new Set(ids.map(textHash));
    for (const { key, index } of looked.reverse()) {
      if (!mayHold(index, hashes)) continue;
      for (const segment of summariesOf(this.#block(key))) found.get(segment.messageId)?.push(segment);
      await nextTurn();
    }
    return ids.map((id) => found.get(id) ?? []);
  }

  async eraseUser(uid: string): Promise<void> {
    for await (const { key } of this.#search([uid], 'oldest first'))
      await this.#parts.writer.run((batch) => this.#eraseFrom(batch, key, uid));
  }

  sinceMs(): Promise<number | null> {
    return asPromise(() => {
      for (const { value } of this.#index.getRange({ limit: 1 }))
        return Math.max(appendedAtMs(value), this.#oldestAtMs());
      return null;
    });
  }

  /** Removes some that are too old; resolves with how many. */
  async sweep(): Promise<number> {
    if (!this.#isOver()) return 0;
    return this.#parts.writer.run((batch) => this.#removeOldest(batch));
  }

  /** Blocks that may hold any of these names, and that have not outlived their time. */
  async *#search(
    names: readonly string[],
    order: 'oldest first' | 'newest first',
  ): AsyncGenerator<{ readonly key: Buffer; readonly atMs: number }, void, undefined> {
    const hashes = new Set(names.map(textHash));
    const reverse = order === 'newest first';
    const oldestAtMs = this.#oldestAtMs();
    let from: { readonly start?: Buffer; readonly exclusiveStart?: boolean } = {};
    for (;;) {
      const matching: { readonly key: Buffer; readonly atMs: number }[] = [];
      let last: Buffer | null = null;
      let count = 0;
      for (const { key, value } of this.#index.getRange({ ...from, reverse, limit: searchedAtOnce })) {
        count += 1;
        last = Buffer.from(key);
        const atMs = appendedAtMs(value);
        if (atMs > oldestAtMs && mayHold(value, hashes)) matching.push({ key: last, atMs });
      }
      yield* matching;
      if (count < searchedAtOnce || last === null) return;
      from = { start: last, exclusiveStart: true };
      await nextTurn();
    }
  }

  #block(key: Buffer): Buffer {
    return this.#blocks.get(key) ?? Buffer.alloc(0);
  }

  #oldestAtMs(): number {
    return this.#parts.believed.nowMs() - this.#parts.bounds.maxAgeMs;
  }

  #isOver(): boolean {
    const { counters, bounds } = this.#parts;
    if (counters.get(bytesCounter) > bounds.maxBytes) return true;
    for (const { value } of this.#index.getRange({ limit: 1 }))
      return appendedAtMs(value) <= this.#oldestAtMs();
    return false;
  }

  #removeOldest(batch: Batch): number {
    let removed = 0;
    while (removed < removedAtOnce && this.#isOver()) {
      const [first] = [...this.#index.getRange({ limit: 1 })];
      if (first === undefined) break;
      const key = Buffer.from(first.key);
      const bytes = first.value.length + this.#block(key).length;
      batch.remove(this.#index, key);
      batch.remove(this.#blocks, key);
      batch.count(bytesCounter, -bytes);
      batch.apply();
      removed += 1;
    }
    return removed;
  }

  #eraseFrom(batch: Batch, key: Buffer, uid: string): void {
    const index = this.#index.get(key);
    const lines = this.#blocks.get(key);
    if (index === undefined || lines === undefined) return;
    const kept = segmentsOf(lines).flatMap((segment) => withoutUid(segment, uid) ?? []);
    const left = TraceBatch.of(kept);
    const leftIndex = encodeIndex(left.hashes, appendedAtMs(index));
    batch.count(bytesCounter, -index.length - lines.length);
    if (kept.length === 0) {
      batch.remove(this.#index, key);
      batch.remove(this.#blocks, key);
      return;
    }
    batch.put(this.#index, key, leftIndex);
    batch.put(this.#blocks, key, left.lines);
    batch.count(bytesCounter, leftIndex.length + left.lines.length);
  }
}
