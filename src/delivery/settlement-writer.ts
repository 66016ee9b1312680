import type { DeliveryEvents } from '../observability/delivery-events';
import type { EntrySettlement, Inbox } from '../store/ports/inbox';

/**
 * Writes settlements in batches: what ends in one turn of the event loop is one write.
 * A store that refuses is asked again, with growing waits, until it takes them: a finished entry must not be sent again.
 */
export class SettlementWriter {
  #batch: { settlement: EntrySettlement; written: () => void }[] = [];
  #scheduled = false;
  #open = 0;

  constructor(
    private readonly inbox: Inbox,
    private readonly events: DeliveryEvents,
  ) {}

  /** Settlements not written yet. */
  get open(): number {
    return this.#open;
  }

  write(settlement: EntrySettlement, written: () => void): void {
    this.#open += 1;
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

  async #write(batch: { settlement: EntrySettlement; written: () => void }[], waitMs: number): Promise<void> {
    try {
      await this.inbox.settle(batch.map((item) => item.settlement));
    } catch (error) {
      this.events.settleFailed(error, batch.length);
      setTimeout(() => void this.#write(batch, Math.min(waitMs * 2, longestWaitMs)), waitMs).unref();
      return;
    }
    this.#open -= batch.length;
    for (const item of batch) item.written();
  }
}

const firstWaitMs = 50;
const longestWaitMs = 2_000;
