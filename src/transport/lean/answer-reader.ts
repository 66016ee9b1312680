import { type AnswerHead, AnswerHeads } from './answer-head';
import type { FrameWriter } from './frame-writer';
import {
  ANSWER_WINDOW_BYTES,
  CANCEL,
  COMPRESSION_ERROR,
  CONNECTION_WINDOW_BYTES,
  FLOW_CONTROL_ERROR,
  PROTOCOL_ERROR,
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

const MAX_BODY_BYTES = 64 * 1024;
const MAX_CHUNKS = 256;
const MAX_PRELUDES = 16;
const NOT_MODIFIED = 304;

/**
 * Puts answers together out of header blocks and data, and gives the peer back what they take of its windows. Blocks of
 * streams that are gone are decoded all the same, because they may change the tables.
 */
export class AnswerReader implements AnswerEvents {
  private readonly decoder = new HeaderDecoder();
  private readonly heads = new AnswerHeads(this.decoder);
  private consumedBytes = 0;

  constructor(
    private readonly streams: OpenStreams,
    private readonly writer: FrameWriter,
    private readonly owner: AnswerOwner,
  ) {}

  /** The peer has acknowledged that it is to use no table. */
  forbidTable(): void {
    this.decoder.forbidTable();
  }

  onHeaders(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    const head = this.heads.read(bytes, start, end);
    if (typeof head === 'string')
      return this.owner.onFault(COMPRESSION_ERROR, `header block is broken: ${head}`);
    const stream = this.streams.find(streamId);
    if (stream === null) return;
    if (stream.status !== 0) return this.trailers(stream, head, endStream);
    if (head.malformed !== null || head.status === 0)
      return this.useless(stream, head.malformed ?? 'no status', endStream);
    if (head.status < 200) return this.prelude(stream, head.status, endStream);
    stream.status = head.status;
    stream.headers = head.headers;
    stream.contentLength = head.contentLength;
    this.owner.onAnswer(head.status);
    if (endStream) this.complete(stream, '');
  }

  onData(
    streamId: number,
    endStream: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    flowBytes: number,
  ): void {
    if (flowBytes > 0 && !this.consume(flowBytes)) return;
    const stream = this.streams.find(streamId);
    if (stream === null) return;
    if (stream.status === 0) return this.useless(stream, 'data before a status', endStream);
    stream.receivedBytes += end - start;
    stream.consumedBytes += flowBytes;
    if (stream.consumedBytes > ANSWER_WINDOW_BYTES)
      return this.owner.onUseless(stream, 'answer overruns its window', FLOW_CONTROL_ERROR, endStream);
    if (stream.receivedBytes > MAX_BODY_BYTES)
      return this.owner.onUseless(stream, `answer is larger than ${MAX_BODY_BYTES} bytes`, CANCEL, endStream);
    if (!endStream) return this.keep(stream, bytes, start, end);
    if (stream.chunks === null)
      return this.complete(stream, start === end ? '' : bytes.toString('utf8', start, end));
    stream.chunks.push(bytes.subarray(start, end));
    this.complete(stream, Buffer.concat(stream.chunks).toString('utf8'));
  }

  private complete(stream: LeanStream, body: string): void {
    const { contentLength, status } = stream;
    if (contentLength >= 0 && contentLength !== stream.receivedBytes && status !== NOT_MODIFIED)
      return this.owner.onUseless(stream, 'answer ended in the middle', PROTOCOL_ERROR, true);
    this.owner.onAnswered(stream, body);
  }

  private prelude(stream: LeanStream, status: number, endStream: boolean): void {
    stream.preludes += 1;
    if (endStream || status === 101 || stream.preludes > MAX_PRELUDES)
      this.useless(stream, `status ${status} is no answer`, endStream);
  }

  private trailers(stream: LeanStream, head: AnswerHead, endStream: boolean): void {
    if (!endStream || head.status !== 0 || head.malformed !== null)
      return this.useless(stream, head.malformed ?? 'headers in the middle of the body', endStream);
    const { chunks } = stream;
    this.complete(stream, chunks === null ? '' : Buffer.concat(chunks).toString('utf8'));
  }

  private keep(stream: LeanStream, bytes: Buffer, start: number, end: number): void {
    if (start < end) {
      stream.chunks ??= [];
      stream.chunks.push(Buffer.from(bytes.subarray(start, end)));
      // A body in single bytes must not cost an object for each.
      if (stream.chunks.length > MAX_CHUNKS) stream.chunks = [Buffer.concat(stream.chunks)];
    }
    // Only padding takes so much: whatever is left of the window suffices for the longest body.
    if (stream.consumedBytes <= ANSWER_WINDOW_BYTES / 2) return;
    this.writer.windowUpdate(stream.id, stream.consumedBytes);
    stream.consumedBytes = 0;
  }

  private consume(flowBytes: number): boolean {
    this.consumedBytes += flowBytes;
    if (this.consumedBytes > CONNECTION_WINDOW_BYTES) {
      this.owner.onFault(FLOW_CONTROL_ERROR, 'it overruns the window');
      return false;
    }
    if (this.consumedBytes <= CONNECTION_WINDOW_BYTES / 2) return true;
    this.writer.windowUpdate(0, this.consumedBytes);
    this.consumedBytes = 0;
    return true;
  }

  private useless(stream: LeanStream, detail: string, endedByPeer: boolean): void {
    this.owner.onUseless(stream, `answer is malformed: ${detail}`, PROTOCOL_ERROR, endedByPeer);
  }
}
