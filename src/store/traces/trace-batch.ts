/*
 * Open this file first: it turns segments into bytes, for either store. `trace-segment.ts` writes and reads the line of one segment,
 * `text-hash.ts` hashes what can be looked for, `trace-result.ts` says what a trace decides on a recipient, and
 * `newest-messages.ts` collects a page of a user's messages.
 */

import type { EncodedSegments, TraceSegment } from '../ports/traces';
import { textHash } from './text-hash';
import { encodeSegment, peersOf, recipientsOf } from './trace-segment';

/** Grows twofold. */
const firstBytes = 16 * 1024;
/** A UTF-16 unit takes three bytes at most. */
const bytesPerUnit = 3;
const lineFeed = 0x0a;

/** Segments on their way to the store, as bytes: what waits as objects is what the garbage collector copies again and again. */
export class TraceBatch implements EncodedSegments {
  #bytes = Buffer.allocUnsafe(firstBytes);
  #length = 0;
  readonly #hashes: number[] = [];

  static of(segments: readonly TraceSegment[]): TraceBatch {
    const batch = new TraceBatch();
    for (const segment of segments) batch.add(segment);
    return batch;
  }

  get lines(): Buffer {
    return this.#bytes.subarray(0, Math.max(0, this.#length - 1));
  }

  get hashes(): readonly number[] {
    return this.#hashes;
  }

  add(segment: TraceSegment): void {
    this.#write(encodeSegment(segment));
    this.#hash(segment.messageId);
    for (const uid of recipientsOf(segment)) this.#hash(uid);
    for (const uid of peersOf(segment.origin)) this.#hash(uid);
  }

  #write(line: string): void {
    const enough = this.#length + line.length * bytesPerUnit + 1;
    if (enough > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(enough, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(line, this.#length);
    this.#bytes[this.#length++] = lineFeed;
  }

  #hash(name: string): void {
    this.#hashes.push(textHash(name));
  }
}
