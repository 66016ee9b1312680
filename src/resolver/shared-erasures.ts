import { createHash } from 'node:crypto';
import type { SharedState } from '../store/ports/shared-state';

export interface SharedErasuresOptions {
  readonly sharedState: Pick<SharedState, 'getMany' | 'set'>;
  /** As long as a process may use what it knew of an erased user. */
  readonly keptMs: number;
  /** A value that no other erasure has. */
  readonly newMark: () => string;
}

/**
 * Tells the processes that share a store whom one of them has erased. An erasure is a mark under a digest of the uid; a process
 * that finds a mark for the first time has something to forget.
 */
export class SharedErasures {
  /** The marks of which this process has forgotten, by uid; the oldest leave. */
  readonly #applied = new Map<string, string>();
  readonly #options: SharedErasuresOptions;

  constructor(options: SharedErasuresOptions) {
    this.#options = options;
  }

  /** Rejects with StoreUnavailableError: others do not know of it. */
  async tell(uid: string): Promise<void> {
    const { sharedState, newMark, keptMs } = this.#options;
    const mark = newMark();
    this.#apply(uid, mark);
    await sharedState.set(keyOf(uid), mark, keptMs);
  }

  /** Those of the uids whom another process has erased since they were looked for the last time. None where the store does not answer. */
  async newAmong(uids: readonly string[]): Promise<readonly string[]> {
    if (uids.length === 0) return [];
    const marks = await this.#options.sharedState.getMany(uids.map(keyOf)).catch(() => []);
    return uids.filter((uid, at) => {
      const mark = marks[at] ?? null;
      if (mark === null || this.#applied.get(uid) === mark) return false;
      this.#apply(uid, mark);
      return true;
    });
  }

  #apply(uid: string, mark: string): void {
    this.#applied.delete(uid);
    this.#applied.set(uid, mark);
    if (this.#applied.size > remembered) this.#applied.delete(this.#applied.keys().next().value ?? '');
  }
}

function keyOf(uid: string): string {
  return `erased:${createHash('sha256').update(uid).digest('base64url')}`;
}

const remembered = 10_000;
