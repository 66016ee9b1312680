export interface LivenessOptions {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

const suspectAfterMs = 500;
/** Silence while an answer is owed. */
const owedAfterMs = 2_000;

/**
 * Whether the peer of one connection still lives, as far as its silence tells.
 *
 * Heard: something came lately. Owed: streams are open and nothing comes, so a PING is due earlier than when idle. Asked: a PING
 * is on its way; after a while without its answer the peer is suspect, after `pingTimeoutMs` dead.
 */
export class Liveness {
  suspect = false;
  #lastHeardMs: number;
  #askedAtMs: number | null = null;
  readonly #options: LivenessOptions;

  constructor(options: LivenessOptions, nowMs: number) {
    this.#options = options;

    this.#lastHeardMs = nowMs;
  }

  onAnswer(nowMs: number): void {
    this.#lastHeardMs = nowMs;
  }

  onPong(nowMs: number): void {
    this.#askedAtMs = null;
    this.suspect = false;
    this.#lastHeardMs = nowMs;
  }

  /** `ask` where a PING is due; the caller sends it and says so by `ask`. */
  check(nowMs: number, oldestSentAtMs: number | null): 'quiet' | 'ask' | 'dead' {
    if (this.#askedAtMs !== null) {
      const waitedMs = nowMs - this.#askedAtMs;
      this.suspect = waitedMs >= suspectAfterMs;
      return waitedMs >= this.#options.pingTimeoutMs ? 'dead' : 'quiet';
    }
    const silentMs = nowMs - this.#lastHeardMs;
    const owedMs = oldestSentAtMs === null ? 0 : Math.min(silentMs, nowMs - oldestSentAtMs);
    const owedTooLong = owedMs >= Math.min(owedAfterMs, this.#options.pingTimeoutMs);
    return silentMs >= this.#options.pingIntervalMs || owedTooLong ? 'ask' : 'quiet';
  }

  /** False while an earlier PING has no answer yet. */
  ask(nowMs: number): boolean {
    if (this.#askedAtMs !== null) return false;
    this.#askedAtMs = nowMs;
    return true;
  }
}
