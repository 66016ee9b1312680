export interface StreamLimitOptions {
  readonly maxStreams: number;
  readonly singleStreamUntilFirstAnswer: boolean;
}

/** How many streams may be open at once: what was configured, what the peer says, and what it shows by its answers. */
export class StreamLimit {
  /** What the peer says. */
  peerLimit = Infinity;
  /** A stream was answered, by something else than a refused credential. */
  proven = false;
  /** What the peer refused beyond, until answers show that it takes more again. */
  #refusedBeyond = Infinity;
  readonly #options: StreamLimitOptions;

  constructor(options: StreamLimitOptions) {
    this.#options = options;
  }

  get value(): number {
    const { maxStreams, singleStreamUntilFirstAnswer } = this.#options;
    const most = singleStreamUntilFirstAnswer && !this.proven ? 1 : maxStreams;
    return Math.min(most, this.peerLimit, this.#refusedBeyond);
  }

  onRefused(openStreams: number): void {
    this.#refusedBeyond = Math.max(1, openStreams);
  }

  /** Returns whether that was the proof. */
  onAnswer(status: number): boolean {
    if (this.#refusedBeyond !== Infinity)
      this.#refusedBeyond =
        this.#refusedBeyond < this.#options.maxStreams ? this.#refusedBeyond + 1 : Infinity;
    // A refused credential (401, 403) proves nothing yet: APNs keeps such a connection at one stream.
    if (this.proven || status === 401 || status === 403) return false;
    this.proven = true;
    return true;
  }
}
