/**
 * Remembers until when a key needs no refresh. Two generations: when the young one is full the old one is dropped, so
 * that memory is bounded and what was just used stays. Forgetting too early costs one look-up, nothing else.
 */
export class RefreshMemory {
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  isFresh(key: string, nowMs: number): boolean {
    const untilMs = this.#young.get(key) ?? this.#old.get(key);
    return untilMs !== undefined && nowMs < untilMs;
  }

  remember(key: string, untilMs: number): void {
    if (this.#young.size * 2 >= this.#maxEntries && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, untilMs);
  }
}
