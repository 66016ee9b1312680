import type { IncomingMessage, ServerResponse } from 'node:http';

/** Rest of a body that is thrown away, so that the answer is not cut off by a reset. */
const mostDiscardedBytes = 64 * 1024 * 1024;
const longestMs = 2_000;

/**
 * Ends an answer whose request may still be sending. Where the body has not ended, the connection is closed: closing at
 * once, with unread bytes, would be a reset, and the sender might never see the answer; reading on until the end would
 * keep a slow stranger's connection for minutes. So the answer is written, and what comes is thrown away for two seconds.
 */
export function endAnswer(response: ServerResponse, body: string): void {
  const { req: request } = response;
  if (isBodyOver(request)) {
    response.end(body);
    return;
  }
  request.resume();
  // A small body came with the headers; once Node has parsed it the connection can be kept.
  setImmediate(() => {
    if (isBodyOver(request)) response.end(body);
    else closeSlowly(request, response, body);
  });
}

function closeSlowly(request: IncomingMessage, response: ServerResponse, body: string): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
  response.flushHeaders();
  if (body !== '') response.write(body);
  let restBytes = mostDiscardedBytes;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', discard);
    response.end();
  };
  const discard = (piece: Buffer): void => {
    restBytes -= piece.length;
    if (restBytes < 0) finish();
  };
  const timer = setTimeout(finish, longestMs);
  request.on('data', discard);
  request.once('end', finish);
  request.once('close', finish);
  request.on('error', finish);
}

function isBodyOver(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return request.complete || request.destroyed || (coding === undefined && Number(length ?? 0) === 0);
}
