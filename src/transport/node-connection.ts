import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  sensitiveHeaders,
  type Settings,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Clock } from '../domain/clock';
import { describeError, describeGoaway, nameOfCode, REFUSED_STREAM } from './causes';
import type { Connection, ConnectionListener } from './connection';
import type { Exchange } from './exchange';
import { ExchangeList } from './exchange-list';
import { Liveness, type LivenessOptions } from './liveness';
import { NodeAnswer, type StreamOwner } from './node-answer';
import type { Origin } from './origin';

export interface NodeConnectionOptions {
  readonly origin: Origin;
  readonly maxStreams: number;
  readonly singleStreamUntilFirstAnswer: boolean;
  readonly liveness: LivenessOptions;
  /** The last stream id that may be used; a connection past it is replaced. */
  readonly lastStreamId: number;
}

const LINGER_MS = 1_000;
const WITHOUT_BODY = { endStream: true };
const WITH_BODY = { endStream: false };

/** A connection over node:http2; its states are those of `Connection`. */
export class NodeConnection implements Connection, StreamOwner {
  streamLimit = 0;
  proven = false;
  readonly sinceMs: number;
  lastUsedMs: number;

  private state: 'opening' | 'open' | 'draining' | 'ended' | 'gone' = 'opening';
  private readonly session: ClientHttp2Session;
  private readonly carried = new ExchangeList();
  private peerLimit = 0;
  /** What the peer refused beyond, until answers show that it takes more again. */
  private refusedBeyond = Infinity;
  private cause: string | null = null;
  private goaway: { readonly clean: boolean; readonly lastStreamId: number } | null = null;
  private readonly liveness: Liveness;
  private endedAtMs = 0;

  constructor(
    private readonly socket: Duplex,
    readonly address: string,
    private readonly options: NodeConnectionOptions,
    private readonly clock: Clock,
    private listener: ConnectionListener,
  ) {
    this.sinceMs = clock.monotonicMs();
    this.lastUsedMs = this.sinceMs;
    this.liveness = new Liveness(options.liveness, this.lastUsedMs);
    const { secure, authority } = options.origin;
    this.session = connect(`${secure ? 'https' : 'http'}://${authority}`, {
      createConnection: () => socket,
      settings: { enablePush: false },
      // Node counts the bodies of all open streams against it (10 MB unless told) and resets streams beyond.
      maxSessionMemory: 256,
    });
    this.session.on('remoteSettings', (settings: Settings) => this.onSettings(settings));
    this.session.on('goaway', (code: number, lastStreamId: number, opaque?: Uint8Array) =>
      this.onGoaway(code, lastStreamId, opaque),
    );
    this.session.on('error', (error) => this.end(describeError(error)));
    this.session.on('close', () => this.end('connection closed by peer'));
    socket.on('error', (error) => this.end(describeError(error)));
    socket.once('close', () => this.onSocketClose());
  }

  get openStreams(): number {
    return this.carried.size;
  }

  get suspect(): boolean {
    return this.liveness.suspect;
  }

  listen(listener: ConnectionListener): void {
    this.listener = listener;
  }

  send(exchange: Exchange, nowMs: number): void {
    const { request } = exchange;
    let stream: ClientHttp2Stream;
    try {
      stream = this.session.request(
        this.headersOf(exchange),
        request.body.length === 0 ? WITHOUT_BODY : WITH_BODY,
      );
    } catch (error) {
      this.onUnsendable(exchange, error);
      return;
    }
    exchange.carrier = this;
    exchange.sentAtMs = nowMs;
    exchange.stream = stream;
    this.carried.push(exchange);
    this.lastUsedMs = nowMs;
    NodeAnswer.follow(stream, exchange, this);
    if (request.body.length > 0) stream.end(request.body);
    if ((stream.id ?? 0) + 2 > this.options.lastStreamId) this.leave('stream ids are used up');
  }

  cancel(exchange: Exchange, nowMs: number): void {
    const stream = this.detach(exchange);
    stream.close(constants.NGHTTP2_CANCEL);
    if (this.liveness.onTimeout(exchange.sentAtMs) === 'dead') this.destroy('peer answers nothing any more');
    else if (this.state === 'open') this.ping(nowMs);
    this.afterStream();
  }

  drain(): void {
    if (this.state !== 'open') return;
    this.state = 'draining';
    this.streamLimit = 0;
    if (this.carried.size === 0) this.closeSession();
  }

