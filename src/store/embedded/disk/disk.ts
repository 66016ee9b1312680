import { statfsSync, type StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { StoreFinding } from '../../ports/store';

/** `f_type` of statfs(2), linux/magic.h. */
const unsafeFileSystems: Readonly<Record<number, string>> = {
  0x01021994: 'tmpfs, which lives in memory and is lost when the machine restarts',
  0x858458f6: 'ramfs, which lives in memory and is lost when the machine restarts',
  0x794c7630: 'overlayfs, the writable layer of a container, which is lost with the container',
  0x6969: 'NFS, on which neither locks nor memory maps are safe',
  0xff534d42: 'CIFS, on which neither locks nor memory maps are safe',
  0xfe534d42: 'SMB, on which neither locks nor memory maps are safe',
};

export interface DiskOptions {
  /** Refuse growth below this share of free space, 0 to 1. */
  readonly minFreeDiskShare: number;
  /** With this much free in bytes the share does not matter. */
  readonly plentyFreeBytes: number;
  /** How old an answer of the file system may be. */
  readonly maxAgeMs: number;
}

/**
 * Free space and kind of the file system under a directory.
 * `refusal` answers from the last look, and has a new one taken in the background when that is old; before it refuses
 * it takes a new one itself.
 */
export class Disk {
  #freeBytes = Number.POSITIVE_INFINITY;
  #totalBytes = 0;
  #type = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  readonly #directory: string;
  readonly #options: DiskOptions;

  constructor(directory: string, options: DiskOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  look(): Promise<void> {
    this.#looking ??= statfs(this.#directory)
      .then((found) => this.#saw(found))
      // A file system that cannot say what is free is not a full one; writes will tell.
      .catch(() => {})
      .finally(() => {
        this.#lookedAt = performance.now();
        this.#looking = null;
      });
    return this.#looking;
  }

  /** Why nothing may grow; null when there is room. */
  refusal(): string | null {
    const ageMs = performance.now() - this.#lookedAt;
    if (ageMs > this.#options.maxAgeMs) void this.look();
    if (this.#hasRoom()) return null;
    // An answer of a disk that was full says nothing of now, and a refusal loses an event: this look is worth its microseconds.
    if (this.#lookNow() && this.#hasRoom()) return null;
    const percent = Math.floor((this.#freeBytes / this.#totalBytes) * 1000) / 10;
    return `the disk of data_dir has only ${percent} % free`;
  }

  #hasRoom(): boolean {
    if (this.#freeBytes >= this.#options.plentyFreeBytes || this.#totalBytes === 0) return true;
    return this.#freeBytes >= this.#totalBytes * this.#options.minFreeDiskShare;
  }

  #saw({ bavail, blocks, bsize, type }: StatsFs): void {
    this.#freeBytes = bavail * bsize;
    this.#totalBytes = blocks * bsize;
    this.#type = type;
  }

  #lookNow(): boolean {
    try {
      this.#saw(statfsSync(this.#directory));
      this.#lookedAt = performance.now();
      return true;
    } catch {
      return false;
    }
  }

  /** Looks now, on the event loop: for when a write has just failed. */
  hasLessThan(bytes: number): boolean {
    try {
      const { bavail, bsize } = statfsSync(this.#directory);
      return bavail * bsize < bytes;
    } catch {
      return false;
    }
  }

  finding(): StoreFinding | null {
    const kind = unsafeFileSystems[this.#type];
    if (kind === undefined) return null;
    return {
      name: 'data_dir',
      severity: 'degraded',
      detail: `data_dir lies on ${kind}; set it to a local disk or a mounted volume`,
    };
  }
}
