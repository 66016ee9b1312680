import type { Clock } from '../domain/clock';

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
 * once the summary is taken.
 */
export class StormGuard {
  #minute = 0;
  readonly #byConversation = new Map<string, number>();
  readonly #byDevice = new Map<string, number>();
  readonly #held = new Map<string, number>();

  constructor(
    private readonly options: StormOptions,
    private readonly clock: Clock,
  ) {}

  get summaryIntervalMs(): number {
    return this.options.summaryIntervalMs;
  }

  admit(device: string, conversation: string): StormVerdict {
    this.#turnMinute();
    const key = `${device}\n${conversation}`;
    const held = this.#held.get(key);
    if (held !== undefined) {
      this.#held.set(key, held + 1);
      return 'held';
    }
    const ofConversation = count(this.#byConversation, key);
    const ofDevice = count(this.#byDevice, device);
    if (ofConversation <= this.options.conversationPerMinute && ofDevice <= this.options.recipientPerMinute)
      return 'send';
    if (this.#held.size >= conversationsHeld) return 'send';
    this.#held.set(key, 1);
    return 'summary';
  }

  /** How many a summary stands for; null when an earlier run of the relay held them back. */
  takeSummary(device: string, conversation: string): number | null {
    const key = `${device}\n${conversation}`;
    const held = this.#held.get(key) ?? null;
    this.#held.delete(key);
    return held;
  }

  #turnMinute(): void {
    const minute = Math.floor(this.clock.now() / 60_000);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#byConversation.clear();
    this.#byDevice.clear();
  }
}

/** Beyond this many conversations at once the guard lets through: its memory is bounded. */
const conversationsHeld = 100_000;

function count(counts: Map<string, number>, key: string): number {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  return next;
}
