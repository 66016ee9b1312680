import { closeSync, constants, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Lane } from '../../../domain/lane';
import { openOwnFile } from '../own-file';

const magic = 0x77_70_72_31;
const length = 24;
const offsets: Readonly<Record<Lane, number>> = { direct: 4, bulk: 12 };

/**
 * Up to which sequence the entries of a lane have been handed out. Written with one small `pwrite` before they are, so
 * that entries that end the process are counted as claimed: this costs a few microseconds a claim, where a row in LMDB
 * would cost a transaction. It is not flushed: a power cut may forget it, which makes `claims` start lower, never wrong
 * work. Not readable (torn, missing): nothing counts as handed out.
 */
export class ClaimMarks {
  static readonly fileName = 'claims.bin';
  readonly #bytes = Buffer.alloc(length);
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Throws StoreConfigurationError. */
  static open(directory: string): ClaimMarks {
    const opened = new ClaimMarks(openOwnFile(join(directory, ClaimMarks.fileName), constants.O_CREAT));
    const found = Buffer.alloc(length);
    const read = readSync(opened.#descriptor, found, 0, length, 0);
    if (read === length && found.readUInt32BE(0) === magic && found.readUInt32BE(20) === checksum(found))
      found.copy(opened.#bytes);
    else opened.#bytes.writeUInt32BE(magic, 0);
    return opened;
  }

  get(lane: Lane): number {
    const offset = offsets[lane];
    return this.#bytes.readUInt32BE(offset) * 0x1_0000_0000 + this.#bytes.readUInt32BE(offset + 4);
  }

  /** Throws where the file system refuses. */
  raise(lane: Lane, sequence: number): void {
    const offset = offsets[lane];
    this.#bytes.writeUInt32BE(Math.floor(sequence / 0x1_0000_0000), offset);
    this.#bytes.writeUInt32BE(sequence >>> 0, offset + 4);
    this.#bytes.writeUInt32BE(checksum(this.#bytes), 20);
    writeSync(this.#descriptor, this.#bytes, 0, length, 0);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function checksum(bytes: Buffer): number {
  let sum = 0x9e37_79b9;
  for (let index = 0; index < 20; index++)
    sum = (Math.imul(sum ^ (bytes[index] ?? 0), 0x0100_0193) + index) >>> 0;
  return sum;
}
