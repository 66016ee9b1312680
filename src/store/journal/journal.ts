import { StoreUnavailableError } from '../ports/errors';
import type { InboxEvent } from '../ports/inbox';
import type { Store } from '../ports/store';
import { figuresOf, openJournalQueues, waitingIn } from './journal-queues';
import { JournaledStore } from './journaled-store';
import type { JournalContext, JournalOptions } from './options';

/**
 * The journal keeps on local disk what a webhook writes while the store (Redis) does not answer.
 *
 * `JournaledStore` is the store that others see. Its `FailoverWriter` sends each write to the store or to the queue of the journal,
 * and drains that queue. `UnreplicatedCopies` keeps what Redis took and no replica confirmed. `JournalLeftovers` hands on what a
 * journal still holds after an installation has left Redis. The queues on disk are src/store/queue.
 */
export interface Journal {
  /**
   * The store, with the journal in front of `inbox.append`, `presence.apply` and `deadLetters.add`; everything else is the
   * store's own. Starts to hand on what waits from an earlier run. Once. Its `close` closes the store and the journal.
   */
  wrap(store: Store): Store;
  /**
   * Keeps copies of events that the store took and no replica confirmed; for the store's `onUnreplicated`.
   * Resolves when they are on disk. Rejects with StoreUnavailableError.
   */
  keepCopies(events: readonly InboxEvent[]): Promise<void>;
  /** Writes that wait, copies included. */
  waiting(): number;
  close(): Promise<void>;
}

/** Throws StoreConfigurationError: the directory cannot be used, or another process holds it. */
export async function openJournal(options: JournalOptions, context: JournalContext): Promise<Journal> {
  const opened = await openJournalQueues(options, context);
  let wrapped: JournaledStore | null = null;
  context.events.observe(figuresOf(opened));
  const close = async (): Promise<void> => {
    await wrapped?.stop();
    await opened.queues.close();
  };
  return {
    wrap(store) {
      if (wrapped !== null) throw new Error('a journal is in front of one store');
      wrapped = new JournaledStore({ store, ...opened }, options, context);
      return wrapped.toStore(close);
    },
    async keepCopies(events) {
      if (wrapped === null) throw new StoreUnavailableError('the journal is not in use yet');
      await wrapped.copies.keep(events);
    },
    waiting: () => waitingIn(opened),
    close,
  };
}
