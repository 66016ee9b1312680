import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import type { DurableQueue } from '../../../src/store/queue/durable-queue';
import { DurableQueues, type QueuesOptions } from '../../../src/store/queue/durable-queues';
import { QueueDrain, type DrainListener, type DrainOptions } from '../../../src/store/queue/queue-drain';

export class ReceiverAwayError extends Error {}

export const context = { clock: systemClock, random: Math.random, logger: silentLogger };

export function openQueues(directory: string, options: Partial<QueuesOptions> = {}): Promise<DurableQueues> {
  return DurableQueues.open({ directory, minFreeDiskShare: 0, reserveBytes: 262_144, ...options }, context);
}

/** A directory of queues that a test may close and open again. */
export class QueuesRig {
  queues: DurableQueues;
  readonly #options: Partial<QueuesOptions>;

  private constructor(
    readonly directory: string,
    queues: DurableQueues,
    options: Partial<QueuesOptions>,
  ) {
    this.queues = queues;
    this.#options = options;
  }

  static async open(options: Partial<QueuesOptions> = {}): Promise<QueuesRig> {
    const directory = await mkdtemp(join(tmpdir(), 'wpr-queue-'));
    return new QueuesRig(directory, await openQueues(directory, options), options);
  }

  async reopen(): Promise<void> {
    await this.queues.close();
    this.queues = await openQueues(this.directory, this.#options);
  }

  async close(): Promise<void> {
    await this.queues.close();
    await rm(this.directory, { recursive: true });
  }
}

type Happening = keyof DrainListener;

/** A drain of texts to a receiver that a test scripts, and what it told. */
export class DrainRig {
  /** What the receiver has taken. */
  readonly taken: string[] = [];
  /** What it was sent. */
  readonly asked: string[] = [];
  /** Answers one item; what it throws is the failure. */
  receive: (text: string) => Promise<void> | void = () => {};
  readonly counts = new Map<Happening, number>();
  readonly drain: QueueDrain<string>;
  #waiting: (() => void)[] = [];

  constructor(queue: DurableQueue, changes: Partial<DrainOptions<string>> = {}) {
    const count = (name: Happening, by = 1): void => {
      this.counts.set(name, this.of(name) + by);
      for (const look of this.#waiting.splice(0)) look();
    };
    this.drain = new QueueDrain({
      queue,
      decode: (bytes) => {
        if (bytes.length === 0) throw new SyntaxError('nothing in it');
        return bytes.toString();
      },
      send: async (text) => {
        this.asked.push(text);
        await this.receive(text);
        this.taken.push(text);
      },
      isOutage: (error) => error instanceof ReceiverAwayError,
      roundTimeoutMs: 20_000,
      stopTimeoutMs: 50,
      restMs: { least: 5, most: 40 },
      roundItems: { least: 4, most: 32 },
      loneProbes: 10,
      isUrgent: () => false,
      listener: {
        sent: (items) => count('sent', items),
        failed: () => count('failed'),
        setAside: () => count('setAside'),
        roundTaken: () => count('roundTaken'),
        emptied: () => count('emptied'),
        broken: () => count('broken'),
      },
      ...changes,
    });
  }

  of(name: Happening): number {
    return this.counts.get(name) ?? 0;
  }

  async until(name: Happening, count: number): Promise<void> {
    while (this.of(name) < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
