import { decodeSegment, decodeSummary, lineStart, stepsMark } from '../../traces/trace-segment';
import type { TraceSegment } from '../../ports/traces';

const headBytes = 8;
const hashBytes = 4;

/** `[f64 when the block was appended][u32 hash] …` of message ids, recipients, and peers. */
export function encodeIndex(hashes: readonly number[], atMs: number): Buffer {
  const distinct = new Set(hashes);
  const index = Buffer.allocUnsafe(headBytes + distinct.size * hashBytes);
  let at = index.writeDoubleBE(atMs, 0);
  for (const hash of distinct) at = index.writeUInt32LE(hash, at);
  return index;
}

export function appendedAtMs(index: Buffer): number {
  return index.readDoubleBE(0);
}

/** False: none of them is in the block. */
export function mayHold(index: Buffer, hashes: ReadonlySet<number>): boolean {
  for (let at = headBytes; at < index.length; at += hashBytes)
    if (hashes.has(index.readUInt32LE(at))) return true;
  return false;
}

export function segmentsOf(lines: Buffer): TraceSegment[] {
  return lines.length === 0 ? [] : textsOf(lines).map(decodeSegment);
}

/** Of those messages only: most lines of a block are of others. */
export function segmentsOfMessages(lines: Buffer, messageIds: readonly string[]): TraceSegment[] {
  const starts = messageIds.map(lineStart);
  return textsOf(lines)
    .filter((text) => starts.some((start) => text.startsWith(start)))
    .map(decodeSegment);
}

/** Of each line what {@link decodeSummary} reads: the steps of many recipients are most of a block, and are not even copied. */
export function* summariesOf(lines: Buffer): Generator<TraceSegment, void, undefined> {
  for (let from = 0; from < lines.length;) {
    const end = lines.indexOf('\n', from);
    const line = lines.subarray(from, end === -1 ? lines.length : end);
    const mark = line.indexOf(stepsMark);
    yield decodeSummary(line.toString('utf8', 0, mark === -1 ? line.length : mark));
    from += line.length + 1;
  }
}

/** Of those that may name the uid: it stands in their JSON. */
export function segmentsNaming(lines: Buffer, uid: string): TraceSegment[] {
  const written = JSON.stringify(uid);
  return textsOf(lines)
    .filter((text) => text.includes(written))
    .map(decodeSegment);
}

function textsOf(lines: Buffer): string[] {
  return lines.toString('utf8').split('\n');
}
