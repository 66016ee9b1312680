import type { FrameSink } from './frame-reader';
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  FRAME_SIZE_ERROR,
  GOAWAY,
  HEADERS,
  MAX_BLOCK_BYTES,
  PADDED,
  PING,
  PRIORITY,
  PROTOCOL_ERROR,
  PUSH_PROMISE,
  readUint31,
  readUint32,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
  WITH_PRIORITY,
} from './frames';

/** What the frames of a peer mean. Payloads are `bytes` from `start` to `end`, valid only during the call. */
export interface PeerEvents {
  onSettings(bytes: Buffer, start: number, end: number): void;
  onSettingsAck(): void;
  onReset(streamId: number, code: number): void;
  onPing(bytes: Buffer, start: number): void;
  onPong(bytes: Buffer, start: number): void;
  onGoaway(lastStreamId: number, code: number, opaque: Buffer): void;
  /** Of the connection where `streamId` is 0. */
  onWindowUpdate(streamId: number, increment: number): void;
  /** The peer broke the protocol: nothing more is read. */
  onFault(code: number, detail: string): void;
  /** A stream that this side has not opened yet, or that only a server could open. */
  isIdle(streamId: number): boolean;
}

/** Where the frames of answers go. */
export interface AnswerEvents {
  /** A whole header block, however many frames it took. */
  onHeaders(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void;
  /** `flowBytes` is what the frame takes of the windows, padding included. */
  onData(
    streamId: number,
    endStream: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    flowBytes: number,
  ): void;
}

const MAX_BLOCK_FRAMES = 64;
/** Between two upkeeps; answers do not count. */
const MAX_EMPTY_FRAMES = 20_000;

/**
 * Checks the frames of one peer for their sizes, their streams and their order, and says what they mean.
 *
 * Greeting: the first frame must be SETTINGS. Between frames: any may come. Within a header block: only its CONTINUATION may
 * come. Ended: after a fault, or when told to stop.
 */
export class PeerFrames implements FrameSink {
  private state: 'greeting' | 'between' | 'within_block' | 'ended' = 'greeting';
  private blockStreamId = 0;
  private blockEndsStream = false;
  private block: Buffer[] = [];
  private blockBytes = 0;
  private emptyFrames = 0;

  constructor(
    private readonly events: PeerEvents,
    private readonly answers: AnswerEvents,
  ) {}

  stop(): void {
    this.state = 'ended';
  }

  /** Frames that lead nowhere are counted anew. */
  forgive(): void {
    this.emptyFrames = 0;
  }

  onFault(code: number, detail: string): void {
    const greeted = this.state !== 'greeting';
    this.stop();
    this.events.onFault(code, greeted ? detail : 'it does not speak HTTP/2');
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.state !== 'between' && !this.isExpected(type, flags, streamId)) return false;
    if (type === HEADERS) this.headers(flags, streamId, bytes, start, end);
    else if (type === DATA) this.data(flags, streamId, bytes, start, end);
    else this.other(type, flags, streamId, bytes, start, end);
    return !this.isEnded();
  }

  private isEnded(): boolean {
    return this.state === 'ended';
  }

  private isExpected(type: number, flags: number, streamId: number): boolean {
    if (this.state === 'greeting') {
      if (type === SETTINGS && (flags & ACK) === 0) {
        this.state = 'between';
        return true;
      }
      this.onFault(PROTOCOL_ERROR, 'the first frame is not SETTINGS');
    } else if (this.state === 'within_block') {
      if (type === CONTINUATION && streamId === this.blockStreamId) return true;
      this.onFault(PROTOCOL_ERROR, 'a header block is interrupted');
    }
    return false;
  }

  private other(
    type: number,
    flags: number,
    streamId: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    this.emptyFrames += 1;
    if (this.emptyFrames > MAX_EMPTY_FRAMES) return this.onFault(ENHANCE_YOUR_CALM, 'it floods');
    switch (type) {
      case WINDOW_UPDATE:
        return this.windowUpdate(streamId, bytes, start, end);
      case RST_STREAM:
        return this.reset(streamId, bytes, start, end);
      case SETTINGS:
        return this.settings(flags, streamId, bytes, start, end);
      case PING:
        return this.ping(flags, streamId, bytes, start, end);
      case GOAWAY:
        return this.goaway(streamId, bytes, start, end);
      case CONTINUATION:
        return this.continuation(flags, bytes, start, end);
      case PUSH_PROMISE:
        return this.onFault(PROTOCOL_ERROR, 'PUSH_PROMISE, which was forbidden');
      case PRIORITY:
        if (streamId === 0) this.onFault(PROTOCOL_ERROR, 'PRIORITY without a stream');
        return;
      default:
        return;
    }
  }

