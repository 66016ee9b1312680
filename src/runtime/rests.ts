/**
 * How long work for many rests between two slices of it. For the next turn of the event loop, so that others run in between;
 * and where somebody has come lately with what is for few, for as long as the slice took with all that it waited for, 5 ms at
 * most: a message between two needs several turns until it is sent, and finds all of them full otherwise.
 */
export class Rests {
  #isSeen = false;
  #fewAtMs = Number.NEGATIVE_INFINITY;
  #sliceFromMs = Number.NEGATIVE_INFINITY;

  /** Something for few has come. When exactly is looked at in the next rest: this is called for every message. */
  seen(): void {
    this.#isSeen = true;
  }

  async rest(): Promise<void> {
    const nowMs = performance.now();
    if (this.#isSeen) this.#fewAtMs = nowMs;
    this.#isSeen = false;
    const tookMs = Math.min(longestMs, nowMs - this.#sliceFromMs);
    const isAlone = nowMs - this.#fewAtMs > quietMs;
    await new Promise<void>((resolve) => {
      if (isAlone) setImmediate(resolve);
      else setTimeout(resolve, tookMs);
    });
    this.#sliceFromMs = performance.now();
  }
}

const quietMs = 2_000;
const longestMs = 5;
