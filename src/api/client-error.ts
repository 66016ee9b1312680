import type { Duplex } from 'node:stream';
import type { Clock, Random } from '../domain/clock';
import { createIds } from './ids';
import { problem, problemCodes, toProblemBody, type ProblemCode } from './problem';

/** For `server.on('clientError', …)`. */
export type ClientErrorHandler = (error: Error & { readonly code?: string }, socket: Duplex) => void;

/**
 * Answers what never became a request: no HTTP, headers too large or too slow. Without it Node answers such with an
 * empty body, or with nothing at all.
 */
export function createClientErrorHandler(clock: Clock, random: Random): ClientErrorHandler {
  const makeId = createIds(clock, random);
  return (error, socket) => answerClientError(error, socket, makeId);
}

function answerClientError(
  error: Error & { readonly code?: string },
  socket: Duplex,
  makeId: () => string,
): void {
  // A socket that was reset takes no answer; writing to one in the middle of another answer would corrupt that one.
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const code = codeOf(error.code);
  const { status } = problemCodes[code];
  const body = JSON.stringify(toProblemBody(problem(code, details[code])));
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

function codeOf(code: string | undefined): ClientErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'malformed_http';
}

/** Node keeps the answer in progress on the socket; its own handler looks there too. */
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as Duplex & {
    readonly _httpMessage?: { readonly headersSent: boolean } | null;
  };
  return answer?.headersSent === true;
}
