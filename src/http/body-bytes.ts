/**
 * The bytes of a body as they come. They are copied together, because a body may come a byte at a time, and each piece
 * would take hundreds. Never holds much more than twice of what has come, whatever was announced.
 */
export class BodyBytes {
  readonly #blocks: Buffer[] = [];
  #fullBytes = 0;
  #last: Buffer | null = null;
  #lastBytes = 0;

  get length(): number {
    return this.#fullBytes + this.#lastBytes;
  }

  /** What it takes of the memory. */
  get heldBytes(): number {
    return this.#fullBytes + (this.#last?.length ?? 0);
  }

  append(piece: Buffer): void {
    let from = 0;
    while (from < piece.length) {
      const block = this.#last ?? this.#newBlock(piece.length);
      const copied = piece.copy(block, this.#lastBytes, from);
      from += copied;
      this.#lastBytes += copied;
      if (this.#lastBytes === block.length) this.#closeBlock(block);
    }
  }

  /** Once; forgets them. */
  take(): Buffer {
    if (this.#last !== null) this.#blocks.push(this.#last.subarray(0, this.#lastBytes));
    const whole = Buffer.allocUnsafeSlow(this.length);
    let at = 0;
    for (const block of this.#blocks) at += block.copy(whole, at);
    this.#blocks.length = 0;
    this.#last = null;
    this.#fullBytes = 0;
    this.#lastBytes = 0;
    return whole;
  }

  #newBlock(pieceBytes: number): Buffer {
    const wanted = Math.max(leastBlockBytes, Math.min(this.#fullBytes, mostBlockBytes), pieceBytes);
    this.#last = Buffer.allocUnsafeSlow(wanted);
    return this.#last;
  }

  #closeBlock(block: Buffer): void {
    this.#blocks.push(block);
    this.#fullBytes += block.length;
    this.#last = null;
    this.#lastBytes = 0;
  }
}

const leastBlockBytes = 1024;
const mostBlockBytes = 1024 * 1024;
