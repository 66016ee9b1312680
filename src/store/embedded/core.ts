import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { StoreFinding } from '../ports/store';
import { Bodies } from './bodies';
import { ClaimMarks } from './claim-marks';
import { Counters } from './counters';
import { prepareDirectory } from './data-directory';
import { DirectoryLock } from './directory-lock';
import { Disk } from './disk';
import { checkFormat, Environment, type Table } from './environment';
import { EmbeddedInbox } from './inbox';
import { PendingStore } from './pending-store';
import { Sequence } from './sequence';
import { WaitingRows } from './waiting-rows';
import { Writer } from './writer';

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
  /** A write that takes longer is given up with StoreUnavailableError; default 10 s. */
  readonly commitTimeoutMs?: number;
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
  commitTimeoutMs: 10_000,
};
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
    readonly environment: Environment,
    readonly counters: Counters,
    readonly writer: Writer,
    readonly bodies: Bodies,
    readonly pending: PendingStore,
    private readonly marks: ClaimMarks,
    readonly inbox: EmbeddedInbox,
  ) {}

  /** Throws StoreConfigurationError. */
  static async open(options: CoreOptions, context: StoreContext): Promise<Core> {
    const { directory } = options;
    await prepareDirectory(directory);
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
    const findings: StoreFinding[] = [];
    const failure = this.writer.failure();
    if (failure !== null)
      findings.push({
        name: 'store',
        severity: 'unavailable',
        detail: `${failure}; look at the disk under ${this.options.directory}`,
      });
    const refusal = this.refuseGrowth();
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
    const { minFreeDiskShare = defaults.minFreeDiskShare, plentyFreeBytes = defaults.plentyFreeBytes } =
      options;
    const disk = new Disk(directory, { minFreeDiskShare, plentyFreeBytes, maxAgeMs: diskMaxAgeMs });
    await disk.look();
    const counters = new Counters(environment.table('counters'));
    const { commitTimeoutMs = defaults.commitTimeoutMs, claimTimeMs = defaults.claimTimeMs } = options;
    const refuse: { growth: () => string | null } = { growth: () => null };
    const writer = new Writer(
      environment,
      counters,
      { sliceMs: 5, commitTimeoutMs, maxQueued: 100_000, refuseGrowth: () => refuse.growth() },
      logger,
    );
    const bodies = new Bodies(environment);
    const waiting = new WaitingRows(environment.table('retries'), bodies, claimTimeMs, clock);
    const parked = new WaitingRows(environment.table('parked'), bodies, claimTimeMs, clock);
    const pending = new PendingStore(environment, waiting, parked);
    const marks = ClaimMarks.open(directory);
    const inbox = new EmbeddedInbox({
      environment,
      writer,
      bodies,
      pending,
      marks,
      claimTimeMs,
      clock,
      logger,
    });
    inbox.start(await Sequence.open(meta, writer, inbox.lastSequence()));
    const core = new Core(
      options,
      context,
      lock,
      disk,
      environment,
      counters,
      writer,
      bodies,
      pending,
      marks,
      inbox,
    );
    refuse.growth = () => core.refuseGrowth();
    return core;
  }

  private refuseGrowth(): string | null {
    const { maxBytes, directory } = this.options;
    if (maxBytes !== undefined) {
      if (performance.now() - this.usedAt > usageMaxAgeMs) {
        this.usedBytes = this.environment.usedBytes();
        this.usedAt = performance.now();
      }
      if (this.usedBytes >= maxBytes)
        return `the data in ${directory} has reached its limit of ${maxBytes} bytes`;
    }
    return this.disk.refusal();
  }
}
