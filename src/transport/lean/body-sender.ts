import type { FrameWriter } from './frame-writer';
import { defaultWindowBytes, maxFrameBytes, maxWindowBytes } from './frames';
import { type LeanStream, noBody } from './lean-stream';

/**
 * Sends request bodies as far as the peer's windows allow, in the order of the requests.
 *
 * A stream whose body is not sent whole is queued, while the connection's window is what it lacks, or waits for a window of its
 * own, and then for nobody else.
 */
export class BodySender {
  /** Of a new stream. */
  initialWindow = defaultWindowBytes;
  #window = defaultWindowBytes;
  #first: LeanStream | null = null;
  #last: LeanStream | null = null;
  readonly #writer: FrameWriter;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** Its HEADERS have been written. */
  send(stream: LeanStream, body: Buffer): void {
    stream.body = body;
    if (this.#first === null) this.#sendSome(stream);
    if (stream.isSending && stream.sendWindow > 0) this.#queue(stream);
  }

  /** The peer takes more of all streams. False when it says more than there can be. */
  widenConnection(increment: number): boolean {
    this.#window += increment;
    if (this.#window > maxWindowBytes) return false;
    this.pump();
    return true;
  }

  /** The peer takes more of one stream. False when it says more than there can be. */
  widenStream(stream: LeanStream, increment: number): boolean {
    stream.sendWindow += increment;
    if (stream.sendWindow > maxWindowBytes) return false;
    this.#resume(stream);
    this.pump();
    return true;
  }

  /** The peer's INITIAL_WINDOW_SIZE changed by this much, also for streams that are open: follow with `pump`. */
  shiftStream(stream: LeanStream, difference: number): boolean {
    stream.sendWindow += difference;
    if (stream.sendWindow > maxWindowBytes) return false;
    this.#resume(stream);
    return true;
  }

  pump(): void {
    while (this.#first !== null && this.#window > 0) {
      const stream = this.#first;
      this.#sendSome(stream);
      if (stream.isSending && stream.sendWindow > 0) return;
      this.#unqueueFirst();
    }
  }

  /** The rest of its body is not wanted. */
  drop(stream: LeanStream): void {
    stream.body = noBody;
    stream.bodyAt = 0;
    while (this.#first !== null && !this.#first.isSending) this.#unqueueFirst();
  }

  #resume(stream: LeanStream): void {
    if (stream.isSending && stream.sendWindow > 0 && !stream.queued) this.#queue(stream);
  }

  #sendSome(stream: LeanStream): void {
    const { body } = stream;
    for (;;) {
      const left = body.length - stream.bodyAt;
      const bytes = Math.min(left, this.#window, stream.sendWindow, maxFrameBytes);
      if (bytes <= 0) return;
      const end = stream.bodyAt + bytes;
      this.#writer.data(stream.id, body, stream.bodyAt, end, bytes === left);
      stream.bodyAt = end;
      stream.sendWindow -= bytes;
      this.#window -= bytes;
    }
  }

  #queue(stream: LeanStream): void {
    stream.queued = true;
    if (this.#last === null) this.#first = stream;
    else this.#last.next = stream;
    this.#last = stream;
  }

  #unqueueFirst(): void {
    const stream = this.#first as LeanStream;
    this.#first = stream.next;
    if (this.#first === null) this.#last = null;
    stream.next = null;
    stream.queued = false;
  }
}
