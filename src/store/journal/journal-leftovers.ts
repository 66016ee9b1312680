import { Deadlines } from '../../shared/deadlines';
import type { DurableQueue } from '../queue/durable-queue';
import { QueueDrain } from '../queue/queue-drain';
import { StoreUnavailableError } from '../ports/errors';
import type { Store } from '../ports/store';
import { figuresOf, openJournalQueues, waitingIn, type JournalQueues } from './journal-queues';
import { writeTo, type JournaledWrite } from './journaled-write';
import { decodeWrite } from './journaled-write-codec';
import type { JournalContext, JournalOptions } from './options';
import { isTooOldToRepeat } from './unreplicated-copies';

const roundTimeoutMs = 10_000;

/**
 * What a journal holds from the time with Redis: those webhooks were answered 200. It is handed on to the store that is there now,
 * beside that store's own traffic.
 *
 * open → handing on (in its order) → closed (nothing waits any more, or the process stops: then the rest waits for the next start).
 */
export class JournalLeftovers {
  #drains: readonly QueueDrain<JournaledWrite>[] = [];
  #drained = 0;
  #closing: Promise<void> | null = null;
  readonly #startedAtMs: number;
  readonly #opened: JournalQueues;
  readonly #options: JournalOptions;
  readonly #context: JournalContext;

  private constructor(opened: JournalQueues, options: JournalOptions, context: JournalContext) {
    this.#opened = opened;
    this.#options = options;
    this.#context = context;
    this.#startedAtMs = context.clock.monotonicMs();
  }

  /** Throws StoreConfigurationError: the directory cannot be used, or another process holds it. */
  static async open(options: JournalOptions, context: JournalContext): Promise<JournalLeftovers> {
    return new JournalLeftovers(await openJournalQueues(options, context), options, context);
  }

  /** Writes that wait. */
  waiting(): number {
    return waitingIn(this.#opened);
  }

  /** Starts to hand on. The store's `close` closes the journal first. Once. */
  handOnTo(store: Store): Store {
    const { queues, log, copies } = this.#opened;
    this.#context.events.observe(figuresOf(this.#opened));
    const deadlines = new Deadlines(this.#context.clock, store.latestTimeMs());
    const { copyMaxAgeMs } = this.#options;
    const isOver = async (write: JournaledWrite): Promise<boolean> => {
      await deadlines.compared;
      return write.kind === 'append' && isTooOldToRepeat(write.event, deadlines, copyMaxAgeMs);
    };
    this.#drains = [
      this.#drain(log, (write) => handOn(write, store)),
      this.#drain(copies, async (write) => ((await isOver(write)) ? undefined : handOn(write, store))),
    ];
    for (const drain of this.#drains) drain.start();
    return {
      ...store,
      close: async () => {
        await this.close();
        await store.close();
      },
      halt: async () => {
        await Promise.all([store.halt?.(), queues.halt()]);
      },
    };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all(this.#drains.map((drain) => drain.stop()));
    await this.#opened.queues.close();
  }

  #drain(queue: DurableQueue, send: (write: JournaledWrite) => Promise<void>): QueueDrain<JournaledWrite> {
    const { events } = this.#context;
    return new QueueDrain({
      queue,
      decode: decodeWrite,
      send,
      isOutage: (error) => error instanceof StoreUnavailableError,
      roundTimeoutMs,
      stopTimeoutMs: roundTimeoutMs,
      restMs: { least: 1_000, most: 60_000 },
      roundItems: { least: 16, most: 128 },
      loneProbes: 10,
      isUrgent: () => false,
      listener: {
        sent: (items) => {
          this.#drained += items;
          events.drained(items);
        },
        failed: (error) => events.failed(error),
        setAside: (error) => events.setAside(error),
        roundTaken: () => {},
        emptied: () => this.#mayClose(),
        broken: (error) => events.failed(error),
      },
    });
  }

  #mayClose(): void {
    if (this.waiting() > 0 || this.#closing !== null) return;
    const { events, clock } = this.#context;
    // After the drain that calls this has come to rest: closing waits for it.
    setImmediate(() => {
      this.close()
        .then(() =>
          events.handedBack({ forMs: clock.monotonicMs() - this.#startedAtMs, drained: this.#drained }),
        )
        .catch((error: unknown) => events.failed(error));
    });
  }
}

async function handOn(write: JournaledWrite, store: Store): Promise<void> {
  await writeTo(store, write.kind === 'presence' ? await notOutdated(write, store) : write);
}

/** Changes of those of whom the store has heard nothing since: its own are newer. */
async function notOutdated(
  write: Extract<JournaledWrite, { readonly kind: 'presence' }>,
  store: Store,
): Promise<JournaledWrite> {
  const known = await store.presence.getMany(write.changes.map(({ uid }) => uid));
  const changes = write.changes.filter((_, index) => (known[index]?.lastSeenAtMs ?? 0) <= write.atMs);
  return { ...write, changes };
}
