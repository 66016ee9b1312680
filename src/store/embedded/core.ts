import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import { StoreUnavailableError } from '../ports/errors';
import type { StoreFinding } from '../ports/store';
import { Bodies } from './waiting/bodies';
import { ClaimMarks } from './inbox/claim-marks';
import { Counters } from './disk/counters';
import { prepareDirectory } from './disk/data-directory';
import { DirectoryLock } from './disk/directory-lock';
import { Disk } from './disk/disk';
import { checkFormat, Environment, type Table } from './disk/environment';
import { EmbeddedInbox } from './inbox/inbox';
import { OutageLog } from '../outage-log';
import { PendingStore } from './waiting/pending-store';
import { Reserve } from './disk/reserve';
import { Sequence } from './disk/sequence';
import { StoreTime } from './disk/store-time';
import { WaitingRows } from './waiting/waiting-rows';
import { Writer } from './disk/writer';

export interface CoreOptions {
  /** Made when it is missing; one process at a time. */
  readonly directory: string;
  readonly claimTimeMs?: number;
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
  claimTimeMs: 30_000,
  minFreeDiskShare: 0.1,
  plentyFreeBytes: 10 * 1024 ** 3,
  reserveBytes: 16 * 1024 ** 2,
  commitTimeoutMs: 10_000,
};
const probeKey = Buffer.from('probe');
const probeBytes = 256 * 1024;
const usageMaxAgeMs = 50;
const diskMaxAgeMs = 500;

/** What the whole store and the inbox alone are built on: the directory, its lock, the file, the writer, the inbox. */
export class Core {
  private usedBytes = 0;
  private usedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly options: CoreOptions,
    readonly context: StoreContext,
    private readonly lock: DirectoryLock,
    private readonly disk: Disk,
    private readonly reserve: Reserve,
    readonly environment: Environment,
    private readonly meta: Table,
    readonly time: StoreTime,
    readonly counters: Counters,
    readonly writer: Writer,
    readonly bodies: Bodies,
    readonly pending: PendingStore,
    private readonly marks: ClaimMarks,
    private readonly outages: OutageLog,
    readonly inbox: EmbeddedInbox,
  ) {}

  /** Throws StoreConfigurationError. */
  static async open(options: CoreOptions, context: StoreContext): Promise<Core> {
    const { directory } = options;
    await prepareDirectory(directory, context.logger);
    const lock = await DirectoryLock.acquire(directory, context);
    try {
      const wasInUse = existsSync(join(directory, ClaimMarks.fileName));
      const environment = Environment.open(directory, wasInUse);
      try {
        return await Core.build(options, context, lock, environment);
      } catch (error) {
        await environment.close();
        throw error;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async health(): Promise<StoreFinding[]> {
    await this.disk.look();
    await this.reserve.refill();
    if (this.writer.failure() !== null) await this.probe();
    const findings: StoreFinding[] = [];
    const failure = this.writer.failure();
    if (failure !== null)
      findings.push({
        name: 'store',
        severity: 'unavailable',
        detail: `${failure}; look at the disk of data_dir`,
      });
    const refusal = this.refuseGrowth(0);
    if (refusal !== null)
      findings.push({ name: 'disk', severity: 'unavailable', detail: `${refusal}; free some space` });
    const kind = this.disk.finding();
    if (kind !== null) findings.push(kind);
    return findings;
  }

  async close(): Promise<void> {
    this.inbox.close();
    await this.writer.close();
    await this.environment.close();
    this.marks.close();
    this.outages.close();
    await this.lock.release();
  }

  private static async build(
    options: CoreOptions,
    context: StoreContext,
    lock: DirectoryLock,
    environment: Environment,
  ): Promise<Core> {
    const { directory } = options;
    const { clock, logger } = context;
    const meta: Table = environment.table('meta');
    await checkFormat(environment, meta, directory);
    const disk = await lookAtDisk(options);
    const reserve = await Reserve.open(directory, options.reserveBytes ?? defaults.reserveBytes);
    const counters = new Counters(environment.table('counters'));
    const { commitTimeoutMs = defaults.commitTimeoutMs, claimTimeMs = defaults.claimTimeMs } = options;
    const refuse: { growth: (growing: number) => string | null } = { growth: () => null };
    const isWell = (): boolean => writer.failure() === null && refuse.growth(0) === null;
    const outages: OutageLog = outageLog(options.name ?? 'the embedded store', isWell, logger);
    const writer: Writer = new Writer(
      counters,
      {
        transact: (operations) => environment.root.transaction(operations),
        commitTimeoutMs,
        ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
        refuseGrowth: (growing) => refuse.growth(growing),
        onFailure: () => disk.hasLessThan(reserve.bytes) && reserve.giveUp(),
      },
      outages,
    );
    const bodies = new Bodies(environment);
    const time = new StoreTime(meta, clock);
    const waiting = new WaitingRows(environment.table('retries'), bodies, claimTimeMs, time);
    const parked = new WaitingRows(environment.table('parked'), bodies, claimTimeMs, time);
    const pending = new PendingStore(environment, waiting, parked, time);
    const marks = ClaimMarks.open(directory);
    const parts = { environment, writer, bodies, pending, marks, claimTimeMs, clock, logger };
    const inbox = new EmbeddedInbox(parts);
    inbox.start(await Sequence.open(meta, writer, inbox.lastSequence()));
    const core = new Core(
      options,
      context,
      lock,
      disk,
      reserve,
      environment,
      meta,
      time,
      counters,
      writer,
      bodies,
      pending,
      marks,
      outages,
      inbox,
    );
    refuse.growth = (growing) => core.refuseGrowth(growing);
    return core;
  }

  /** Writes as much as some messages take: without traffic nothing else would notice that the disk has healed. */
  private async probe(): Promise<void> {
    try {
      await this.writer.run((batch) => batch.put(this.meta, probeKey, Buffer.alloc(probeBytes)));
      await this.writer.run((batch) => batch.remove(this.meta, probeKey));
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }

  private refuseGrowth(growing: number): string | null {
    const { maxBytes } = this.options;
    if (maxBytes !== undefined && this.used() >= maxBytes) {
      return `the data has reached its limit of ${maxBytes} bytes`;
    }
    if (!this.reserve.isHeld) {
      this.reserve.refillSoon();
      // Nothing stands behind the free pages of the file now: they are counted exactly, for one that grows at a time.
      if (growing > 0 || this.freeInFile() < 2 * this.reserve.bytes) return 'the disk of data_dir is full';
    }
    return this.disk.refusal();
  }

  private freeInFile(): number {
    return this.environment.fileBytes() - this.environment.usedBytes();
  }

  private used(): number {
    if (performance.now() - this.usedAt > usageMaxAgeMs) {
      this.usedBytes = this.environment.usedBytes();
      this.usedAt = performance.now();
    }
    return this.usedBytes;
  }
}

function outageLog(name: string, isOver: () => boolean, logger: Logger): OutageLog {
  const [began, ended] = [`${name} does not take writes`, `${name} takes writes again`];
  return new OutageLog(logger, { began, ended, level: 'error', isOver });
}

async function lookAtDisk(options: CoreOptions): Promise<Disk> {
  const {
    directory,
    minFreeDiskShare = defaults.minFreeDiskShare,
    plentyFreeBytes = defaults.plentyFreeBytes,
  } = options;
  const disk = new Disk(directory, { minFreeDiskShare, plentyFreeBytes, maxAgeMs: diskMaxAgeMs });
  await disk.look();
  return disk;
}
