export interface LivenessOptions {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

const SUSPECT_AFTER_MS = 500;
/** Silence while an answer is owed. It also finds sessions that node:http2 keeps, deaf, after a peer's garbage. */
const OWED_AFTER_MS = 2_000;
const SILENT_TIMEOUTS = 3;

/**
 * Whether the peer of one connection still lives, as far as its silence tells.
 *
 * Heard: something came lately. Owed: streams are open and nothing comes, so a PING is due earlier than when idle. Asked: a PING is on its way; after a while without its answer the peer is suspect, after
 * `pingTimeoutMs` dead. It is dead too when requests time out one after another (one is enough before the first answer
 * ever) and nothing at all came since the oldest of them was sent, even if it answers PING.
 */
export class Liveness {
  suspect = false;
  private answeredOnce = false;
  private lastHeardMs: number;
  private lastAnswerMs: number;
  private askedAtMs: number | null = null;
  private silentTimeouts = 0;

  constructor(
    private readonly options: LivenessOptions,
    nowMs: number,
  ) {
    this.lastHeardMs = nowMs;
    this.lastAnswerMs = nowMs;
  }

  onAnswer(nowMs: number): void {
    this.answeredOnce = true;
    this.lastAnswerMs = nowMs;
    this.lastHeardMs = nowMs;
    this.silentTimeouts = 0;
  }

  onPong(nowMs: number): void {
    this.askedAtMs = null;
    this.suspect = false;
    this.lastHeardMs = nowMs;
  }

  /** A request that was sent at `sentAtMs` was given up. */
  onTimeout(sentAtMs: number): 'alive' | 'dead' {
    this.silentTimeouts = this.answeredOnce && this.lastAnswerMs > sentAtMs ? 0 : this.silentTimeouts + 1;
    return this.silentTimeouts >= (this.answeredOnce ? SILENT_TIMEOUTS : 1) ? 'dead' : 'alive';
  }

  /** `ask` where a PING is due; the caller sends it and says so by `asked`. */
  check(nowMs: number, oldestSentAtMs: number | null): 'quiet' | 'ask' | 'dead' {
    if (this.askedAtMs !== null) {
      const waitedMs = nowMs - this.askedAtMs;
      this.suspect = waitedMs >= SUSPECT_AFTER_MS;
      return waitedMs >= this.options.pingTimeoutMs ? 'dead' : 'quiet';
    }
    const silentMs = nowMs - this.lastHeardMs;
    const owedMs = oldestSentAtMs === null ? 0 : Math.min(silentMs, nowMs - oldestSentAtMs);
    const owedTooLong = owedMs >= Math.min(OWED_AFTER_MS, this.options.pingTimeoutMs);
    return silentMs >= this.options.pingIntervalMs || owedTooLong ? 'ask' : 'quiet';
  }

  /** False while an earlier PING has no answer yet. */
  ask(nowMs: number): boolean {
    if (this.askedAtMs !== null) return false;
    this.askedAtMs = nowMs;
    return true;
  }
}
