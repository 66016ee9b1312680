/** What a store takes that answers slowly is no work of this process. */
const longestRestMs = 250;

/**
 * The metrics as text, which takes milliseconds. Who asks while it is being written shares the next, which comes as long
 * after as this one took: however many ask, half of the time is left for others.
 */
export class SharedScrape {
  #next: Promise<string> | null = null;
  #rest: Promise<void> = Promise.resolve();
  readonly #read: () => Promise<string>;

  constructor(read: () => Promise<string>) {
    this.#read = read;
  }

  /** Never older than the call. */
  text(): Promise<string> {
    return (this.#next ??= this.#afterLast());
  }

  async #afterLast(): Promise<string> {
    const last = this.#rest;
    let rested!: () => void;
    this.#rest = new Promise((resolve) => (rested = resolve));
    await last;
    // Who comes from here on may have to see more than this one does.
    this.#next = null;
    const startedAt = performance.now();
    try {
      return await this.#read();
    } finally {
      setTimeout(rested, Math.min(performance.now() - startedAt, longestRestMs));
    }
  }
}
