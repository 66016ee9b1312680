import type { FrameSink } from './frame-reader';
import {
  ackFlag,
  continuationFrame,
  dataFrame,
  endHeadersFlag,
  endStreamFlag,
  enhanceYourCalmCode,
  frameSizeErrorCode,
  goawayFrame,
  headersFrame,
  maxBlockBytes,
  paddedFlag,
  pingFrame,
  priorityFrame,
  protocolErrorCode,
  pushPromiseFrame,
  readUint31,
  readUint32,
  rstStreamFrame,
  settingsFrame,
  windowUpdateFrame,
  priorityFlag,
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

const maxBlockFrames = 64;
/** Between two upkeeps; answers do not count. */
const maxEmptyFrames = 20_000;

/**
 * Checks the frames of one peer for their sizes, their streams and their order, and says what they mean.
 *
 * Greeting: the first frame must be SETTINGS. Between frames: any may come. Within a header block: only its CONTINUATION may
 * come. Ended: after a fault, or when told to stop.
 */
export class PeerFrames implements FrameSink {
  #state: 'greeting' | 'between' | 'within_block' | 'ended' = 'greeting';
  #blockStreamId = 0;
  #blockEndsStream = false;
  #block: Buffer[] = [];
  #blockBytes = 0;
  #emptyFrames = 0;
  readonly #events: PeerEvents;
  readonly #answers: AnswerEvents;

  constructor(events: PeerEvents, answers: AnswerEvents) {
    this.#events = events;
    this.#answers = answers;
  }

  stop(): void {
    this.#state = 'ended';
  }

  /** Frames that lead nowhere are counted anew. */
  forgive(): void {
    this.#emptyFrames = 0;
  }

  onFault(code: number, detail: string): void {
    const greeted = this.#state !== 'greeting';
    this.stop();
    this.#events.onFault(code, greeted ? detail : 'it does not speak HTTP/2');
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#state !== 'between' && !this.#isExpected(type, flags, streamId)) return false;
    if (type === headersFrame) this.#headers(flags, streamId, bytes, start, end);
    else if (type === dataFrame) this.#data(flags, streamId, bytes, start, end);
    else this.#other(type, flags, streamId, bytes, start, end);
    return !this.#isEnded();
  }

  #isEnded(): boolean {
    return this.#state === 'ended';
  }

  #isExpected(type: number, flags: number, streamId: number): boolean {
    if (this.#state === 'greeting') {
      if (type === settingsFrame && (flags & ackFlag) === 0) {
        this.#state = 'between';
        return true;
      }
      this.onFault(protocolErrorCode, 'the first frame is not SETTINGS');
    } else if (this.#state === 'within_block') {
      if (type === continuationFrame && streamId === this.#blockStreamId) return true;
      this.onFault(protocolErrorCode, 'a header block is interrupted');
    }
    return false;
  }

  #other(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.#emptyFrames += 1;
    if (this.#emptyFrames > maxEmptyFrames) return this.onFault(enhanceYourCalmCode, 'it floods');
    switch (type) {
      case windowUpdateFrame:
        return this.#windowUpdate(streamId, bytes, start, end);
      case rstStreamFrame:
        return this.#reset(streamId, bytes, start, end);
      case settingsFrame:
        return this.#settings(flags, streamId, bytes, start, end);
      case pingFrame:
        return this.#ping(flags, streamId, bytes, start, end);
      case goawayFrame:
        return this.#goaway(streamId, bytes, start, end);
      case continuationFrame:
        return this.#continuation(flags, bytes, start, end);
      case pushPromiseFrame:
        return this.onFault(protocolErrorCode, 'PUSH_PROMISE, which was forbidden');
      case priorityFrame:
        if (streamId === 0) this.onFault(protocolErrorCode, 'PRIORITY without a stream');
        return;
      default:
        return;
    }
  }

  #headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (this.#events.isIdle(streamId))
      return this.onFault(protocolErrorCode, 'HEADERS on a stream that is not open');
    const padding = (flags & paddedFlag) === 0 ? 0 : (bytes[start] as number);
    const from = start + ((flags & paddedFlag) === 0 ? 0 : 1) + ((flags & priorityFlag) === 0 ? 0 : 5);
    const to = end - padding;
    if (from > to || from > end) return this.onFault(protocolErrorCode, 'HEADERS is all padding');
    const endsStream = (flags & endStreamFlag) !== 0;
    if ((flags & endHeadersFlag) !== 0) {
      if (endsStream) this.#emptyFrames = 0;
      return this.#answers.onHeaders(streamId, endsStream, bytes, from, to);
    }
    this.#state = 'within_block';
    this.#blockStreamId = streamId;
    this.#blockEndsStream = endsStream;
    this.#block = [Buffer.from(bytes.subarray(from, to))];
    this.#blockBytes = to - from;
  }

  #continuation(flags: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state !== 'within_block')
      return this.onFault(protocolErrorCode, 'CONTINUATION without a header block');
    this.#block.push(Buffer.from(bytes.subarray(start, end)));
    this.#blockBytes += end - start;
    if (this.#blockBytes > maxBlockBytes || this.#block.length > maxBlockFrames)
      return this.onFault(enhanceYourCalmCode, 'a header block is too large');
    if ((flags & endHeadersFlag) === 0) return;
    const whole = Buffer.concat(this.#block);
    this.#block = [];
    this.#state = 'between';
    this.#answers.onHeaders(this.#blockStreamId, this.#blockEndsStream, whole, 0, whole.length);
  }

  #data(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (this.#events.isIdle(streamId))
      return this.onFault(protocolErrorCode, 'DATA on a stream that is not open');
    const padded = (flags & paddedFlag) !== 0;
    const from = padded ? start + 1 : start;
    const to = padded ? end - (bytes[start] as number) : end;
    if (from > to || from > end) return this.onFault(protocolErrorCode, 'DATA is all padding');
    const endsStream = (flags & endStreamFlag) !== 0;
    if (endsStream) this.#emptyFrames = 0;
    else if (from === to) {
      this.#emptyFrames += 1;
      if (this.#emptyFrames > maxEmptyFrames) return this.onFault(enhanceYourCalmCode, 'it floods');
    }
    this.#answers.onData(streamId, endsStream, bytes, from, to, end - start);
  }

  #windowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) return this.onFault(frameSizeErrorCode, 'WINDOW_UPDATE has a wrong size');
    if (streamId !== 0 && this.#events.isIdle(streamId))
      return this.onFault(protocolErrorCode, 'WINDOW_UPDATE on a stream that is not open');
    this.#events.onWindowUpdate(streamId, readUint31(bytes, start));
  }

  #reset(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) return this.onFault(frameSizeErrorCode, 'RST_STREAM has a wrong size');
    if (this.#events.isIdle(streamId))
      return this.onFault(protocolErrorCode, 'RST_STREAM on a stream that is not open');
    this.#events.onReset(streamId, readUint32(bytes, start));
  }

  #settings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) return this.onFault(protocolErrorCode, 'SETTINGS on a stream');
    const isAck = (flags & ackFlag) !== 0;
    if (isAck ? end !== start : (end - start) % 6 !== 0)
      return this.onFault(frameSizeErrorCode, 'SETTINGS has a wrong size');
    if (isAck) this.#events.onSettingsAck();
    else this.#events.onSettings(bytes, start, end);
  }

  #ping(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) return this.onFault(protocolErrorCode, 'PING on a stream');
    if (end - start !== 8) return this.onFault(frameSizeErrorCode, 'PING has a wrong size');
    if ((flags & ackFlag) !== 0) this.#events.onPong(bytes, start);
    else this.#events.onPing(bytes, start);
  }

  #goaway(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) return this.onFault(protocolErrorCode, 'GOAWAY on a stream');
    if (end - start < 8) return this.onFault(frameSizeErrorCode, 'GOAWAY has a wrong size');
    this.#events.onGoaway(
      readUint31(bytes, start),
      readUint32(bytes, start + 4),
      bytes.subarray(start + 8, end),
    );
  }
}
