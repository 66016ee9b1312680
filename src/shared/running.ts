/**
 * Work that was begun and is awaited later, or by nobody. It has an owner from its first moment: a failure is told, even while the owner
 * waits for something else. Without `failed`, a failure is a bug and ends the process.
 */
export class Running {
  readonly #tasks = new Set<Promise<void>>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void = raise) {
    this.#failed = failed;
  }

  add(task: Promise<unknown>): void {
    const running: Promise<void> = task
      .then(() => {}, this.#failed)
      .finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  /** Resolves when nothing runs any more, what was begun meanwhile included. */
  async ended(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }
}

function raise(error: unknown): never {
  throw error;
}
