import type { StoreFinding } from '../ports/store';
import { Bodies } from './waiting/bodies';
import { ClaimMarks } from './inbox/claim-marks';
import { EmbeddedInbox } from './inbox/inbox';
import { PendingStore } from './waiting/pending-store';
import { Sequence } from './disk/sequence';
import { StoreFile, type StoreContext, type StoreFileOptions } from './disk/store-file';
import { StoreTime } from './disk/store-time';
import { WaitingRows } from './waiting/waiting-rows';

export interface CoreOptions extends StoreFileOptions {
  /** Default 30,000. */
  readonly claimTimeMs?: number;
}

const defaultClaimTimeMs = 30_000;

/** What the parts of the store share: the file, the store's time, the inbox, and what waits. */
export class Core {
  readonly #handedOutUpTo: ClaimMarks;

  private constructor(
    readonly file: StoreFile,
    readonly time: StoreTime,
    readonly bodies: Bodies,
    readonly pending: PendingStore,
    handedOutUpTo: ClaimMarks,
    readonly inbox: EmbeddedInbox,
  ) {
    this.#handedOutUpTo = handedOutUpTo;
  }

  /** Throws StoreConfigurationError; StoreUnavailableError where the disk is full or fails. */
  static async open(options: CoreOptions, context: StoreContext): Promise<Core> {
    const file = await StoreFile.open(options, context, ClaimMarks.fileName);
    try {
      return await Core.#build(file, options, context);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  health(): Promise<StoreFinding[]> {
    return this.file.health();
  }

  async close(): Promise<void> {
    this.inbox.close();
    await this.file.close();
    this.#handedOutUpTo.close();
  }

  static async #build(
    file: StoreFile,
    { directory, claimTimeMs = defaultClaimTimeMs }: CoreOptions,
    { clock, logger }: StoreContext,
  ): Promise<Core> {
    const { environment, writer, meta } = file;
    const time = new StoreTime(meta, clock);
    const handedOutUpTo = ClaimMarks.open(directory);
    const core = environment.together(() => {
      const bodies = new Bodies(environment);
      const waiting = new WaitingRows(environment.table('retries'), bodies, claimTimeMs, time);
      const parked = new WaitingRows(environment.table('parked'), bodies, claimTimeMs, time);
      const pending = new PendingStore(environment, waiting, parked, time);
      const parts = { environment, writer, bodies, pending, handedOutUpTo, claimTimeMs, clock, logger };
      return new Core(file, time, bodies, pending, handedOutUpTo, new EmbeddedInbox(parts));
    });
    core.inbox.start(await Sequence.open(meta, writer, core.inbox.lastSequence()));
    return core;
  }
}
