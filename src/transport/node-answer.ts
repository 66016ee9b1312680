import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Exchange } from './exchange';

/** What becomes of a stream. */
export interface StreamOwner {
  /** An answer began. */
  onAnswer(status: number): void;
  /** The exchange needs its stream no more; `finish` says its result. */
  onAnswered(exchange: Exchange, finish: () => void): void;
  /** The stream failed; it closes next. */
  onStreamError(error: Error): void;
  /** The stream closed before the answer was whole. */
  onStreamClose(exchange: Exchange, stream: ClientHttp2Stream, answerBegan: boolean): void;
}

const MAX_BODY_BYTES = 64 * 1024;
const END_STREAM = constants.NGHTTP2_FLAG_END_STREAM;
const ANSWER = Symbol('answer');

interface FollowedStream extends ClientHttp2Stream {
  [ANSWER]?: NodeAnswer | undefined;
}

/** The answer to one exchange, while it comes. Its listeners are shared by all streams, so that none is made per request. */
export class NodeAnswer {
  private status = 0;
  private headers: Record<string, string> = {};
  private chunks: Buffer[] = [];
  private bytes = 0;

  private constructor(
    private readonly exchange: Exchange,
    private readonly owner: StreamOwner,
  ) {}

  static follow(stream: ClientHttp2Stream, exchange: Exchange, owner: StreamOwner): void {
    (stream as FollowedStream)[ANSWER] = new NodeAnswer(exchange, owner);
    stream.on('error', onError);
    stream.on('response', onResponse);
    stream.on('close', onClose);
  }

  /** Whatever still comes on the stream is nobody's business. */
  static unfollow(stream: ClientHttp2Stream): void {
    (stream as FollowedStream)[ANSWER] = undefined;
  }

  fail(error: Error): void {
    this.owner.onStreamError(error);
  }

  begin(stream: FollowedStream, headers: IncomingHttpHeaders, flags: number): void {
    this.status = Number(headers[':status']);
    this.headers = plainHeaders(headers);
    this.owner.onAnswer(this.status);
    if ((flags & END_STREAM) !== 0) {
      stream.resume();
      this.complete(stream);
      return;
    }
    stream.on('data', onData);
    stream.on('end', onEnd);
  }

  take(stream: FollowedStream, chunk: Buffer): void {
    this.bytes += chunk.length;
    this.chunks.push(chunk);
    if (this.bytes <= MAX_BODY_BYTES) return;
    this.owner.onAnswered(this.exchange, () => {
      stream.close(constants.NGHTTP2_CANCEL);
      this.exchange.finish({ kind: 'cut', cause: `answer is larger than ${MAX_BODY_BYTES} bytes` });
    });
  }

  end(stream: FollowedStream): void {
    // Node ends a stream that was reset in the middle of its body like a whole one; its close event tells the difference.
    if (stream.rstCode !== undefined && stream.rstCode !== 0) return;
    const declared = this.headers['content-length'];
    if (declared === undefined || Number(declared) === this.bytes) return this.complete(stream);
    this.owner.onAnswered(this.exchange, () =>
      this.exchange.finish({ kind: 'cut', cause: 'answer ended in the middle' }),
    );
  }

  private complete(stream: FollowedStream): void {
    // An answer that came before the request was taken in whole: the rest of the request is not wanted.
    if (!stream.writableFinished) stream.close(constants.NGHTTP2_CANCEL);
    const [only] = this.chunks;
    const body =
      only === undefined
        ? ''
        : (this.chunks.length === 1 ? only : Buffer.concat(this.chunks)).toString('utf8');
    this.owner.onAnswered(this.exchange, () =>
      this.exchange.finish({ kind: 'response', status: this.status, headers: this.headers, body }),
    );
  }

  close(stream: FollowedStream): void {
    this.owner.onStreamClose(this.exchange, stream, this.status !== 0);
  }
}

function onResponse(this: FollowedStream, headers: IncomingHttpHeaders, flags: number): void {
  this[ANSWER]?.begin(this, headers, flags);
}

function onData(this: FollowedStream, chunk: Buffer): void {
  this[ANSWER]?.take(this, chunk);
}

function onEnd(this: FollowedStream): void {
  this[ANSWER]?.end(this);
}

function onClose(this: FollowedStream): void {
  this[ANSWER]?.close(this);
}

function onError(this: FollowedStream, error: Error): void {
  this[ANSWER]?.fail(error);
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const name in headers) {
    if (name.startsWith(':')) continue;
    const value = headers[name];
    if (value !== undefined) plain[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return plain;
}
