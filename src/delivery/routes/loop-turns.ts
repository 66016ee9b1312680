/**
 * Lets heavy work rest for a moment when a turn of the event loop has taken long enough, so that webhooks that have arrived
 * meanwhile are answered in between: what one answer of the store brings can be enough for a tenth of a second.
 *
 * fresh (work goes on at once) → spent (the turn has used its time: who comes waits, in order, for the next turn) → fresh.
 */
export class LoopTurns {
  #startedAtMs: number | null = null;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly budgetMs: number,
    private readonly nowMs: () => number,
  ) {}

  /** Null: go on at once. */
  enter(): Promise<void> | null {
    if (this.#waiting.length === 0 && this.#isFresh()) return null;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #isFresh(): boolean {
    const nowMs = this.nowMs();
    if (this.#startedAtMs === null) {
      this.#startedAtMs = nowMs;
      setImmediate(() => this.#next());
    }
    return nowMs - this.#startedAtMs < this.budgetMs;
  }

  #next(): void {
    this.#startedAtMs = null;
    const queue = this.#waiting;
    if (queue.length > 0) this.#release(queue, 0);
  }

  /** One after the other: each does its work before the clock is looked at again. */
  #release(queue: (() => void)[], from: number): void {
    const resolve = queue[from];
    if (resolve === undefined || !this.#isFresh()) {
      queue.splice(0, from);
      return;
    }
    resolve();
    queueMicrotask(() => this.#release(queue, from + 1));
  }
}
