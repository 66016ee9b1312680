import { hash } from 'node:crypto';
import type { Deadlines } from '../../shared/deadlines';
import { NewestMessages } from '../traces/newest-messages';
import type { Page } from '../ports/dead-letters';
import {
  mostLatest,
  type EncodedSegments,
  type TraceBounds,
  type Traces,
  type TraceSegment,
} from '../ports/traces';
import { TraceBatch } from '../traces/trace-batch';
import {
  decodeSegment,
  decodeSummary,
  namesIn,
  withoutUid,
  type SegmentNames,
} from '../traces/trace-segment';
import { grouped } from './commands/grouped';
import type { Keys } from './commands/keys';
import { partitionOf } from './commands/partitions';
import type { Script } from './commands/script';
import { chunks } from './commands/script-trips';
import type { StoreTime } from './commands/store-time';
import type { DeadlineClient } from './server/deadline-client';
import {
  appendTracesScript,
  latestTracesScript,
  namedTracesScript,
  oldestTracesScript,
  readSummariesScript,
  readTracesScript,
  recentTracesScript,
  replaceTracesScript,
  sliceTracesScript,
} from './trace-scripts';

export interface TracesParts {
  readonly redis: DeadlineClient;
  readonly keys: Keys;
  readonly partitions: number;
  readonly time: StoreTime;
  /** Which of them have outlived their time. */
  readonly believed: Pick<Deadlines, 'nowMs'>;
  readonly bounds: TraceBounds;
}

/** What names a segment, and how it is kept. */
interface Line extends SegmentNames {
  readonly text: string;
}

/** Of the age and of the bytes, so that what leaves is a small part. */
const slices = 16;
const fieldsATrip = 500;
const charactersATrip = 1_000_000;

/**
 * In each partition, hashes of a slice of time: the segments of messages, and which messages name a uid. A slice leaves as a whole: it has
 * outlived its time, or there are too many bytes. A message is in the partition of its id, so a uid is looked for in all of them.
 */
export class RedisTraces implements Traces {
  readonly #parts: TracesParts;

  constructor(parts: TracesParts) {
    this.#parts = parts;
  }

