/** What is smaller costs little; what is larger than a body of WuKongIM v2 can be is rare. */
const leastBytes = 1024 * 1024;
const mostBytes = 4 * 1024 * 1024;
const mostKept = 4;

/**
 * Memory of large bodies that are over, for those that come next: a new buffer for each would be there until the
 * collector gets to it. Held weakly, so that it is free again once no more large ones come.
 */
export class SpareBuffers {
  readonly #kept: WeakRef<ArrayBuffer>[] = [];

  /** Whatever is in it. */
  take(bytes: number): Buffer {
    if (bytes < leastBytes || bytes > mostBytes) return Buffer.allocUnsafeSlow(bytes);
    for (;;) {
      const spare = this.#kept.pop();
      if (spare === undefined) return Buffer.from(new ArrayBuffer(mostBytes), 0, bytes);
      const memory = spare.deref();
      if (memory !== undefined) return Buffer.from(memory, 0, bytes);
    }
  }

  /** Nobody may look at it any more. What was not taken here is left alone. */
  giveBack(buffer: Buffer): void {
    const { buffer: memory } = buffer;
    if (memory.byteLength !== mostBytes || !(memory instanceof ArrayBuffer) || this.#kept.length === mostKept)
      return;
    this.#kept.push(new WeakRef(memory));
  }
}
