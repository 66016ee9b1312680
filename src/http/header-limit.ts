import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAnswer } from './farewell';
import { problemAnswer, type ProblemAnswer } from './problem-answer';
import { requestIdOf } from './request-id';

/** Where Node would begin to drop headers without a word. The server has no such limit, so that all are seen here. */
const mostHeaders = 1_000;

/** True when it was answered: a header behind those that are looked at might be the one that decides. */
export function refusedForHeaders(request: IncomingMessage, response: ServerResponse): boolean {
  const fault = faultOf(request);
  if (fault === null) return false;
  const { status, headers, body } = fault;
  response.writeHead(status, {
    ...headers,
    'x-request-id': requestIdOf(request.headers['x-request-id'], randomUUID),
    connection: 'close',
  });
  endAnswer(response, body);
  return true;
}

/** Node itself would answer for the missing Host, without a body and a request id: https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
function faultOf({ rawHeaders, headers, httpVersion }: IncomingMessage): ProblemAnswer | null {
  if (rawHeaders.length > 2 * mostHeaders)
    return problemAnswer('headers_too_large', `The request has more than ${mostHeaders} headers.`);
  return httpVersion === '1.1' && headers.host === undefined
    ? problemAnswer('malformed_http', 'The request has no Host header, which HTTP/1.1 requires.')
    : null;
}
