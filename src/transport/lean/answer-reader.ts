import { type AnswerHead, AnswerHeads } from './answer-head';
import type { FrameWriter } from './frame-writer';
import {
  answerWindowBytes,
  cancelCode,
  compressionErrorCode,
  connectionWindowBytes,
  flowControlErrorCode,
  protocolErrorCode,
} from './frames';
import { HeaderDecoder } from './header-decoder';
import type { LeanStream } from './lean-stream';
import type { OpenStreams } from './open-streams';
import type { AnswerEvents } from './peer-frames';

/** What becomes of the streams. */
export interface AnswerOwner {
  /** An answer began. */
  onAnswer(status: number): void;
  /** It came whole. */
  onAnswered(stream: LeanStream, body: string): void;
  /** It is of no use; the stream is to be reset with `code`, unless the peer has ended it. */
  onUseless(stream: LeanStream, cause: string, code: number, endedByPeer: boolean): void;
  onFault(code: number, detail: string): void;
}

const usualBodyBytes = 64 * 1024;
const smallestBufferBytes = 1024;
const maxPreludes = 16;
const notModified = 304;

/**
 * Puts answers together out of header blocks and data, and gives the peer back what they take of its windows. Blocks of
 * streams that are gone are decoded all the same, because they may change the tables.
 */
export class AnswerReader implements AnswerEvents {
  readonly #decoder = new HeaderDecoder();
  readonly #heads = new AnswerHeads(this.#decoder);
  #consumedBytes = 0;
  readonly #streams: OpenStreams;
  readonly #writer: FrameWriter;
  readonly #owner: AnswerOwner;

  constructor(streams: OpenStreams, writer: FrameWriter, owner: AnswerOwner) {
    this.#streams = streams;
    this.#writer = writer;
    this.#owner = owner;
  }

  /** The peer has acknowledged that it is to use no table. */
  forbidTable(): void {
    this.#decoder.forbidTable();
  }

  onHeaders(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    const head = this.#heads.read(bytes, start, end);
    if (typeof head === 'string')
      return this.#owner.onFault(compressionErrorCode, `header block is broken: ${head}`);
    const stream = this.#streams.find(streamId);
    if (stream === null) return;
    if (stream.status !== 0) return this.#trailers(stream, head, endStream);
    if (head.malformed !== null || head.status === 0)
      return this.#useless(stream, head.malformed ?? 'no status', endStream);
    if (head.status < 200) return this.#prelude(stream, head.status, endStream);
    stream.status = head.status;
    stream.headers = head.headers;
    stream.contentLength = head.contentLength;
    this.#owner.onAnswer(head.status);
    if (endStream) this.#complete(stream, '');
  }

  onData(
    streamId: number,
    endStream: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    flowBytes: number,
  ): void {
    if (flowBytes > 0 && !this.#consume(flowBytes)) return;
    const stream = this.#streams.find(streamId);
    if (stream === null) return;
    if (stream.status === 0) return this.#useless(stream, 'data before a status', endStream);
    const { receivedBytes } = stream;
    stream.receivedBytes += end - start;
    stream.consumedBytes += flowBytes;
    if (stream.consumedBytes > answerWindowBytes)
      return this.#owner.onUseless(stream, 'answer overruns its window', flowControlErrorCode, endStream);
    const maxBodyBytes = stream.exchange.request.maxAnswerBytes ?? usualBodyBytes;
    if (stream.receivedBytes > maxBodyBytes)
      return this.#owner.onUseless(
        stream,
        `answer is larger than ${maxBodyBytes} bytes`,
        cancelCode,
        endStream,
      );
    if (endStream && receivedBytes === 0)
      return this.#complete(stream, start === end ? '' : bytes.toString('utf8', start, end));
    if (start < end) bytes.copy(roomFor(stream, receivedBytes), receivedBytes, start, end);
    if (endStream) this.#complete(stream, textOf(stream));
    else this.#widen(stream);
  }

  #complete(stream: LeanStream, body: string): void {
    const { contentLength, status } = stream;
    if (contentLength >= 0 && contentLength !== stream.receivedBytes && status !== notModified)
      return this.#owner.onUseless(stream, 'answer ended in the middle', protocolErrorCode, true);
    this.#owner.onAnswered(stream, body);
  }

  #prelude(stream: LeanStream, status: number, endStream: boolean): void {
    stream.preludes += 1;
    if (endStream || status === 101 || stream.preludes > maxPreludes)
      this.#useless(stream, `status ${status} is no answer`, endStream);
  }

  #trailers(stream: LeanStream, head: AnswerHead, endStream: boolean): void {
    if (!endStream || head.status !== 0 || head.malformed !== null)
      return this.#useless(stream, head.malformed ?? 'headers in the middle of the body', endStream);
    this.#complete(stream, textOf(stream));
  }

  #widen(stream: LeanStream): void {
    // The usual answer, and what pads it, stays below.
    if (stream.consumedBytes <= answerWindowBytes / 2) return;
    this.#writer.windowUpdate(stream.id, stream.consumedBytes);
    stream.consumedBytes = 0;
  }

  #consume(flowBytes: number): boolean {
    this.#consumedBytes += flowBytes;
    if (this.#consumedBytes > connectionWindowBytes) {
      this.#owner.onFault(flowControlErrorCode, 'it overruns the window');
      return false;
    }
    if (this.#consumedBytes <= connectionWindowBytes / 2) return true;
    this.#writer.windowUpdate(0, this.#consumedBytes);
    this.#consumedBytes = 0;
    return true;
  }

  #useless(stream: LeanStream, detail: string, endedByPeer: boolean): void {
    this.#owner.onUseless(stream, `answer is malformed: ${detail}`, protocolErrorCode, endedByPeer);
  }
}

/** Doubles: an answer in single bytes must cost neither an object nor a copy of the whole for each. */
function roomFor(stream: LeanStream, filledBytes: number): Buffer {
  const { answer, receivedBytes } = stream;
  if (answer !== null && answer.length >= receivedBytes) return answer;
  const larger = Buffer.allocUnsafe(Math.max(smallestBufferBytes, receivedBytes * 2));
  answer?.copy(larger, 0, 0, filledBytes);
  stream.answer = larger;
  return larger;
}

function textOf({ answer, receivedBytes }: LeanStream): string {
  return answer === null ? '' : answer.toString('utf8', 0, receivedBytes);
}
