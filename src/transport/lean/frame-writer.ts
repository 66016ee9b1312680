import type { Duplex } from 'node:stream';
import {
  ackFlag,
  continuationFrame,
  dataFrame,
  endHeadersFlag,
  endStreamFlag,
  frameHeadBytes,
  goawayFrame,
  headersFrame,
  maxFrameBytes,
  pingFrame,
  rstStreamFrame,
  settingsFrame,
  windowUpdateFrame,
} from './frames';

const connectionPreface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const slabBytes = 128 * 1024;
const maxFreeSlabs = 2;
/** Dynamic table size update to 0: https://www.rfc-editor.org/rfc/rfc7541#section-6.3 */
const noTable = 0x20;

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
  #slab: Buffer | null = null;
  #at = 0;
  #writtenStreamId = 0;
  readonly #free: Buffer[] = [];
  readonly #inFlight: Buffer[] = [];
  #scheduled = false;
  #closed = false;
  readonly #socket: Duplex;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  preface(settings: readonly (readonly [id: number, value: number])[]): void {
    const slab = this.#reserve(connectionPreface.length + frameHeadBytes + settings.length * 6);
    slab.set(connectionPreface, this.#at);
    this.#at += connectionPreface.length;
    this.#head(slab, settings.length * 6, settingsFrame, 0, 0);
    for (const [id, value] of settings) {
      this.#at = slab.writeUInt16BE(id, this.#at);
      this.#at = slab.writeUInt32BE(value, this.#at);
    }
  }

  settingsAck(): void {
    this.owedAcks += 1;
    this.#head(this.#reserve(frameHeadBytes), 0, settingsFrame, ackFlag, 0);
  }

  ping(payload: Buffer, start: number, ack: boolean): void {
    if (ack) this.owedAcks += 1;
    const slab = this.#reserve(frameHeadBytes + 8);
    this.#head(slab, 8, pingFrame, ack ? ackFlag : 0, 0);
    payload.copy(slab, this.#at, start, start + 8);
    this.#at += 8;
  }

  reset(streamId: number, code: number): void {
    this.#withUint32(rstStreamFrame, streamId, code);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#withUint32(windowUpdateFrame, streamId, increment);
  }

  goaway(code: number): void {
    const slab = this.#reserve(frameHeadBytes + 8);
    this.#head(slab, 8, goawayFrame, 0, 0);
    this.#at = slab.writeUInt32BE(0, this.#at);
    this.#at = slab.writeUInt32BE(code, this.#at);
  }

  /** `resized`: the block begins by telling the peer that no dynamic table is used. */
  headers(streamId: number, block: Buffer, endStream: boolean, resized: boolean): void {
    const flags = endStream ? endStreamFlag : 0;
    const extra = resized ? 1 : 0;
    const whole = block.length + extra <= maxFrameBytes;
    const first = whole ? block.length : maxFrameBytes - extra;
    const slab = this.#reserve(frameHeadBytes + extra + first);
    this.#writtenStreamId = streamId;
    this.#head(slab, first + extra, headersFrame, whole ? flags | endHeadersFlag : flags, streamId);
    if (resized) slab[this.#at++] = noTable;
    slab.set(whole ? block : block.subarray(0, first), this.#at);
    this.#at += first;
    if (!whole) this.#continuations(streamId, block, first);
  }

  /** At most one frame's worth: from `start` to `end` of the body. */
  data(streamId: number, body: Buffer, start: number, end: number, endStream: boolean): void {
    const length = end - start;
    const slab = this.#reserve(frameHeadBytes + length);
    this.#head(slab, length, dataFrame, endStream ? endStreamFlag : 0, streamId);
    slab.set(length === body.length ? body : body.subarray(start, end), this.#at);
    this.#at += length;
  }

  flush(): void {
    const slab = this.#slab;
    const at = this.#at;
    this.#slab = null;
    this.#at = 0;
    if (slab === null || at === 0 || this.#closed) return;
    this.flushedStreamId = this.#writtenStreamId;
    this.#inFlight.push(slab);
    this.#socket.write(slab.subarray(0, at), this.#onWritten);
  }

  /** Forgets what was not handed to the socket yet: whole frames, so what follows still makes sense to the peer. */
  discard(): void {
    this.#at = 0;
  }

  /** Writes what is there, and that this side is done. */
  end(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#socket.end();
  }

  close(): void {
    this.#closed = true;
    this.#slab = null;
    this.#free.length = 0;
  }

  #continuations(streamId: number, block: Buffer, start: number): void {
    for (let at = start; at < block.length; at += maxFrameBytes) {
      const end = Math.min(block.length, at + maxFrameBytes);
      const slab = this.#reserve(frameHeadBytes + end - at);
      this.#head(slab, end - at, continuationFrame, end === block.length ? endHeadersFlag : 0, streamId);
      slab.set(block.subarray(at, end), this.#at);
      this.#at += end - at;
    }
  }

  #withUint32(type: number, streamId: number, value: number): void {
    const slab = this.#reserve(frameHeadBytes + 4);
    this.#head(slab, 4, type, 0, streamId);
    this.#at = slab.writeUInt32BE(value, this.#at);
  }

  #head(slab: Buffer, length: number, type: number, flags: number, streamId: number): void {
    const at = this.#at;
    slab[at] = length >>> 16;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab[at + 5] = streamId >>> 24;
    slab[at + 6] = streamId >>> 16;
    slab[at + 7] = streamId >>> 8;
    slab[at + 8] = streamId;
    this.#at = at + frameHeadBytes;
  }

  #reserve(bytes: number): Buffer {
    if (this.#slab !== null && this.#slab.length - this.#at < bytes) this.flush();
    if (this.#slab === null) {
      this.#slab = this.#free.pop() ?? Buffer.allocUnsafeSlow(slabBytes);
      this.#at = 0;
    }
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#onTurn);
    }
    return this.#slab;
  }

  // While the socket is busy the slab fills further, so that a peer that reads slowly does not hold a slab for each turn.
  readonly #onTurn = (): void => {
    this.#scheduled = false;
    if (this.#inFlight.length === 0) this.flush();
  };

  readonly #onWritten = (): void => {
    const slab = this.#inFlight.shift();
    if (slab !== undefined && !this.#closed && this.#free.length < maxFreeSlabs) this.#free.push(slab);
    if (this.#inFlight.length > 0) return;
    this.owedAcks = 0;
    if (!this.#scheduled) this.flush();
  };
}
