import type { Duplex } from 'node:stream';
import type { Clock } from '../../domain/clock';
import { describeError, describeGoaway, nameOfCode, REFUSED_STREAM } from '../causes';
import type { Connection, ConnectionListener } from '../connection';
import type { Exchange } from '../exchange';
import { Liveness, type LivenessOptions } from '../liveness';
import type { Origin } from '../origin';
import { type AnswerOwner, AnswerReader } from './answer-reader';
import { BodySender } from './body-sender';
import { FrameReader } from './frame-reader';
import { FrameWriter } from './frame-writer';
import {
  ANSWER_WINDOW_BYTES,
  CANCEL,
  CONNECTION_WINDOW_BYTES,
  DEFAULT_WINDOW_BYTES,
  ENABLE_PUSH,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  HEADER_TABLE_SIZE,
  INITIAL_WINDOW_SIZE,
  MAX_BLOCK_BYTES,
  MAX_HEADER_LIST_SIZE,
  NO_ERROR,
  PROTOCOL_ERROR,
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

const LINGER_MS = 1_000;
const MAX_OWED_ACKS = 10_000;
const PING_PAYLOAD = Buffer.from('relaying');
const SETTINGS = [
  [HEADER_TABLE_SIZE, 0],
  [ENABLE_PUSH, 0],
  [INITIAL_WINDOW_SIZE, ANSWER_WINDOW_BYTES],
  [MAX_HEADER_LIST_SIZE, MAX_BLOCK_BYTES],
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

  private state: 'opening' | 'open' | 'draining' | 'ended' | 'gone' = 'opening';
  private readonly limit: StreamLimit;
  private readonly streams: OpenStreams;
  private readonly peer = new PeerSettings();
  private readonly liveness: Liveness;
  private readonly templates: HeaderTemplates;
  private readonly frames: PeerFrames;
  private readonly reader: FrameReader;
  private readonly writer: FrameWriter;
  private readonly bodies: BodySender;
  private readonly answers: AnswerReader;
  private nextStreamId = 1;
  /** The next header block must say that no dynamic table is used. */
  private tableResized = true;
  private cause: string | null = null;
  private endedAtMs = 0;
  private nowMs: number;

  constructor(
    private readonly socket: Duplex,
    readonly address: string,
    private readonly options: LeanConnectionOptions,
    private readonly clock: Clock,
    private listener: ConnectionListener,
  ) {
    this.nowMs = clock.monotonicMs();
    this.sinceMs = this.nowMs;
    this.lastUsedMs = this.nowMs;
    this.liveness = new Liveness(options.liveness, this.nowMs);
    this.templates = new HeaderTemplates(options.origin);
    this.limit = new StreamLimit(options);
    this.writer = new FrameWriter(socket);
    this.bodies = new BodySender(this.writer);
    this.streams = new OpenStreams(this.bodies);
    this.answers = new AnswerReader(this.streams, this.writer, this);
    this.frames = new PeerFrames(this, this.answers);
    this.reader = new FrameReader(this.frames);
    this.writer.preface(SETTINGS);
    this.writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
    this.writer.flush();
    socket.on('data', (chunk: Buffer) => {
      this.nowMs = this.clock.monotonicMs();
      this.reader.read(chunk);
    });
    socket.on('end', () => this.end('connection closed by peer'));
    socket.on('error', (error) => this.end(describeError(error)));
    socket.once('close', () => this.onSocketClose());
  }

  get openStreams(): number {
    return this.streams.count;
  }

  get streamLimit(): number {
    return this.state === 'open' ? this.limit.value : 0;
  }

  get proven(): boolean {
    return this.limit.proven;
  }

  get suspect(): boolean {
    return this.liveness.suspect;
  }

  listen(listener: ConnectionListener): void {
    this.listener = listener;
  }

  send(exchange: Exchange, nowMs: number): void {
    const { request } = exchange;
    const { block, listBytes } = this.templates.for(request);
    if (listBytes > Math.min(this.peer.maxHeaderListBytes, MAX_BLOCK_BYTES)) {
      const cause = 'invalid request: headers are larger than the peer takes';
      setImmediate(() => exchange.finish({ kind: 'not_processed', cause }));
      return;
    }
    const id = this.nextStreamId;
    this.nextStreamId = id + 2;
    const stream = this.streams.open(id, exchange, this, nowMs);
    this.lastUsedMs = nowMs;
    const { body } = request;
    this.writer.headers(id, block, body.length === 0, this.tableResized);
    this.tableResized = false;
    if (body.length > 0) this.bodies.send(stream, typeof body === 'string' ? Buffer.from(body) : body);
    if (id + 2 > this.options.lastStreamId) this.leave('stream ids are used up');
  }

  cancel(exchange: Exchange, nowMs: number): void {
    const stream = this.streams.detach(exchange);
    this.writer.reset(stream.id, CANCEL);
    if (this.liveness.onTimeout(exchange.sentAtMs) === 'dead') this.destroy('peer answers nothing any more');
    else if (this.state === 'open') this.ping(nowMs);
    this.afterStream();
  }

  drain(): void {
    if (this.state !== 'open') return;
    this.state = 'draining';
    if (this.streams.count === 0) this.letGo();
  }

  upkeep(nowMs: number): void {
    this.frames.forgive();
    if (this.state === 'ended' && nowMs - this.endedAtMs >= LINGER_MS) this.socket.destroy();
    if (this.state !== 'open' && this.state !== 'draining') return;
    switch (this.liveness.check(nowMs, this.streams.oldest?.sentAtMs ?? null)) {
      case 'ask':
        return this.ping(nowMs);
      case 'dead':
        return this.destroy('peer does not answer PING');
      case 'quiet':
        return;
    }
  }

  destroy(cause: string): void {
    this.end(cause);
    this.writer.close();
    this.socket.destroy();
  }

  onAnswer(status: number): void {
    this.liveness.onAnswer(this.nowMs);
    if (this.limit.onAnswer(status)) this.listener.onProven(this);
  }

  onAnswered(stream: LeanStream, body: string): void {
    // An answer that came before the request was sent whole: the rest of the request is not wanted.
    if (stream.isSending) this.writer.reset(stream.id, CANCEL);
    const { exchange, status, headers } = stream;
    this.streams.detach(exchange);
    exchange.finish({ kind: 'response', status, headers, body });
    this.afterStream();
  }

  onUseless(stream: LeanStream, cause: string, code: number, endedByPeer: boolean): void {
    if (!endedByPeer || stream.isSending) this.writer.reset(stream.id, code);
    const { exchange } = stream;
    this.streams.detach(exchange);
    exchange.finish({ kind: 'cut', cause });
    this.afterStream();
  }

  onReset(streamId: number, code: number): void {
    const stream = this.streams.find(streamId);
    if (stream === null) return;
    const { exchange } = stream;
    this.streams.detach(exchange);
    if (stream.status === 0 && code === REFUSED_STREAM) {
      this.limit.onRefused(this.streams.count);
      this.listener.onRefused([exchange], 'peer refused the stream');
    } else {
      const reset =
        code === NO_ERROR
          ? 'peer closed the stream without an answer'
          : `stream reset by peer (${nameOfCode(code)})`;
      exchange.finish({ kind: 'cut', cause: this.cause ?? reset });
    }
    this.afterStream();
  }

  isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId >= this.nextStreamId;
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    const { headerTableBytes } = this.peer;
    const fault = this.peer.apply(bytes, start, end);
    if (fault !== null) return this.onFault(fault.code, fault.detail);
    this.writer.settingsAck();
    if (this.peer.headerTableBytes < headerTableBytes) this.tableResized = true;
    this.limit.peerLimit = this.peer.maxStreams;
    if (!this.streams.setInitialWindow(this.peer.initialWindow))
      return this.onFault(FLOW_CONTROL_ERROR, 'INITIAL_WINDOW_SIZE makes a window too large');
    this.checkFlood();
    if (this.state === 'opening') {
      this.state = 'open';
      this.listener.onOpen(this);
    } else if (this.state === 'open') this.listener.onRoom(this);
  }

  onSettingsAck(): void {
    this.answers.forbidTable();
  }

  onPing(bytes: Buffer, start: number): void {
    this.writer.ping(bytes, start, true);
    this.checkFlood();
  }

  onPong(bytes: Buffer, start: number): void {
    if (PING_PAYLOAD.compare(bytes, start, start + 8) === 0) this.liveness.onPong(this.nowMs);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) this.onFault(PROTOCOL_ERROR, 'WINDOW_UPDATE by nothing');
      else if (!this.bodies.widenConnection(increment))
        this.onFault(FLOW_CONTROL_ERROR, 'its window is too large');
      return;
    }
    const stream = this.streams.find(streamId);
    if (stream === null) return;
    if (increment === 0) this.onUseless(stream, 'peer widened a window by nothing', PROTOCOL_ERROR, false);
    else if (!this.bodies.widenStream(stream, increment))
      this.onUseless(stream, 'peer widened a window too far', FLOW_CONTROL_ERROR, false);
  }

  onGoaway(lastStreamId: number, code: number, opaque: Buffer): void {
    const cause = describeGoaway(code, opaque);
    if (code !== NO_ERROR) this.cause = `connection ended by peer: ${cause}`;
    const ignored = this.streams.detachAbove(lastStreamId);
    this.leave(cause);
    if (ignored.length > 0) this.listener.onRefused(ignored, `peer sent ${cause}`);
    // A second GOAWAY may take the last streams of a connection that was on its way out already.
    if (this.state === 'draining' && this.streams.count === 0) this.letGo();
  }

  onFault(code: number, detail: string): void {
    if (this.state === 'ended' || this.state === 'gone') return;
    this.end(`peer broke the HTTP/2 protocol (${detail})`);
    this.writer.goaway(code);
    this.writer.end();
  }

  private onSocketClose(): void {
    this.end('connection closed by peer');
    this.state = 'gone';
    this.writer.close();
    this.listener.onGone(this, this.cause ?? 'closed');
  }

  private leave(cause: string): void {
    if (this.state === 'opening') return this.destroy(cause);
    if (this.state !== 'open') return;
    this.drain();
    this.listener.onLeave(this, cause);
  }

  /** Every way down ends here, first cause first. */
  private end(cause: string): void {
    if (this.state === 'ended' || this.state === 'gone') return;
    const wasInUse = this.state === 'open' || this.state === 'opening';
    if (this.state === 'opening') this.socket.destroy();
    this.state = 'ended';
    this.endedAtMs = this.clock.monotonicMs();
    this.cause ??= cause;
    this.frames.stop();
    this.reader.stop();
    // What still lies in the writer never left this process, and will not.
    const unsent = this.streams.detachAbove(this.writer.flushedStreamId);
    this.writer.discard();
    for (const exchange of this.streams.detachAbove(0)) exchange.finish({ kind: 'cut', cause: this.cause });
    if (wasInUse) this.listener.onLeave(this, this.cause);
    if (unsent.length > 0) this.listener.onRefused(unsent, this.cause);
  }

  private letGo(): void {
    this.writer.flush();
    this.end('connection was let go');
    this.writer.goaway(NO_ERROR);
    this.writer.end();
  }

  private afterStream(): void {
    if (this.state === 'draining' && this.streams.count === 0) this.letGo();
    else if (this.state === 'open') this.listener.onRoom(this);
  }

  private checkFlood(): void {
    if (this.writer.owedAcks > MAX_OWED_ACKS) this.onFault(ENHANCE_YOUR_CALM, 'it asks and does not read');
  }

  private ping(nowMs: number): void {
    if (this.liveness.ask(nowMs)) this.writer.ping(PING_PAYLOAD, 0, false);
  }
}
