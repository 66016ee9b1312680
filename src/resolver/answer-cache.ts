/** fresh: as good as asked for now. stale: to be used, and asked for again. */
export type Cached<T> =
  { readonly state: 'fresh' | 'stale'; readonly value: T } | { readonly state: 'missing' };

export interface AnswerCacheOptions {
  readonly freshMs: number;
  /** From the answer on; past it the entry counts as missing. */
  readonly staleMs: number;
  readonly maxEntries: number;
}

interface Entry<T> {
  readonly value: T;
  readonly atMs: number;
  /** When it may be asked for again. */
  renewAtMs: number;
}

const missing = { state: 'missing' } as const;
/** What is being asked for behind is not asked for by everybody else, too. */
const renewEveryMs = 5_000;

/** Answers by what was asked, "nothing is known" among them. Bounded: what was answered longest ago leaves first. */
export class AnswerCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: AnswerCacheOptions;

  constructor(options: AnswerCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, nowMs: number): Cached<T> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return missing;
    const ageMs = nowMs - entry.atMs;
    if (ageMs > this.#options.staleMs) return missing;
    return { state: ageMs > this.#options.freshMs ? 'stale' : 'fresh', value: entry.value };
  }

  /** True for one of those who ask within some seconds: it asks the resolver. */
  takeRenewal(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || nowMs < entry.renewAtMs) return false;
    entry.renewAtMs = nowMs + renewEveryMs;
    return true;
  }

  set(key: string, value: T, nowMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, atMs: nowMs, renewAtMs: nowMs });
    if (this.#entries.size <= this.#options.maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  forget(isAbout: (key: string) => boolean): void {
    for (const key of this.#entries.keys()) if (isAbout(key)) this.#entries.delete(key);
  }
}
