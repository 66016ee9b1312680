interface Ended<T> {
  readonly settlement: T;
  /** Called once it is durable. */
  readonly written: () => void;
}

/**
 * Writes what has ended in batches: what ends in one turn of the event loop is one write.
 * A store that refuses is asked again, with growing waits, until it takes them: what is finished must not be sent again.
 */
export class SettlementWriter<T> {
  #batch: Ended<T>[] = [];
  #scheduled = false;
  readonly #store: (settlements: readonly T[]) => Promise<void>;
  readonly #failed: (error: unknown, count: number) => void;

  constructor(
    store: (settlements: readonly T[]) => Promise<void>,
    failed: (error: unknown, count: number) => void,
  ) {
    this.#store = store;
    this.#failed = failed;
  }

  write(settlement: T, written: () => void): void {
    this.#batch.push({ settlement, written });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const batch = this.#batch;
      this.#batch = [];
      void this.#write(batch, firstWaitMs);
    });
  }

  async #write(batch: readonly Ended<T>[], waitMs: number): Promise<void> {
    try {
      await this.#store(batch.map((item) => item.settlement));
    } catch (error) {
      this.#failed(error, batch.length);
      setTimeout(() => void this.#write(batch, Math.min(waitMs * 2, longestWaitMs)), waitMs).unref();
      return;
    }
    for (const item of batch) item.written();
  }
}

const firstWaitMs = 50;
const longestWaitMs = 2_000;
