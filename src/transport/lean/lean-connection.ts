/*
 * Open this file first: it is one HTTP/2 connection. Out: `frame-writer.ts` with `header-templates.ts` and `body-sender.ts`.
 * In: `frame-reader.ts` cuts frames, `peer-frames.ts` says what they mean, `answer-reader.ts` and `answer-head.ts` put answers
 * together. `open-streams.ts` holds a `lean-stream.ts` per request, within `stream-limit.ts` and `peer-settings.ts`. HPACK:
 * `header-decoder.ts`, `text-reader.ts`, `huffman.ts`, `static-table.ts`, `dynamic-table.ts`. `frames.ts` has the numbers of
 * RFC 9113.
 */

import type { Duplex } from 'node:stream';
import type { Clock } from '../../domain/clock';
import { describeError, describeGoaway, nameOfCode, refusedStream } from '../causes';
import type { Connection, ConnectionListener } from '../connection';
import type { Exchange } from '../exchange';
import { Liveness, type LivenessOptions } from '../liveness';
import type { Origin } from '../origin';
import { type AnswerOwner, AnswerReader } from './answer-reader';
import { BodySender } from './body-sender';
import { FrameReader } from './frame-reader';
import { FrameWriter } from './frame-writer';
import {
  answerWindowBytes,
  cancelCode,
  connectionWindowBytes,
  defaultWindowBytes,
  enablePushSetting,
  enhanceYourCalmCode,
  flowControlErrorCode,
  headerTableSizeSetting,
  initialWindowSizeSetting,
  maxBlockBytes,
  maxHeaderListSizeSetting,
  noErrorCode,
  protocolErrorCode,
} from './frames';
import { HeaderTemplates } from './header-templates';
import type { LeanStream } from './lean-stream';
import { OpenStreams } from './open-streams';
import { type PeerEvents, PeerFrames } from './peer-frames';
import { PeerSettings } from './peer-settings';
import { StreamLimit, type StreamLimitOptions } from './stream-limit';

export interface LeanConnectionOptions extends StreamLimitOptions {
  readonly origin: Origin;
  readonly liveness: LivenessOptions;
  /** The last stream id that may be used; a connection past it is replaced. */
  readonly lastStreamId: number;
}

const lingerMs = 1_000;
const maxOwedAcks = 10_000;
const pingPayload = Buffer.from('relaying');
const settings = [
  [headerTableSizeSetting, 0],
  [enablePushSetting, 0],
  [initialWindowSizeSetting, answerWindowBytes],
  [maxHeaderListSizeSetting, maxBlockBytes],
] as const;

/**
 * A connection that does no more than small requests with small answers need; its states are those of `Connection`.
 *
 * Nothing on the way of a request makes an object but its stream: headers are patched into the block of the request
 * before, frames of one turn go out in one write, answers are read where they lie.
 */
export class LeanConnection implements Connection, PeerEvents, AnswerOwner {
  readonly sinceMs: number;
  lastUsedMs: number;

  #state: 'opening' | 'open' | 'draining' | 'ended' | 'gone' = 'opening';
  readonly #limit: StreamLimit;
  readonly #streams: OpenStreams;
  readonly #peer = new PeerSettings();
  readonly #liveness: Liveness;
  readonly #templates: HeaderTemplates;
  readonly #frames: PeerFrames;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #bodies: BodySender;
  readonly #answers: AnswerReader;
  #nextStreamId = 1;
  /** The next header block must say that no dynamic table is used. */
  #tableResized = true;
  #cause: string | null = null;
  #endedAtMs = 0;
  #nowMs: number;
  readonly #socket: Duplex;
  readonly #options: LeanConnectionOptions;
  readonly #clock: Clock;
  #listener: ConnectionListener;

