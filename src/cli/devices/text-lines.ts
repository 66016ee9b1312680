import { isUtf8 } from 'node:buffer';

export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** Null: longer than allowed, or no UTF-8. */
  readonly text: string | null;
}

const lineEnd = 0x0a;

/** The lines of a stream, each at most `maxBytes` long in memory however long it is; empty ones are left out. */
export async function* textLines(
  stream: AsyncIterable<Buffer | string>,
  maxBytes: number,
): AsyncGenerator<TextLine, void, undefined> {
  let number = 0;
  let parts: Buffer[] = [];
  let bytes = 0;
  const finish = (): TextLine | null => {
    number += 1;
    const line = { number, text: bytes > maxBytes ? null : decode(Buffer.concat(parts)) };
    parts = [];
    bytes = 0;
    return line.text?.trim() === '' ? null : line;
  };
  for await (const piece of stream) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    let start = 0;
    for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, start)) {
      if (bytes + end - start <= maxBytes) parts.push(chunk.subarray(start, end));
      bytes += end - start;
      start = end + 1;
      const line = finish();
      if (line !== null) yield line;
    }
    const rest = chunk.length - start;
    if (bytes + rest <= maxBytes) parts.push(chunk.subarray(start));
    else parts = [];
    bytes += rest;
  }
  const last = bytes > 0 ? finish() : null;
  if (last !== null) yield last;
}

function decode(line: Buffer): string | null {
  return isUtf8(line) ? line.toString('utf8') : null;
}
