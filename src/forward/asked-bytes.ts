/** Up to this size, an event is small: larger ones never take its room. */
const smallBytes = 64 * 1024;

/**
 * Memory of events whose senders wait for a receiver's answer, which may take as long as the receiver's time limit. Small and large
 * events have a half each.
 */
export class AskedBytes {
  readonly #used = { small: 0, large: 0 };
  readonly #limit: number;

  constructor(limitBytes: number) {
    this.#limit = limitBytes / 2;
  }

  /** Whoever gets true leaves. A single event of any size has room. */
  enter(bytes: number): boolean {
    const size = sizeOf(bytes);
    const used = this.#used[size];
    if (used > 0 && used + bytes > this.#limit) return false;
    this.#used[size] += bytes;
    return true;
  }

  leave(bytes: number): void {
    this.#used[sizeOf(bytes)] -= bytes;
  }
}

function sizeOf(bytes: number): 'small' | 'large' {
  return bytes <= smallBytes ? 'small' : 'large';
}
