import type { Duplex } from 'node:stream';
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_HEAD_BYTES,
  GOAWAY,
  HEADERS,
  MAX_FRAME_BYTES,
  PING,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './frames';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const SLAB_BYTES = 128 * 1024;
const MAX_FREE_SLABS = 2;
/** Dynamic table size update to 0: https://www.rfc-editor.org/rfc/rfc7541#section-6.3 */
const NO_TABLE = 0x20;

/**
 * Collects frames and writes them to the socket together, once an event loop turn: what a turn costs is then mostly one
 * write, however many requests it made.
 *
 * Empty: no slab is kept. Filling: a slab takes frames, and a flush is due. Closed: drops whatever is added.
 */
export class FrameWriter {
  /** The highest stream whose beginning was handed to the socket: none above it can have reached the peer. */
  flushedStreamId = 0;
  /** Answers to PING and SETTINGS since the socket last took everything: a peer that does not read must not pile them up. */
  owedAcks = 0;
  private slab: Buffer | null = null;
  private at = 0;
  private writtenStreamId = 0;
  private readonly free: Buffer[] = [];
  private readonly inFlight: Buffer[] = [];
  private scheduled = false;
  private closed = false;

  constructor(private readonly socket: Duplex) {}

  preface(settings: readonly (readonly [id: number, value: number])[]): void {
    const slab = this.reserve(PREFACE.length + FRAME_HEAD_BYTES + settings.length * 6);
    slab.set(PREFACE, this.at);
    this.at += PREFACE.length;
    this.head(slab, settings.length * 6, SETTINGS, 0, 0);
    for (const [id, value] of settings) {
      this.at = slab.writeUInt16BE(id, this.at);
      this.at = slab.writeUInt32BE(value, this.at);
    }
  }

  settingsAck(): void {
    this.owedAcks += 1;
    this.head(this.reserve(FRAME_HEAD_BYTES), 0, SETTINGS, ACK, 0);
  }

  ping(payload: Buffer, start: number, ack: boolean): void {
    if (ack) this.owedAcks += 1;
    const slab = this.reserve(FRAME_HEAD_BYTES + 8);
    this.head(slab, 8, PING, ack ? ACK : 0, 0);
    payload.copy(slab, this.at, start, start + 8);
    this.at += 8;
  }

  reset(streamId: number, code: number): void {
    this.withUint32(RST_STREAM, streamId, code);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.withUint32(WINDOW_UPDATE, streamId, increment);
  }

  goaway(code: number): void {
    const slab = this.reserve(FRAME_HEAD_BYTES + 8);
    this.head(slab, 8, GOAWAY, 0, 0);
    this.at = slab.writeUInt32BE(0, this.at);
    this.at = slab.writeUInt32BE(code, this.at);
  }

  /** `resized`: the block begins by telling the peer that no dynamic table is used. */
  headers(streamId: number, block: Buffer, endStream: boolean, resized: boolean): void {
    const flags = endStream ? END_STREAM : 0;
    const extra = resized ? 1 : 0;
    const whole = block.length + extra <= MAX_FRAME_BYTES;
    const first = whole ? block.length : MAX_FRAME_BYTES - extra;
    const slab = this.reserve(FRAME_HEAD_BYTES + extra + first);
    this.writtenStreamId = streamId;
    this.head(slab, first + extra, HEADERS, whole ? flags | END_HEADERS : flags, streamId);
    if (resized) slab[this.at++] = NO_TABLE;
    slab.set(whole ? block : block.subarray(0, first), this.at);
    this.at += first;
    if (!whole) this.continuations(streamId, block, first);
  }

  /** At most one frame's worth: from `start` to `end` of the body. */
  data(streamId: number, body: Buffer, start: number, end: number, endStream: boolean): void {
    const length = end - start;
    const slab = this.reserve(FRAME_HEAD_BYTES + length);
    this.head(slab, length, DATA, endStream ? END_STREAM : 0, streamId);
    slab.set(length === body.length ? body : body.subarray(start, end), this.at);
    this.at += length;
  }

  flush(): void {
    const { slab, at } = this;
    this.slab = null;
    this.at = 0;
    if (slab === null || at === 0 || this.closed) return;
    this.flushedStreamId = this.writtenStreamId;
    this.inFlight.push(slab);
    this.socket.write(slab.subarray(0, at), this.onWritten);
  }

  /** Forgets what was not handed to the socket yet: whole frames, so what follows still makes sense to the peer. */
  discard(): void {
    this.at = 0;
  }

  /** Writes what is there, and that this side is done. */
  end(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    this.socket.end();
  }

  close(): void {
    this.closed = true;
    this.slab = null;
    this.free.length = 0;
  }

  private continuations(streamId: number, block: Buffer, start: number): void {
    for (let at = start; at < block.length; at += MAX_FRAME_BYTES) {
      const end = Math.min(block.length, at + MAX_FRAME_BYTES);
      const slab = this.reserve(FRAME_HEAD_BYTES + end - at);
      this.head(slab, end - at, CONTINUATION, end === block.length ? END_HEADERS : 0, streamId);
      slab.set(block.subarray(at, end), this.at);
      this.at += end - at;
    }
  }

  private withUint32(type: number, streamId: number, value: number): void {
    const slab = this.reserve(FRAME_HEAD_BYTES + 4);
    this.head(slab, 4, type, 0, streamId);
    this.at = slab.writeUInt32BE(value, this.at);
  }

  private head(slab: Buffer, length: number, type: number, flags: number, streamId: number): void {
    const { at } = this;
    slab[at] = length >>> 16;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab[at + 5] = streamId >>> 24;
    slab[at + 6] = streamId >>> 16;
    slab[at + 7] = streamId >>> 8;
    slab[at + 8] = streamId;
    this.at = at + FRAME_HEAD_BYTES;
  }

  private reserve(bytes: number): Buffer {
    if (this.slab !== null && this.slab.length - this.at < bytes) this.flush();
    if (this.slab === null) {
      this.slab = this.free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.at = 0;
    }
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.onTurn);
    }
    return this.slab;
  }

  // While the socket is busy the slab fills further, so that a peer that reads slowly does not hold a slab for each turn.
  private readonly onTurn = (): void => {
    this.scheduled = false;
    if (this.inFlight.length === 0) this.flush();
  };

  private readonly onWritten = (): void => {
    const slab = this.inFlight.shift();
    if (slab !== undefined && !this.closed && this.free.length < MAX_FREE_SLABS) this.free.push(slab);
    if (this.inFlight.length > 0) return;
    this.owedAcks = 0;
    if (!this.scheduled) this.flush();
  };
}
