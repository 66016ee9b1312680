/**
 * Longer than nearly all work takes, and so short that some slices in a row are still nothing that a person notices: a message
 * between two is through after six or seven turns of the event loop.
 */
const sliceMs = 3;

/** For how long work that takes long has the event loop to itself. Then it rests for a turn, in which all others are served. */
export class Slice {
  #endsAtMs = performance.now() + sliceMs;

  get isOver(): boolean {
    return performance.now() >= this.#endsAtMs;
  }

  async rest(): Promise<void> {
    await nextTurn();
    this.#endsAtMs = performance.now() + sliceMs;
  }
}

/** Resolves once whatever else has arrived is served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