  async append({ lines }: EncodedSegments): Promise<void> {
    if (lines.length === 0) return;
    const segments = lines.toString('utf8').split('\n').map(lineOf);
    const byPartition = grouped(segments, ({ messageId }) => this.#partitionOf(messageId));
    await Promise.all([...byPartition].map(([partition, some]) => this.#append(partition, some)));
  }

  read(messageIds: readonly string[]): Promise<readonly (readonly TraceSegment[])[]> {
    return this.#read(messageIds, readTracesScript, decodeSegment);
  }

  async recent(uid: string, limit: number, cursor: string | null): Promise<Page<string>> {
    const newest = new NewestMessages(limit, cursor);
    const args = [`u:${uid}`, String(limit + 1), String(newest.beforeMs)];
    const oldestAtMs = this.#oldestAtMs();
    let completeFromMs = Number.NEGATIVE_INFINITY;
    const replies = await Promise.all(
      this.#partitions().map((partition) => this.#run(recentTracesScript, partition, args)),
    );
    for (const [lines = '', from = ''] of replies as string[][]) {
      if (from !== '') completeFromMs = Math.max(completeFromMs, Number(from));
      for (const { receivedAtMs, messageId } of namesOf(lines))
        if (receivedAtMs > oldestAtMs) newest.add(messageId, receivedAtMs);
    }
    return newest.page(completeFromMs);
  }

  async latest(limit: number): Promise<readonly (readonly TraceSegment[])[]> {
    const newest = new NewestMessages(limit, null);
    const oldestAtMs = this.#oldestAtMs();
    const replies = await Promise.all(
      this.#partitions().map((partition) => this.#run(latestTracesScript, partition, [])),
    );
    const lastAtMs = new Map<string, number>();
    for (const { receivedAtMs, messageId } of (replies as string[]).flatMap(namesOf))
      lastAtMs.set(messageId, Math.max(receivedAtMs, lastAtMs.get(messageId) ?? 0));
    for (const [messageId, receivedAtMs] of lastAtMs)
      if (receivedAtMs > oldestAtMs) newest.add(messageId, receivedAtMs);
    return this.#read(newest.page().items, readSummariesScript, decodeSummary);
  }

  async eraseUser(uid: string): Promise<void> {
    const fields = [`u:${uid}`, peerField(uid)];
    for (const partition of this.#partitions()) {
      const reply = (await this.#run(namedTracesScript, partition, fields)) as string[];
      for (let at = 0; at + 1 < reply.length; at += 2) {
        const [start = '', lines = ''] = [reply[at], reply[at + 1]];
        const ids = [...new Set(namesOf(lines).map(({ messageId }) => messageId))];
        for (const some of chunks(ids, fieldsATrip)) await this.#eraseFrom(partition, start, some, uid);
        const nothing = fields.flatMap((field) => [field, '', '']);
        await this.#run(replaceTracesScript, partition, [start, ...nothing]);
      }
    }
  }

  async sinceMs(): Promise<number | null> {
    const starts = await Promise.all(
      this.#partitions().map((partition) => this.#run(oldestTracesScript, partition, [])),
    );
    const known = (starts as string[]).filter((start) => start !== '').map(Number);
    if (known.length === 0) return null;
    return Math.max(Math.min(...known), this.#oldestAtMs());
  }

  async #read(
    messageIds: readonly string[],
    script: Script,
    decode: (line: string) => TraceSegment,
  ): Promise<readonly (readonly TraceSegment[])[]> {
    const found = new Map<string, TraceSegment[]>();
    const trips = this.#partitions().flatMap((partition) => {
      const ids = [...new Set(messageIds)].filter((id) => this.#partitionOf(id) === partition);
      return chunks(ids, fieldsATrip).map((some) => ({ partition, ids: some }));
    });
    const oldestAtMs = this.#oldestAtMs();
    for (const { partition, ids } of trips) {
      const texts = (await this.#run(script, partition, ids.map(messageField))) as string[];
      for (const [index, id] of ids.entries())
        found.set(
          id,
          segmentsOf(texts[index] ?? '', decode).filter((segment) => lastAtMs(segment) > oldestAtMs),
        );
    }
    return messageIds.map((id) => found.get(id) ?? []);
  }

  async #append(partition: number, segments: readonly Line[]): Promise<void> {
    const { time, bounds, partitions } = this.#parts;
    const sliceMs = Math.ceil(bounds.maxAgeMs / slices);
    const maxBytes = Math.ceil(bounds.maxBytes / partitions);
    const limits = [sliceMs, Math.ceil(maxBytes / slices), bounds.maxAgeMs].map(String);
    const kept = time.kept(bounds.maxAgeMs + sliceMs);
    const latest = latestOf(segments);
    for (const args of trips(fieldsOf(segments))) {
      await this.#run(appendTracesScript, partition, [
        time.argument(),
        ...limits,
        kept,
        String(maxBytes),
        latest.splice(0).join('\n'),
        ...args,
      ]);
    }
  }

  /** What others append meanwhile stays; it is looked at again. */
  async #eraseFrom(partition: number, start: string, ids: readonly string[], uid: string): Promise<void> {
    for (let missed = 1; missed > 0;) {
      const fields = ids.map(messageField);
      const texts = (await this.#run(sliceTracesScript, partition, [start, ...fields])) as (string | null)[];
      const changes = texts.flatMap((text, index) => {
        const kept = segmentsOf(text ?? '').flatMap((segment) => withoutUid(segment, uid) ?? []);
        return text === null ? [] : [fields[index] ?? '', text, TraceBatch.of(kept).lines.toString('utf8')];
      });
      missed = (await this.#run(replaceTracesScript, partition, [start, ...changes])) as number;
    }
  }

  #oldestAtMs(): number {
    return this.#parts.believed.nowMs() - this.#parts.bounds.maxAgeMs;
  }

  #partitions(): number[] {
    return Array.from({ length: this.#parts.partitions }, (_, partition) => partition);
  }

  #partitionOf(messageId: string): number {
    return partitionOf(messageId, this.#parts.partitions);
  }

  #run(script: Script, partition: number, args: readonly string[]): Promise<unknown> {
    return this.#parts.redis.run(script, this.#parts.keys.traces(partition), args, 'utf8');
  }
}

function lineOf(text: string): Line {
  // Field by field: V8 takes microseconds for what stands behind a spread.
  const { message, messageId, hasOrigin, recipients, peers } = namesIn(text);
  return { message, messageId, hasOrigin, recipients, peers, text };
}

/** A digest, because the id of a conversation, which is among them, names another user. */
function peerField(uid: string): string {
  return `f:${hash('sha1', uid, 'base64url')}`;
}

function messageField(messageId: string): string {
  return `m:${messageId}`;
}

/** The messages that were received just now, the newest last. */
function latestOf(segments: readonly Line[]): string[] {
  const latest = new Set<string>();
  for (let at = segments.length - 1; at >= 0 && latest.size < mostLatest; at -= 1) {
    const segment = segments[at];
    if (segment?.hasOrigin === true) latest.add(segment.message);
  }
  return [...latest].reverse();
}

/** Fields and what is appended to each: a uid's lines together, because each append reads the field. */
function fieldsOf(segments: readonly Line[]): readonly (readonly [string, string])[] {
  const messages: (readonly [string, string])[] = [];
  const names = new Map<string, string>();
  const name = (field: string, { message }: Line): void => {
    const known = names.get(field);
    names.set(field, known === undefined ? message : `${known}\n${message}`);
  };
  for (const segment of segments) {
    messages.push([messageField(segment.messageId), segment.text]);
    const { recipients, peers } = segment;
    for (const uid of recipients) name(`u:${uid}`, segment);
    // Most are named as recipients already.
    for (const uid of peers) if (!recipients.includes(uid)) name(peerField(uid), segment);
  }
  return [...messages, ...names];
}

function trips(fields: readonly (readonly [string, string])[]): string[][] {
  const result: string[][] = [];
  let trip: string[] = [];
  let characters = 0;
  for (const [field, text] of fields) {
    if (trip.length >= 2 * fieldsATrip || (trip.length > 0 && characters + text.length > charactersATrip)) {
      result.push(trip);
      [trip, characters] = [[], 0];
    }
    trip.push(field, text);
    characters += text.length;
  }
  if (trip.length > 0) result.push(trip);
  return result;
}

function segmentsOf(text: string, decode = decodeSegment): TraceSegment[] {
  return text === '' ? [] : text.split('\n').map(decode);
}

function lastAtMs({ steps, receivedAtMs }: TraceSegment): number {
  return steps.reduce((last, { atMs }) => Math.max(last, atMs), receivedAtMs);
}

/** Of `received id` lines. */
function namesOf(lines: string): { readonly receivedAtMs: number; readonly messageId: string }[] {
  if (lines === '') return [];
  return lines.split('\n').map((line) => {
    const space = line.indexOf(' ');
    return { receivedAtMs: Number(line.slice(0, space)), messageId: line.slice(space + 1) };
  });
}
