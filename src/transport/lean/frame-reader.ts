import { frameHeadBytes, frameSizeErrorCode, maxFrameBytes, readUint31 } from './frames';

export interface FrameSink {
  /**
   * A whole frame; its payload is `bytes` from `start` to `end`, valid only during the call. Returns false when nothing more
   * is to be read.
   */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean;
  onFault(code: number, detail: string): void;
}

const nothing = Buffer.alloc(0);

/**
 * Cuts what a socket brings into frames, in place; only a frame that is torn over two chunks is copied.
 *
 * Between frames: nothing is held. Within a frame: its beginning is held. Stopped, after a fault or when the sink said so:
 * everything is ignored.
 */
export class FrameReader {
  #held = nothing;
  #heldBytes = 0;
  #stopped = false;
  readonly #sink: FrameSink;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  stop(): void {
    this.#stopped = true;
  }

  read(chunk: Buffer): void {
    if (this.#stopped) return;
    let at = this.#heldBytes > 0 ? this.#complete(chunk) : 0;
    while (!this.#stopped && chunk.length - at >= frameHeadBytes) {
      const frameBytes = this.#frameBytes(chunk, at);
      if (frameBytes < 0) return;
      if (chunk.length - at < frameBytes) break;
      this.#deliver(chunk, at, frameBytes);
      at += frameBytes;
    }
    if (!this.#stopped && at < chunk.length) this.#hold(chunk, at, chunk.length);
  }

  /** Adds to the held frame what it lacks; returns where the next frame begins. */
  #complete(chunk: Buffer): number {
    let at = 0;
    if (this.#heldBytes < frameHeadBytes) {
      at = Math.min(chunk.length, frameHeadBytes - this.#heldBytes);
      this.#hold(chunk, 0, at);
      if (this.#heldBytes < frameHeadBytes) return at;
    }
    const frameBytes = this.#frameBytes(this.#held, 0);
    if (frameBytes < 0) return chunk.length;
    const next = Math.min(chunk.length, at + frameBytes - this.#heldBytes);
    this.#hold(chunk, at, next);
    if (this.#heldBytes < frameBytes) return next;
    this.#heldBytes = 0;
    this.#deliver(this.#held, 0, frameBytes);
    return next;
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    if (this.#held === nothing) this.#held = Buffer.allocUnsafeSlow(frameHeadBytes + maxFrameBytes);
    chunk.copy(this.#held, this.#heldBytes, start, end);
    this.#heldBytes += end - start;
  }

  /** -1 when the frame is larger than this side takes. */
  #frameBytes(bytes: Buffer, at: number): number {
    const length =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (length <= maxFrameBytes) return frameHeadBytes + length;
    this.#stopped = true;
    this.#sink.onFault(frameSizeErrorCode, 'frame is too large');
    return -1;
  }

  #deliver(bytes: Buffer, at: number, frameBytes: number): void {
    const goesOn = this.#sink.onFrame(
      bytes[at + 3] as number,
      bytes[at + 4] as number,
      readUint31(bytes, at + 5),
      bytes,
      at + frameHeadBytes,
      at + frameBytes,
    );
    if (!goesOn) this.#stopped = true;
  }
}
