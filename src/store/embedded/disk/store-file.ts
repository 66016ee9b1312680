/*
 * Open this file first: one LMDB file with its lock, bounds and writer. `environment.ts` opens it, after `data-file.ts` and
 * `data-directory.ts` have checked it, `directory-lock.ts` holds it, and `address-space.ts` bounds it. `disk.ts` and `reserve.ts` watch the room.
 * `writer.ts` commits the writes of a `batch.ts` in groups, with the totals of `counters.ts`. `keys.ts`, `row-codec.ts` and `value-codec.ts` encode,
 * `prefix-scan.ts` reads ranges, `sweeper.ts` removes what has expired; `sequence.ts` and `store-time.ts` are numbers and time that never go back.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '../../../domain/clock';
import type { Logger } from '../../../domain/logger';
import { OutageLog } from '../../outage-log';
import { StoreUnavailableError } from '../../ports/errors';
import type { StoreFinding } from '../../ports/store';
import { Counters } from './counters';
import { prepareDirectory, writeFault } from './data-directory';
import { DirectoryLock } from './directory-lock';
import { Disk } from './disk';
import { checkFormat, Environment, type Table } from './environment';
import { Reserve } from './reserve';
import { Writer } from './writer';

export interface StoreFileOptions {
  /** Made when it is missing; one process at a time. */
  readonly directory: string;
  /** Live rows may take this much; more is refused with StoreUnavailableError. Default: what the disk holds. */
  readonly maxBytes?: number;
  /** Growth is refused below this share of free disk; default 0.1. */
  readonly minFreeDiskShare?: number;
  /** With this much free in bytes the share does not matter; default 10 GiB. */
  readonly plentyFreeBytes?: number;
  /** Room kept aside for working off what is there when the disk is full; default 16 MiB. */
  readonly reserveBytes?: number;
  /** What the log calls it; default `the embedded store`. */
  readonly name?: string;
  /** A write that takes longer is given up with StoreUnavailableError; default 10 s. */
  readonly commitTimeoutMs?: number;
  /** How long ends of entries wait for another write to join; 0: not at all. Default 10. */
  readonly patienceMs?: number;
}

export interface StoreContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const defaults = {
  minFreeDiskShare: 0.1,
  plentyFreeBytes: 10 * 1024 ** 3,
  reserveBytes: 16 * 1024 ** 2,
  commitTimeoutMs: 10_000,
};
const probeKey = Buffer.from('probe');
const probeBytes = 256 * 1024;
const usageMaxAgeMs = 50;
const diskMaxAgeMs = 500;
const removedText = 'data.mdb was removed from data_dir';

/**
 * One LMDB file in a directory of its own, for one process: the directory's lock, the file, its bounds, and its writer. The
 * embedded store and the durable queues stand on it.
 */
export class StoreFile {
  readonly meta: Table;
  readonly counters: Counters;
  readonly writer: Writer;
  #usedBytes = 0;
  #usedAt = Number.NEGATIVE_INFINITY;
  #isInPlace = true;
  #placeAt = Number.NEGATIVE_INFINITY;
  readonly #options: StoreFileOptions;
  readonly #lock: DirectoryLock;
  readonly #disk: Disk;
  readonly #reserve: Reserve;
  readonly #outages: OutageLog;

  private constructor(
    options: StoreFileOptions,
    { logger }: StoreContext,
    lock: DirectoryLock,
    disk: Disk,
    reserve: Reserve,
    readonly environment: Environment,
  ) {
    this.#options = options;
    this.#lock = lock;
    this.#disk = disk;
    this.#reserve = reserve;
    this.meta = environment.table('meta');
    this.counters = new Counters(environment.table('counters'));
    const isWell = (): boolean => this.writer.failure() === null && this.#refuseGrowth(0) === null;
    this.#outages = outageLog(options.name ?? 'the embedded store', isWell, logger);
    const { commitTimeoutMs = defaults.commitTimeoutMs, patienceMs } = options;
    this.writer = new Writer(
      this.counters,
      {
        transact: (operations) => environment.root.transaction(operations),
        commitTimeoutMs,
        ...(patienceMs === undefined ? {} : { patienceMs }),
        refuseGrowth: (growing) => this.#refuseGrowth(growing),
        isFull: () => disk.hasLessThan(reserve.bytes),
        onFailure: () => disk.hasLessThan(reserve.bytes) && reserve.giveUp(),
      },
      this.#outages,
    );
  }

