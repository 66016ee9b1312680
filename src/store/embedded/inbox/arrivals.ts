/**
 * Wakes claims that wait for entries. `seen` is taken before looking for entries and given to `wait`: what arrived in
 * between is not missed.
 */
export class Arrivals {
  #count = 0;
  readonly #waiters = new Set<() => void>();

  seen(): number {
    return this.#count;
  }

  announce(): void {
    this.#count++;
    if (this.#waiters.size === 0) return;
    for (const wake of [...this.#waiters]) wake();
  }

  /** Resolves when something arrived after `seen`, when `waitMs` are over, or when `signal` aborts. */
  wait(seen: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== seen || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(waitMs, 0x7fff_ffff));
      this.#waiters.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
