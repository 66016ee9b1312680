import type { IncomingMessage, ServerResponse } from 'node:http';
import { haltReading } from './halt-reading';
import { PieceGauge } from './piece-gauge';

/** Rest of a body that is thrown away, so that the answer is not cut off by a reset. */
const mostDiscardedBytes = 64 * 1024 * 1024;
const longestMs = 2_000;

/**
 * Ends an answer whose request may still be sending. Where the body has not ended, the connection is closed: closing at
 * once, with unread bytes, would be a reset, and the sender might never see the answer; reading on until the end would
 * keep a slow stranger's connection for minutes. So the answer is written, and what comes is thrown away for two seconds.
 */
export function endAnswer(response: ServerResponse, body: string | Buffer): void {
  const { req: request } = response;
  if (isBodyOver(request)) {
    response.end(body);
    return;
  }
  const rest = new Rest(request);
  // A small body came with the headers; once Node has parsed it the connection can be kept.
  setImmediate(() => {
    if (isBodyOver(request)) response.end(body);
    else closeSlowly(rest, request, response, body);
  });
}

function closeSlowly(
  rest: Rest,
  request: IncomingMessage,
  response: ServerResponse,
  body: string | Buffer,
): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
  response.flushHeaders();
  if (body.length > 0) response.write(body);
  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, longestMs);
  rest.whenEnough(finish);
  request.once('end', finish);
  request.once('close', finish);
  request.on('error', finish);
}

/** What still comes of a body that nobody wants. */
class Rest {
  readonly #gauge = new PieceGauge();
  #bytes = 0;
  #isEnough = false;
  #finish: (() => void) | null = null;

  constructor(request: IncomingMessage) {
    request.on('data', (piece: Buffer) => {
      this.#bytes += piece.length;
      const isCrumbs = this.#gauge.isCrumbs(piece.length);
      if (this.#isEnough || (this.#bytes <= mostDiscardedBytes && !isCrumbs)) return;
      this.#isEnough = true;
      haltReading(request.socket);
      this.#finish?.();
    });
    request.resume();
  }

  /** Once more came than is worth an answer. */
  whenEnough(finish: () => void): void {
    if (this.#isEnough) finish();
    else this.#finish = finish;
  }
}

function isBodyOver(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return request.complete || request.destroyed || (coding === undefined && Number(length ?? 0) === 0);
}
