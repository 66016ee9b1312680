import { Duplex } from 'node:stream';

/** A socket whose other end is the fuzzer. */
export class MemorySocket extends Duplex {
  readonly written: Buffer[] = [];

  constructor() {
    super({ highWaterMark: 1 << 20 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // A copy: the writer uses its memory again.
    this.written.push(Buffer.from(chunk));
    setImmediate(done);
  }

  /** As a network does: torn anywhere. */
  arrive(bytes: Buffer): void {
    if (!this.destroyed) this.emit('data', bytes);
  }
}
