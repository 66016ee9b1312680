import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Random } from '../domain/clock';
import { createIds } from '../shared/ids';
import { problem, problemCodes, toProblemBody, type ProblemCode } from './problem';

/** For `server.on('clientError', …)`. */
export type ClientErrorHandler = (error: ClientError, socket: Duplex) => void;

type ClientError = Error & { readonly code?: string; readonly rawPacket?: Buffer };

/**
 * Answers what never became a request: no HTTP, headers too large or too slow. Without it Node answers such with an
 * empty body, or with nothing at all.
 */
export function createClientErrorHandler(clock: Clock, random: Random): ClientErrorHandler {
  const makeId = createIds(clock, random);
  const failed = new WeakSet<Duplex>();
  return (error, socket) => {
    // A socket that was reset takes no answer.
    if (error.code === 'ECONNRESET') socket.destroy();
    if (failed.has(socket)) return;
    failed.add(socket);
    answerInTurn(error, socket, makeId);
  };
}

/** Requests that came whole before it have their answers first: they were taken, and the next answer is theirs. */
function answerInTurn(error: ClientError, socket: Duplex, makeId: () => string): void {
  const { _httpMessage: answer } = socket as Duplex & { readonly _httpMessage?: ServerResponse | null };
  if (answer?.req.complete === true && !answer.writableFinished && !socket.destroyed) {
    // Node hands the socket to the next answer as soon as one is finished.
    answer.once('finish', () => setImmediate(() => answerInTurn(error, socket, makeId)));
    return;
  }
  // Writing in the middle of another answer would corrupt that one.
  if (!socket.writable || answer?.headersSent === true) socket.destroy();
  else answerClientError(error, socket, makeId);
}

function answerClientError(error: ClientError, socket: Duplex, makeId: () => string): void {
  const code = codeOf(error.code);
  const { status } = problemCodes[code];
  const body = JSON.stringify(
    toProblemBody(problem(code, isOfUnknownMethod(error) ? unknownMethod : details[code])),
  );
  socket.end(
    `HTTP/1.1 ${status} ${reasons[code]}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nx-request-id: ${makeId()}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
  // Not at once: with bytes unread that would be a reset, and take the answer away from the client again.
  setTimeout(() => socket.destroy(), farewellMs).unref();
}

const farewellMs = 1_000;

type ClientErrorCode = Extract<ProblemCode, 'malformed_http' | 'headers_too_large' | 'request_timeout'>;

const reasons: Readonly<Record<ClientErrorCode, string>> = {
  malformed_http: 'Bad Request',
  headers_too_large: 'Request Header Fields Too Large',
  request_timeout: 'Request Timeout',
};

const details: Readonly<Record<ClientErrorCode, string>> = {
  malformed_http: 'What arrived is not an HTTP/1.1 request.',
  headers_too_large: 'The request line and headers together are larger than the server takes.',
  request_timeout: 'The request took too long to arrive.',
};

const unknownMethod = 'The request has a method that HTTP/1.1 does not know.';

/** TLS, HTTP/2 and what else is no HTTP fail at the method as well. */
function isOfUnknownMethod({ code, rawPacket }: ClientError): boolean {
  if (code !== 'HPE_INVALID_METHOD' || rawPacket === undefined) return false;
  return /^[A-Za-z-]{1,32} \S+ HTTP\/1\.1\r?\n/.test(rawPacket.toString('latin1', 0, 4096));
}

function codeOf(code: string | undefined): ClientErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'malformed_http';
}
