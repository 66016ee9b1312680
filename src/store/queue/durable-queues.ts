/*
 * Open this file first: it opens a directory of queues. `durable-queue.ts` keeps the items of one name. `queue-drain.ts` sends them to
 * a store in rounds (`held-item.ts` is an item in its hands), `lane-drain.ts` to a receiver in requests, and both sleep on `wake.ts`.
 */

import { StoreFile, type StoreContext, type StoreFileOptions } from '../embedded/disk/store-file';
import type { StoreFinding } from '../ports/store';
import { DurableQueue } from './durable-queue';

const ownersKey = Buffer.from('owners');
/** What every directory of queues has beside its data. */
const sign = 'reserve.bin';

export type QueuesOptions = Omit<StoreFileOptions, 'patienceMs'>;

/**
 * Queues of raw bytes in one directory, by name. They share its lock, its bounds (`maxBytes`, free disk) and its group commit.
 *
 * `DurableQueue` keeps the items of one name. `QueueDrain` sends them to a receiver, in order, with back-off, and sets aside what
 * fails again and again. `LaneDrain` sends them in requests, and gives up what is too old. The journal has two queues: what waits for
 * Redis, and copies that no replica has confirmed. Forwarding has two for each receiver, feedback has one.
 */
export class DurableQueues {
  readonly #queues = new Map<string, DurableQueue>();
  #closing: Promise<void> | null = null;
  readonly #file: StoreFile;

  private constructor(file: StoreFile) {
    this.#file = file;
  }

  /** Throws StoreConfigurationError: the directory cannot be used, or another process holds it. */
  static async open(options: QueuesOptions, context: StoreContext): Promise<DurableQueues> {
    // Nothing waits for company here: a drain is as fast as the ends of its items are written.
    return new DurableQueues(await StoreFile.open({ ...options, patienceMs: 0 }, context, sign));
  }

  /** The same queue for the same name. `maxItems`: the items that it holds at most, default as many as its bytes allow. */
  queue(name: string, maxItems = Number.POSITIVE_INFINITY): DurableQueue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const { environment, writer } = this.#file;
    const queue = new DurableQueue(environment.table(`queue-${name}`), writer, maxItems);
    this.#queues.set(name, queue);
    return queue;
  }

  /** Whose queue is which, as last set: queue by owner. */
  owners(): ReadonlyMap<string, string> {
    const row = this.#file.meta.get(ownersKey);
    return new Map(row === undefined ? [] : (JSON.parse(row.toString()) as [string, string][]));
  }

  /** Rejects with StoreUnavailableError. */
  async setOwners(owners: ReadonlyMap<string, string>): Promise<void> {
    const row = Buffer.from(JSON.stringify([...owners]));
    await this.#file.writer.run((batch) => batch.put(this.#file.meta, ownersKey, row));
  }

  /** Bytes of the pages that hold live rows; 0 when it is closed. */
  usedBytes(): number {
    return this.#closing === null ? this.#file.environment.usedBytes() : 0;
  }

  health(): Promise<StoreFinding[]> {
    return this.#file.health();
  }

  /** See Store. */
  halt(): Promise<void> {
    return this.#file.writer.halt();
  }

  /** Resolves when what was begun is on disk, as far as the disk takes it. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.flush().catch(() => {})));
    await this.#file.close();
  }
}
