import { lstatSync, rmSync } from 'node:fs';
import { open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { errorCode } from './data-directory';

const blockBytes = 256 * 1024;
const refillEveryMs = 1_000;

/**
 * A file that holds nothing but room. LMDB needs new pages even to remove rows, so on a full disk nothing could ever
 * be worked off: then the reserve is given up, and what is there can be settled.
 *
 * held → given up (a write failed, and the disk is full) → held again, when the disk has twice as much free.
 */
export class Reserve {
  #held = false;
  #refilledAt = Number.NEGATIVE_INFINITY;
  #refilling: Promise<void> | null = null;
  readonly #path: string;

  private constructor(
    path: string,
    readonly bytes: number,
  ) {
    this.#path = path;
  }

  static async open(directory: string, bytes: number): Promise<Reserve> {
    const reserve = new Reserve(join(directory, 'reserve.bin'), bytes);
    try {
      const found = lstatSync(reserve.#path);
      reserve.#held = found.isFile() && found.size >= bytes;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    await reserve.refill();
    return reserve;
  }

  get isHeld(): boolean {
    return this.#held || this.bytes === 0;
  }

  giveUp(): void {
    this.#held = false;
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // The disk tells by itself: the next write fails too.
    }
  }

  /** Where there is plenty of room for it; at most once a second. */
  refillSoon(): void {
    if (performance.now() - this.#refilledAt >= refillEveryMs) void this.refill();
  }

  refill(): Promise<void> {
    if (this.isHeld) return Promise.resolve();
    this.#refilledAt = performance.now();
    this.#refilling ??= this.#write().finally(() => (this.#refilling = null));
    return this.#refilling;
  }

  async #write(): Promise<void> {
    const unfinished = `${this.#path}.new`;
    try {
      const { bavail, bsize } = await statfs(dirname(this.#path));
      if (bavail * bsize < 2 * this.bytes) return;
      // Not zeros: file systems that compress would keep no room for them.
      const block = randomBytes(blockBytes);
      // What stands there is a rest of ours, or a link that must not be followed.
      await rm(unfinished, { force: true });
      const file = await open(unfinished, 'wx', 0o600);
      try {
        for (let written = 0; written < this.bytes; written += blockBytes)
          await file.write(block, 0, Math.min(blockBytes, this.bytes - written));
      } finally {
        await file.close();
      }
      await rename(unfinished, this.#path);
      this.#held = true;
    } catch {
      // Someone else was faster to take the room, or a directory stands there; the next try tells.
      await rm(unfinished, { force: true }).catch(() => {});
    }
  }
}
