import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isWebhookPath } from './target';

/** What is known of a request before its body: all that authentication goes by. */
export interface RequestHead {
  readonly method: string;
  /** As the request line has it. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: string[];
  /** Of the connection's other end. */
  readonly remoteAddress: string | undefined;
}

export function headOf(request: IncomingMessage): RequestHead {
  // Express cuts off the path below which it mounts a handler, and keeps the whole here.
  const { url: cut = '', originalUrl = cut } = request as IncomingMessage & { originalUrl?: string };
  const url = isWebhookPath(cut) ? cut : originalUrl;
  const { method = '', headers, rawHeaders, socket } = request;
  return { method, url, headers, rawHeaders, remoteAddress: socket.remoteAddress };
}
