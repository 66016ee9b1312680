import { closeSync, constants, openSync, readSync } from 'node:fs';
import { maxFileBytes } from './read-file';

/**
 * Reads a file as a whole, and never more than one byte over the limit: a device such as /dev/zero has no end. A pipe whose
 * writer says nothing is given up, because a start that hangs tells nobody what it waits for. Throws what node:fs throws.
 */
export function readBoundedFile(path: string): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const content = Buffer.allocUnsafe(maxFileBytes + 1);
    let length = 0;
    while (length < content.length) {
      const read = readSome(descriptor, content, length);
      if (read === 0) break;
      length += read;
    }
    return Buffer.from(content.subarray(0, length));
  } finally {
    closeSync(descriptor);
  }
}

function readSome(descriptor: number, content: Buffer, from: number): number {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    try {
      return readSync(descriptor, content, from, content.length - from, null);
    } catch (error) {
      const isSilent = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!isSilent || waitedMs >= patienceMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

const pauseMs = 20;
const patienceMs = 5_000;
