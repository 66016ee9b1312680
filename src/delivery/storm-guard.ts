import type { Clock } from '../domain/clock';
import type { PendingDelivery } from '../domain/work';

/** The reason that a delivery waits for as a storm's summary: it is none yet in `summary`, which later attempts keep. */
export const heldByStorm = 'held by the storm limits';

export function isSummary(pending: Pick<PendingDelivery, 'summary' | 'lastReason'>): boolean {
  return pending.summary === true || pending.lastReason === heldByStorm;
}

export interface StormOptions {
  /** Notifications of one conversation on one device. */
  readonly conversationPerMinute: number;
  /** Notifications of all conversations on one device. */
  readonly recipientPerMinute: number;
  /** Until the summary of what was held back. */
  readonly summaryIntervalMs: number;
}

/** send: it goes out. summary: it goes out later, as the summary of all that is held back. held: the summary counts it. */
export type StormVerdict = 'send' | 'summary' | 'held';

/**
 * Keeps a phone from ringing every second: a phone that does is switched to silent. Counts by device and conversation
 * in fixed minutes; a minute's end forgets the counts, so that memory is bounded by what one minute brings.
 *
 * A conversation is calm → (beyond a limit) held, with one message kept in the store to become the summary → calm again
 * once the summary is taken, or is so late that it may never be: its message may have expired, or its device left.
 */
export class StormGuard {
  #minute = 0;
  readonly #byConversation = new Map<string, number>();
  readonly #byDevice = new Map<string, number>();
  readonly #held = new Map<string, Held>();
  /** Counts of summaries that went out, for those that have to be tried again. */
  readonly #taken = new Map<string, Taken>();

  constructor(
    private readonly options: StormOptions,
    private readonly clock: Clock,
  ) {}

  get summaryIntervalMs(): number {
    return this.options.summaryIntervalMs;
  }

  /** The message that was to become the summary is so again: whoever worked on it before may not have stored it. */
  admit(device: string, conversation: string, messageId: string): StormVerdict {
    this.#turnMinute();
    const key = `${device}\n${conversation}`;
    const held = this.#held.get(key);
    if (held !== undefined && this.clock.monotonicMs() < held.untilMs) {
      if (held.messageId === messageId) return 'summary';
      held.count += 1;
      return 'held';
    }
    const ofConversation = count(this.#byConversation, key);
    const ofDevice = count(this.#byDevice, device);
    if (ofConversation <= this.options.conversationPerMinute && ofDevice <= this.options.recipientPerMinute)
      return 'send';
    if (this.#held.size >= conversationsHeld) return 'send';
    const untilMs = this.clock.monotonicMs() + this.options.summaryIntervalMs + summaryLateMs;
    this.#taken.delete(key);
    this.#held.set(key, { messageId, count: 1, untilMs });
    return 'summary';
  }

  /** How many a summary stands for, at every attempt; null when an earlier run of the relay held them back. */
  takeSummary(device: string, conversation: string): number | null {
    const key = `${device}\n${conversation}`;
    const held = this.#held.get(key);
    if (held === undefined) return this.#taken.get(key)?.count ?? null;
    this.#held.delete(key);
    if (this.#taken.size < conversationsHeld)
      this.#taken.set(key, { count: held.count, untilMs: this.clock.monotonicMs() + takenKeptMs });
    return held.count;
  }

  #turnMinute(): void {
    const minute = Math.floor(this.clock.monotonicMs() / 60_000);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#byConversation.clear();
    this.#byDevice.clear();
    const nowMs = this.clock.monotonicMs();
    for (const [key, { untilMs }] of this.#held) if (untilMs <= nowMs) this.#held.delete(key);
    for (const [key, { untilMs }] of this.#taken) if (untilMs <= nowMs) this.#taken.delete(key);
  }
}

interface Held {
  /** The message that becomes the summary. */
  readonly messageId: string;
  count: number;
  readonly untilMs: number;
}

interface Taken {
  readonly count: number;
  readonly untilMs: number;
}

/** A summary that is tried again after this no longer says how many it stands for. */
const takenKeptMs = 3_600_000;

/** A summary that is later than this does not come: its conversation is not kept silent for it. */
const summaryLateMs = 60_000;

/** Beyond this many conversations at once the guard lets through: its memory is bounded. */
const conversationsHeld = 100_000;

function count(counts: Map<string, number>, key: string): number {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  return next;
}
