import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAnswer } from './farewell';
import { problemAnswer } from './problem-answer';
import { requestIdOf } from './request-id';

/** Where Node would begin to drop headers without a word. The server has no such limit, so that all are seen here. */
const mostHeaders = 1_000;

/** True when it was answered: a header behind those that are looked at might be the one that decides. */
export function refusedForHeaders(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.rawHeaders.length <= 2 * mostHeaders) return false;
  const { status, headers, body } = problemAnswer(
    'headers_too_large',
    `The request has more than ${mostHeaders} headers.`,
  );
  response.writeHead(status, {
    ...headers,
    'x-request-id': requestIdOf(request.headers['x-request-id'], randomUUID),
    connection: 'close',
  });
  endAnswer(response, body);
  return true;
}
