import type { Clock } from '../../domain/clock';

export interface StormOptions {
  /** Notifications of one conversation on one device. */
  readonly conversationPerMinute: number;
  /** Notifications of all conversations on one device. */
  readonly recipientPerMinute: number;
  /** Until the summary of what was held back. */
  readonly summaryIntervalMs: number;
}

/**
 * Keeps a phone from ringing every second: a phone that does is switched to silent. Counts by device and conversation
 * in fixed minutes; a minute's end forgets the counts, so that memory is bounded by what one minute brings.
 *
 * A conversation is calm → (beyond a limit) held until the summary is due → judged anew. What is held is kept in the
 * store, one delivery per conversation and device, which counts it. So it does not matter to this process when the summary
 * goes out, or which replica sends it.
 */
export class StormGuard {
  #minute = 0;
  readonly #byConversation = new Map<string, Count>();
  readonly #byDevice = new Map<string, Count>();
  readonly #heldUntilMs = new Map<string, number>();
  readonly #options: StormOptions;
  readonly #clock: Clock;

  constructor(options: StormOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Null: it goes out. Otherwise when the summary that it is added to is due, by the monotonic clock. */
  holdUntilMs(device: string, conversation: string): number | null {
    const nowMs = this.#clock.monotonicMs();
    this.#turnMinute(nowMs);
    const key = `${device}\n${conversation}`;
    const ofConversation = this.#seen(this.#byConversation, key, nowMs);
    const ofDevice = this.#seen(this.#byDevice, device, nowMs);
    const heldUntilMs = this.#heldUntilMs.get(key);
    if (heldUntilMs !== undefined && nowMs < heldUntilMs) return heldUntilMs;
    ofConversation.admitted += 1;
    ofDevice.admitted += 1;
    const { conversationPerMinute, recipientPerMinute, summaryIntervalMs } = this.#options;
    if (isWithin(ofConversation, conversationPerMinute) && isWithin(ofDevice, recipientPerMinute))
      return null;
    if (this.#heldUntilMs.size >= conversationsHeld) return null;
    this.#heldUntilMs.set(key, nowMs + summaryIntervalMs);
    return nowMs + summaryIntervalMs;
  }

  /** A message after a calm rings, however many came before it: that is no more than one in the time of a summary. */
  #seen(counts: Map<string, Count>, key: string, nowMs: number): Count {
    const count = counts.get(key) ?? { admitted: 0, lastMs: nowMs, afterCalm: false };
    count.afterCalm = nowMs - count.lastMs >= this.#options.summaryIntervalMs;
    count.lastMs = nowMs;
    counts.set(key, count);
    return count;
  }

  #turnMinute(nowMs: number): void {
    const minute = Math.floor(nowMs / 60_000);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#byConversation.clear();
    this.#byDevice.clear();
    for (const [key, untilMs] of this.#heldUntilMs) if (untilMs <= nowMs) this.#heldUntilMs.delete(key);
  }
}

interface Count {
  /** Messages of this minute that were not held at their arrival. */
  admitted: number;
  lastMs: number;
  afterCalm: boolean;
}

/** Beyond this many conversations at once the guard lets through: its memory is bounded. */
const conversationsHeld = 100_000;

function isWithin({ admitted, afterCalm }: Count, perMinute: number): boolean {
  return afterCalm || admitted <= perMinute;
}