  /**
   * `sign`: a file that a directory in use has beside its data, so that data that has vanished is not taken for a first start.
   * Throws StoreConfigurationError; StoreUnavailableError where the disk is full or fails.
   */
  static async open(options: StoreFileOptions, context: StoreContext, sign: string): Promise<StoreFile> {
    const { directory, reserveBytes = defaults.reserveBytes } = options;
    await prepareDirectory(directory, context.logger);
    const lock = await DirectoryLock.acquire(directory, context);
    try {
      const environment = Environment.open(directory, existsSync(join(directory, sign)));
      try {
        await checkFormat(environment, environment.table('meta'), directory);
        const disk = await lookAtDisk(options);
        const reserve = await Reserve.open(directory, reserveBytes);
        return new StoreFile(options, context, lock, disk, reserve, environment);
      } catch (error) {
        await environment.close();
        throw (await commitFault(directory, error)) ?? error;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async health(): Promise<StoreFinding[]> {
    await this.#disk.look();
    await this.#reserve.refill();
    if (this.writer.failure() !== null) await this.#probe();
    const findings: StoreFinding[] = [];
    const failure = this.writer.failure();
    if (failure !== null)
      findings.push({
        name: 'store',
        severity: 'unavailable',
        detail: `${failure}; look at the disk of data_dir`,
      });
    const refusal = this.#refuseGrowth(0);
    if (refusal === removedText)
      findings.push({
        name: 'data',
        severity: 'unavailable',
        detail: `${refusal} while the relay runs; stop the relay, restore the directory, and start it again`,
      });
    else if (refusal !== null)
      findings.push({ name: 'disk', severity: 'unavailable', detail: `${refusal}; free some space` });
    const kind = this.#disk.finding();
    if (kind !== null) findings.push(kind);
    return findings;
  }

  async close(): Promise<void> {
    await this.writer.close();
    await this.environment.close();
    this.#outages.close();
    await this.#lock.release();
  }

  /** Writes as much as some messages take: without traffic nothing else would notice that the disk has healed. */
  async #probe(): Promise<void> {
    try {
      await this.writer.run((batch) => batch.put(this.meta, probeKey, Buffer.alloc(probeBytes)));
      await this.writer.run((batch) => batch.remove(this.meta, probeKey));
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }

  #refuseGrowth(growing: number): string | null {
    if (this.#isRemoved()) return removedText;
    const { maxBytes } = this.#options;
    if (maxBytes !== undefined && this.#used() >= maxBytes) {
      return `the data has reached its limit of ${maxBytes} bytes`;
    }
    if (!this.#reserve.isHeld) {
      this.#reserve.refillSoon();
      // Nothing stands behind the free pages of the file now: they are counted exactly, for one that grows at a time. Where the
      // disk has room again, the reserve is about to be taken back, and nobody has to wait for that.
      const isFull = this.#disk.hasLessThan(2 * this.#reserve.bytes);
      if (isFull && (growing > 0 || this.#freeInFile() < 2 * this.#reserve.bytes))
        return 'the disk of data_dir is full';
    }
    return this.#disk.refusal();
  }

  #isRemoved(): boolean {
    if (performance.now() - this.#placeAt > diskMaxAgeMs) {
      this.#isInPlace = this.environment.isInPlace();
      this.#placeAt = performance.now();
    }
    return !this.#isInPlace;
  }

  #freeInFile(): number {
    return this.environment.fileBytes() - this.environment.usedBytes();
  }

  #used(): number {
    if (performance.now() - this.#usedAt > usageMaxAgeMs) {
      this.#usedBytes = this.environment.usedBytes();
      this.#usedAt = performance.now();
    }
    return this.#usedBytes;
  }
}

/** The first rows of a store could not be written; null: that is not what happened. */
async function commitFault(directory: string, error: unknown): Promise<StoreUnavailableError | null> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return null;
  // lmdb names the cause in a promise of its own, which must be caught in any case.
  const cause: unknown = await Promise.resolve(error.commitError).catch((reason: unknown) => reason);
  return new StoreUnavailableError(`data directory ${directory} cannot be written: ${writeFault(cause)}`, {
    cause,
  });
}

function outageLog(part: string, isOver: () => boolean, logger: Logger): OutageLog {
  return new OutageLog({
    began: (fields) =>
      logger.error({ event: 'disk_writes_refused', part, ...fields }, 'file does not take writes'),
    ended: (fields) =>
      logger.info({ event: 'disk_writes_resumed', part, ...fields }, 'file takes writes again'),
    isOver,
  });
}

async function lookAtDisk(options: StoreFileOptions): Promise<Disk> {
  const {
    directory,
    minFreeDiskShare = defaults.minFreeDiskShare,
    plentyFreeBytes = defaults.plentyFreeBytes,
  } = options;
  const disk = new Disk(directory, { minFreeDiskShare, plentyFreeBytes, maxAgeMs: diskMaxAgeMs });
  await disk.look();
  return disk;
}
