/** A few milliseconds of work. */
const mostPieces = 1_024;
/** Of a body that comes in that many; what any sender writes at once is far more. */
const leastMeanBytes = 64;

/** Tells when a body comes in crumbs: each costs as much as a piece of 64 KiB, so that a few megabytes would stop the process for seconds. */
export class PieceGauge {
  #pieces = 0;
  #bytes = 0;

  /** True when the body has to be given up. */
  isCrumbs(pieceBytes: number): boolean {
    this.#pieces += 1;
    this.#bytes += pieceBytes;
    return this.#pieces >= mostPieces && this.#bytes < this.#pieces * leastMeanBytes;
  }
}