  upkeep(nowMs: number): void {
    if (this.state === 'ended' && nowMs - this.endedAtMs >= LINGER_MS) this.socket.destroy();
    if (this.state !== 'open') return;
    switch (this.liveness.check(nowMs, this.carried.first?.sentAtMs ?? null)) {
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
    this.session.destroy();
    this.socket.destroy();
  }

  /** An answer began. */
  onAnswer(status: number): void {
    this.liveness.onAnswer(this.clock.monotonicMs());
    if (this.refusedBeyond !== Infinity) {
      this.refusedBeyond = this.refusedBeyond < this.options.maxStreams ? this.refusedBeyond + 1 : Infinity;
      this.updateLimit();
    }
    // A refused credential (401, 403) proves nothing yet: APNs keeps such a connection at one stream.
    if (this.proven || status === 401 || status === 403) return;
    this.proven = true;
    this.updateLimit();
    this.listener.onProven(this);
  }

  /** The whole answer of an exchange came, or it turned out not to be worth having. */
  onAnswered(exchange: Exchange, finish: () => void): void {
    this.detach(exchange);
    finish();
    this.afterStream();
  }

  /** A stream failed; its close follows. */
  onStreamError(error: Error): void {
    // The session's own error event comes after those of its streams.
    if (this.session.destroyed) this.cause ??= describeError(error);
  }

  /** A stream closed before its answer was whole. */
  onStreamClose(exchange: Exchange, stream: ClientHttp2Stream, answerBegan: boolean): void {
    this.detach(exchange);
    const code = stream.rstCode;
    if (this.session.destroyed) {
      this.cause ??= 'connection closed by peer';
      this.leave(this.cause);
    }
    if (!answerBegan && this.wasIgnored(stream.id ?? 0, code)) {
      this.refusedBeyond = Math.max(1, this.carried.size);
      this.updateLimit();
      this.listener.onRefused([exchange], 'peer refused the stream');
    } else {
      const reset =
        code === undefined || code === 0
          ? 'peer closed the stream without an answer'
          : `stream reset by peer (${nameOfCode(code)})`;
      exchange.finish({ kind: 'cut', cause: this.cause ?? reset });
    }
    this.afterStream();
  }

  private wasIgnored(streamId: number, code: number | undefined): boolean {
    if (this.goaway === null) return code === REFUSED_STREAM;
    if (streamId > this.goaway.lastStreamId) return true;
    // After an unclean GOAWAY Node gives its code to every stream, whatever really became of it.
    return this.goaway.clean && code === REFUSED_STREAM;
  }

  private headersOf({ request }: Exchange): Record<string | symbol, string | string[]> {
    const { origin } = this.options;
    const headers: Record<string | symbol, string | string[]> = {
      ':method': request.method,
      ':path': origin.pathPrefix + request.path,
      ':scheme': origin.secure ? 'https' : 'http',
      ':authority': origin.authority,
      ...request.headers,
    };
    if (request.sensitive.length > 0) headers[sensitiveHeaders] = request.sensitive as string[];
    return headers;
  }

  private onUnsendable(exchange: Exchange, error: unknown): void {
    if (!this.session.closed && !this.session.destroyed) {
      setImmediate(() =>
        exchange.finish({ kind: 'not_processed', cause: `invalid request: ${describeError(error)}` }),
      );
      return;
    }
    this.leave('connection is closing');
    this.listener.onRefused([exchange], 'connection is closing');
  }

  private onSettings(settings: Settings): void {
    this.peerLimit = settings.maxConcurrentStreams ?? Infinity;
    if (this.state === 'opening') {
      this.state = 'open';
      this.updateLimit();
      this.listener.onOpen(this);
      return;
    }
    this.updateLimit();
    this.listener.onRoom(this);
  }

  private onGoaway(code: number, lastStreamId: number, opaque: Uint8Array | undefined): void {
    const cause = describeGoaway(code, opaque);
    this.goaway = { clean: code === 0, lastStreamId };
    if (code !== 0) this.cause = `connection ended by peer: ${cause}`;
    const ignored: Exchange[] = [];
    for (let exchange = this.carried.first; exchange !== null; exchange = exchange.next) {
      if (((exchange.stream as ClientHttp2Stream).id ?? 0) > lastStreamId) ignored.push(exchange);
    }
    for (const exchange of ignored) this.detach(exchange);
    this.leave(cause);
    if (ignored.length > 0) this.listener.onRefused(ignored, `peer sent ${cause}`);
  }

  private onSocketClose(): void {
    this.end('connection closed by peer');
    this.state = 'gone';
    this.session.destroy();
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
    this.streamLimit = 0;
    this.cause ??= cause;
    for (let exchange = this.carried.first; exchange !== null; exchange = this.carried.first) {
      this.detach(exchange);
      exchange.finish({ kind: 'cut', cause: this.cause });
    }
    if (wasInUse) this.listener.onLeave(this, this.cause);
  }

  private detach(exchange: Exchange): ClientHttp2Stream {
    const stream = exchange.stream as ClientHttp2Stream;
    NodeAnswer.unfollow(stream);
    this.carried.remove(exchange);
    exchange.carrier = null;
    exchange.stream = null;
    return stream;
  }

  private afterStream(): void {
    if (this.state === 'draining' && this.carried.size === 0) this.closeSession();
    else if (this.state === 'open') this.listener.onRoom(this);
  }

  private closeSession(): void {
    this.end('connection was let go');
    this.session.close();
  }

  private updateLimit(): void {
    if (this.state !== 'open') return;
    const most = this.options.singleStreamUntilFirstAnswer && !this.proven ? 1 : this.options.maxStreams;
    this.streamLimit = Math.min(most, this.peerLimit, this.refusedBeyond);
  }

  private ping(nowMs: number): void {
    if (!this.session.destroyed && this.liveness.ask(nowMs)) this.session.ping(this.onPong);
  }

  private readonly onPong = (error: Error | null): void => {
    if (error === null) this.liveness.onPong(this.clock.monotonicMs());
  };
}
