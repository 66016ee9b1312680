/** Work that outlived those who waited for it; with so much, none is begun. */
const maxLate = 8;

/**
 * Work beside an answer: whoever asks for it waits for it, but not long.
 *
 * A piece is awaited → done, or late (it goes on with nobody waiting) → done.
 */
export class SideWork {
  #late = 0;
  readonly #deadlineMs: number;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** Resolves when `work` is done, takes too long, or is not begun. Rejects as it does while it is awaited. */
  run(work: () => Promise<void>): Promise<void> {
    if (this.#late >= maxLate) return Promise.resolve();
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.#late++;
        resolve();
      }, this.#deadlineMs);
      const end = (): void => {
        clearTimeout(timer);
        if (isLate) this.#late--;
      };
      work().then(
        () => (end(), resolve()),
        (error: unknown) => (end(), reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }
}
