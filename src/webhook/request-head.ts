import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What is known of a request before its body: all that authentication goes by. */
export interface RequestHead {
  readonly method: string;
  /** As the request line has it. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders;
  /** Of the connection's other end. */
  readonly remoteAddress: string | undefined;
}

export function headOf(request: IncomingMessage): RequestHead {
  // Express keeps the whole URL here when it mounts the handler below a path.
  const url = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '';
  const { method = '', headers, socket } = request;
  return { method, url, headers, remoteAddress: socket.remoteAddress };
}
