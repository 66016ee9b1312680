/** Lets go of what a thread of the store may be busy with; resolves when none is. */
export type Release = () => Promise<unknown>;

/** How long the store may take to let go. A disk that hangs is waited for no longer. */
const releaseMs = 3_000;
const pollMs = 10;

/**
 * Work of Node's own threads that may take long: a name server that does not answer, a disk that does not. The names are
 * those of `process.getActiveResourcesInfo()`.
 */
const slowWork = /^(?:GetAddrInfo|GetNameInfo|FSReq)/;

/**
 * A hard end of the process: nothing is drained, because the store is made for being killed.
 *
 * running → ending (the store lets go) → gone.
 *
 * `process.exit` waits for Node's threads, and one in which LMDB writes a transaction waits for JavaScript in turn: called
 * in that moment it would never end. So the exit code has to wait until no thread is at work, which takes
 * milliseconds; a process whose threads do not come back is killed.
 */
export class ProcessEnd {
  readonly #releases = new Set<Release>();
  #ending = false;

  get isEnding(): boolean {
    return this.#ending;
  }

  /** Says what has to let go first; the answer takes that back. */
  before(release: Release): () => void {
    this.#releases.add(release);
    return () => void this.#releases.delete(release);
  }

  /** Ends the process with this exit code, within seconds; by SIGKILL where a thread hangs. */
  now(code: number): void {
    if (this.#ending) return;
    this.#ending = true;
    const releases = [...this.#releases].map((release) => release());
    void Promise.allSettled(releases).then(() => exitWhenIdle(code));
    setTimeout(kill, releaseMs);
  }
}

function exitWhenIdle(code: number): void {
  const poll = setInterval(() => {
    if (process.getActiveResourcesInfo().some((name) => slowWork.test(name))) return;
    clearInterval(poll);
    process.exit(code);
  }, pollMs);
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
  // Only as the first process of a container, which no signal of its own ends.
  process.abort();
}
