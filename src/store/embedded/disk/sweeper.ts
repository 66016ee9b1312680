import type { Logger } from '../../../domain/logger';

const restMs = 5_000;
const betweenSlicesMs = 25;

/** Removes some rows that are over; resolves with how many. */
export type Sweep = () => Promise<number>;

/**
 * Removes what has expired, a small slice at a time: resting → sweeping (slice after slice while there is more) →
 * resting; stopped ends it for good, after the slice under way.
 */
export class Sweeper {
  #timer: NodeJS.Timeout | null = null;
  #slice: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #sweeps: readonly Sweep[];
  readonly #logger: Logger;

  constructor(sweeps: readonly Sweep[], logger: Logger) {
    this.#sweeps = sweeps;
    this.#logger = logger;
  }

  start(): void {
    this.#schedule(restMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#slice;
  }

  #schedule(afterMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#slice = this.#sweepSlice();
    }, afterMs);
    this.#timer.unref();
  }

  async #sweepSlice(): Promise<void> {
    let removed = 0;
    try {
      for (const sweep of this.#sweeps) removed += await sweep();
    } catch (error) {
      removed = 0;
      this.#logger.warn({ event: 'sweep_failed', err: error }, 'expired rows not removed');
    }
    this.#schedule(removed > 0 ? betweenSlicesMs : restMs);
  }
}