  private headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (this.events.isIdle(streamId))
      return this.onFault(PROTOCOL_ERROR, 'HEADERS on a stream that is not open');
    const padding = (flags & PADDED) === 0 ? 0 : (bytes[start] as number);
    const from = start + ((flags & PADDED) === 0 ? 0 : 1) + ((flags & WITH_PRIORITY) === 0 ? 0 : 5);
    const to = end - padding;
    if (from > to || from > end) return this.onFault(PROTOCOL_ERROR, 'HEADERS is all padding');
    const endsStream = (flags & END_STREAM) !== 0;
    if ((flags & END_HEADERS) !== 0) {
      if (endsStream) this.emptyFrames = 0;
      return this.answers.onHeaders(streamId, endsStream, bytes, from, to);
    }
    this.state = 'within_block';
    this.blockStreamId = streamId;
    this.blockEndsStream = endsStream;
    this.block = [Buffer.from(bytes.subarray(from, to))];
    this.blockBytes = to - from;
  }

  private continuation(flags: number, bytes: Buffer, start: number, end: number): void {
    if (this.state !== 'within_block')
      return this.onFault(PROTOCOL_ERROR, 'CONTINUATION without a header block');
    this.block.push(Buffer.from(bytes.subarray(start, end)));
    this.blockBytes += end - start;
    if (this.blockBytes > MAX_BLOCK_BYTES || this.block.length > MAX_BLOCK_FRAMES)
      return this.onFault(ENHANCE_YOUR_CALM, 'a header block is too large');
    if ((flags & END_HEADERS) === 0) return;
    const whole = Buffer.concat(this.block);
    this.block = [];
    this.state = 'between';
    this.answers.onHeaders(this.blockStreamId, this.blockEndsStream, whole, 0, whole.length);
  }

  private data(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (this.events.isIdle(streamId))
      return this.onFault(PROTOCOL_ERROR, 'DATA on a stream that is not open');
    const padded = (flags & PADDED) !== 0;
    const from = padded ? start + 1 : start;
    const to = padded ? end - (bytes[start] as number) : end;
    if (from > to || from > end) return this.onFault(PROTOCOL_ERROR, 'DATA is all padding');
    const endsStream = (flags & END_STREAM) !== 0;
    if (endsStream) this.emptyFrames = 0;
    else if (from === to) {
      this.emptyFrames += 1;
      if (this.emptyFrames > MAX_EMPTY_FRAMES) return this.onFault(ENHANCE_YOUR_CALM, 'it floods');
    }
    this.answers.onData(streamId, endsStream, bytes, from, to, end - start);
  }

  private windowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) return this.onFault(FRAME_SIZE_ERROR, 'WINDOW_UPDATE has a wrong size');
    if (streamId !== 0 && this.events.isIdle(streamId))
      return this.onFault(PROTOCOL_ERROR, 'WINDOW_UPDATE on a stream that is not open');
    this.events.onWindowUpdate(streamId, readUint31(bytes, start));
  }

  private reset(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) return this.onFault(FRAME_SIZE_ERROR, 'RST_STREAM has a wrong size');
    if (this.events.isIdle(streamId))
      return this.onFault(PROTOCOL_ERROR, 'RST_STREAM on a stream that is not open');
    this.events.onReset(streamId, readUint32(bytes, start));
  }

  private settings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) return this.onFault(PROTOCOL_ERROR, 'SETTINGS on a stream');
    const isAck = (flags & ACK) !== 0;
    if (isAck ? end !== start : (end - start) % 6 !== 0)
      return this.onFault(FRAME_SIZE_ERROR, 'SETTINGS has a wrong size');
    if (isAck) this.events.onSettingsAck();
    else this.events.onSettings(bytes, start, end);
  }

  private ping(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) return this.onFault(PROTOCOL_ERROR, 'PING on a stream');
    if (end - start !== 8) return this.onFault(FRAME_SIZE_ERROR, 'PING has a wrong size');
    if ((flags & ACK) !== 0) this.events.onPong(bytes, start);
    else this.events.onPing(bytes, start);
  }

  private goaway(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) return this.onFault(PROTOCOL_ERROR, 'GOAWAY on a stream');
    if (end - start < 8) return this.onFault(FRAME_SIZE_ERROR, 'GOAWAY has a wrong size');
    this.events.onGoaway(
      readUint31(bytes, start),
      readUint32(bytes, start + 4),
      bytes.subarray(start + 8, end),
    );
  }
}
