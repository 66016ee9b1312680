import type { DurableQueue } from '../queue/durable-queue';
import { DurableQueues } from '../queue/durable-queues';
import type { JournalContext, JournalFigures, JournalOptions } from './options';

/** The queues of a journal on disk. */
export interface JournalQueues {
  readonly queues: DurableQueues;
  /** Writes that wait for the store. */
  readonly log: DurableQueue;
  /** Events that the store took and no replica confirmed. */
  readonly copies: DurableQueue;
}

/** A disk that takes longer than this takes nothing: whoever waits for it is answered below a second. */
const commitTimeoutMs = 850;

/** Throws StoreConfigurationError: the directory cannot be used, or another process holds it. */
export async function openJournalQueues(
  { directory, maxBytes, minFreeDiskShare }: JournalOptions,
  context: JournalContext,
): Promise<JournalQueues> {
  const queues = await DurableQueues.open(
    {
      directory,
      name: 'the journal',
      maxBytes,
      minFreeDiskShare,
      plentyFreeBytes: maxBytes / minFreeDiskShare,
      commitTimeoutMs,
    },
    context,
  );
  return { queues, log: queues.queue('log'), copies: queues.queue('copies') };
}

/** Writes that wait, copies included. */
export function waitingIn({ log, copies }: JournalQueues): number {
  return log.depth + copies.depth;
}

export function figuresOf({ queues, log, copies }: JournalQueues): JournalFigures {
  return { depth: () => log.depth, copies: () => copies.depth, bytes: () => queues.usedBytes() };
}