  constructor(
    socket: Duplex,
    readonly address: string,
    options: LeanConnectionOptions,
    clock: Clock,
    listener: ConnectionListener,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;

    this.#nowMs = clock.monotonicMs();
    this.sinceMs = this.#nowMs;
    this.lastUsedMs = this.#nowMs;
    this.#liveness = new Liveness(options.liveness, this.#nowMs);
    this.#templates = new HeaderTemplates(options.origin);
    this.#limit = new StreamLimit(options);
    this.#writer = new FrameWriter(socket);
    this.#bodies = new BodySender(this.#writer);
    this.#streams = new OpenStreams(this.#bodies);
    this.#answers = new AnswerReader(this.#streams, this.#writer, this);
    this.#frames = new PeerFrames(this, this.#answers);
    this.#reader = new FrameReader(this.#frames);
    this.#writer.preface(settings);
    this.#writer.windowUpdate(0, connectionWindowBytes - defaultWindowBytes);
    this.#writer.flush();
    socket.on('data', (chunk: Buffer) => {
      this.#nowMs = this.#clock.monotonicMs();
      this.#reader.read(chunk);
    });
    socket.on('end', () => this.#end('connection closed by peer'));
    socket.on('error', (error) => this.#end(describeError(error)));
    socket.once('close', () => this.#onSocketClose());
  }

  get openStreams(): number {
    return this.#streams.count;
  }

  get streamLimit(): number {
    return this.#state === 'open' ? this.#limit.value : 0;
  }

  get proven(): boolean {
    return this.#limit.proven;
  }

  get suspect(): boolean {
    return this.#liveness.suspect;
  }

  listen(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  send(exchange: Exchange, nowMs: number): void {
    const { request } = exchange;
    const { block, listBytes } = this.#templates.for(request);
    if (listBytes > Math.min(this.#peer.maxHeaderListBytes, maxBlockBytes)) {
      const cause = 'invalid request: headers are larger than the peer takes';
      setImmediate(() => exchange.finish({ kind: 'not_processed', cause }));
      return;
    }
    const id = this.#nextStreamId;
    this.#nextStreamId = id + 2;
    const stream = this.#streams.open(id, exchange, this, nowMs);
    this.lastUsedMs = nowMs;
    const { body } = request;
    this.#writer.headers(id, block, body.length === 0, this.#tableResized);
    this.#tableResized = false;
    if (body.length > 0) this.#bodies.send(stream, typeof body === 'string' ? Buffer.from(body) : body);
    if (id + 2 > this.#options.lastStreamId) this.#leave('stream ids are used up');
  }

  cancel(exchange: Exchange, nowMs: number): void {
    const stream = this.#streams.detach(exchange);
    this.#writer.reset(stream.id, cancelCode);
    if (this.#state === 'open' || this.#state === 'draining') this.#ping(nowMs);
    // Whatever holds this one request up, the next attempt shall not meet it again.
    this.#leave('a request timed out');
    this.#afterStream();
  }

  drain(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    if (this.#streams.count === 0) this.#letGo();
  }

  upkeep(nowMs: number): void {
    this.#frames.forgive();
    if (this.#state === 'ended' && nowMs - this.#endedAtMs >= lingerMs) this.#socket.destroy();
    if (this.#state !== 'open' && this.#state !== 'draining') return;
    switch (this.#liveness.check(nowMs, this.#streams.oldest?.sentAtMs ?? null)) {
      case 'ask':
        return this.#ping(nowMs);
      case 'dead':
        return this.destroy('peer does not answer PING');
      case 'quiet':
        return;
    }
  }

  destroy(cause: string): void {
    this.#end(cause);
    this.#writer.close();
    this.#socket.destroy();
  }

  onAnswer(status: number): void {
    this.#liveness.onAnswer(this.#nowMs);
    if (this.#limit.onAnswer(status)) this.#listener.onProven(this);
  }

  onAnswered(stream: LeanStream, body: string): void {
    // An answer that came before the request was sent whole: the rest of the request is not wanted.
    if (stream.isSending) this.#writer.reset(stream.id, cancelCode);
    const { exchange, status, headers } = stream;
    this.#streams.detach(exchange);
    exchange.finish({ kind: 'response', status, headers, body });
    this.#afterStream();
  }

  onUseless(stream: LeanStream, cause: string, code: number, endedByPeer: boolean): void {
    if (!endedByPeer || stream.isSending) this.#writer.reset(stream.id, code);
    const { exchange } = stream;
    this.#streams.detach(exchange);
    exchange.finish({ kind: 'cut', cause });
    this.#afterStream();
  }

  onReset(streamId: number, code: number): void {
    const stream = this.#streams.find(streamId);
    if (stream === null) return;
    const { exchange } = stream;
    this.#streams.detach(exchange);
    if (stream.status === 0 && code === refusedStream) {
      this.#limit.onRefused(this.#streams.count);
      this.#listener.onRefused([exchange], 'peer refused the stream');
    } else {
      const reset =
        code === noErrorCode
          ? 'peer closed the stream without an answer'
          : `stream reset by peer (${nameOfCode(code)})`;
      exchange.finish({ kind: 'cut', cause: this.#cause ?? reset });
    }
    this.#afterStream();
  }

  isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId >= this.#nextStreamId;
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    const { headerTableBytes } = this.#peer;
    const fault = this.#peer.apply(bytes, start, end);
    if (fault !== null) return this.onFault(fault.code, fault.detail);
    this.#writer.settingsAck();
    if (this.#peer.headerTableBytes < headerTableBytes) this.#tableResized = true;
    this.#limit.peerLimit = this.#peer.maxStreams;
    if (!this.#streams.setInitialWindow(this.#peer.initialWindow))
      return this.onFault(flowControlErrorCode, 'INITIAL_WINDOW_SIZE makes a window too large');
    this.#checkFlood();
    if (this.#state === 'opening') {
      this.#state = 'open';
      this.#listener.onOpen?.(this);
    } else if (this.#state === 'open') this.#listener.onRoom(this);
  }

  onSettingsAck(): void {
    this.#answers.forbidTable();
  }

  onPing(bytes: Buffer, start: number): void {
    this.#writer.ping(bytes, start, true);
    this.#checkFlood();
  }

  onPong(bytes: Buffer, start: number): void {
    if (pingPayload.compare(bytes, start, start + 8) === 0) this.#liveness.onPong(this.#nowMs);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) this.onFault(protocolErrorCode, 'WINDOW_UPDATE by nothing');
      else if (!this.#bodies.widenConnection(increment))
        this.onFault(flowControlErrorCode, 'its window is too large');
      return;
    }
    const stream = this.#streams.find(streamId);
    if (stream === null) return;
    if (increment === 0) this.onUseless(stream, 'peer widened a window by nothing', protocolErrorCode, false);
    else if (!this.#bodies.widenStream(stream, increment))
      this.onUseless(stream, 'peer widened a window too far', flowControlErrorCode, false);
  }

  onGoaway(lastStreamId: number, code: number, opaque: Buffer): void {
    const cause = describeGoaway(code, opaque);
    if (code !== noErrorCode) this.#cause = `connection ended by peer: ${cause}`;
    const ignored = this.#streams.detachAbove(lastStreamId);
    this.#leave(cause);
    if (ignored.length > 0) this.#listener.onRefused(ignored, `peer sent ${cause}`);
    // A second GOAWAY may take the last streams of a connection that was on its way out already.
    if (this.#state === 'draining' && this.#streams.count === 0) this.#letGo();
  }

  onFault(code: number, detail: string): void {
    if (this.#state === 'ended' || this.#state === 'gone') return;
    this.#end(`peer broke the HTTP/2 protocol (${detail})`);
    this.#writer.goaway(code);
    this.#writer.end();
  }

  #onSocketClose(): void {
    this.#end('connection closed by peer');
    this.#state = 'gone';
    this.#writer.close();
    this.#listener.onGone(this, this.#cause ?? 'closed');
  }

  #leave(cause: string): void {
    if (this.#state === 'opening') return this.destroy(cause);
    if (this.#state !== 'open') return;
    this.drain();
    this.#listener.onLeave(this, cause);
  }

  /** Every way down ends here, first cause first. */
  #end(cause: string): void {
    if (this.#state === 'ended' || this.#state === 'gone') return;
    const wasInUse = this.#state === 'open' || this.#state === 'opening';
    if (this.#state === 'opening') this.#socket.destroy();
    this.#state = 'ended';
    this.#endedAtMs = this.#clock.monotonicMs();
    this.#cause ??= cause;
    this.#frames.stop();
    this.#reader.stop();
    // What still lies in the writer never left this process, and will not.
    const unsent = this.#streams.detachAbove(this.#writer.flushedStreamId);
    this.#writer.discard();
    for (const exchange of this.#streams.detachAbove(0)) exchange.finish({ kind: 'cut', cause: this.#cause });
    if (wasInUse) this.#listener.onLeave(this, this.#cause);
    if (unsent.length > 0) this.#listener.onRefused(unsent, this.#cause);
  }

  #letGo(): void {
    this.#writer.flush();
    this.#end('connection was let go');
    this.#writer.goaway(noErrorCode);
    this.#writer.end();
  }

  #afterStream(): void {
    if (this.#state === 'draining' && this.#streams.count === 0) this.#letGo();
    else if (this.#state === 'open') this.#listener.onRoom(this);
  }

  #checkFlood(): void {
    if (this.#writer.owedAcks > maxOwedAcks) this.onFault(enhanceYourCalmCode, 'it asks and does not read');
  }

  #ping(nowMs: number): void {
    if (this.#liveness.ask(nowMs)) this.#writer.ping(pingPayload, 0, false);
  }
}
