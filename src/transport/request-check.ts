import type { Http2Request } from './port';

const PATH = /^\/[\x21\x22\x24-\x7e]*$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$|^$/;

/** HTTP/1 leftovers that a peer must treat as malformed: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2 */
const FORBIDDEN = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'host',
  'te',
]);

const MAX_KNOWN = 64;

/**
 * Checks the requests of one client. What a header held last was checked last: a credential of hundreds of bytes is the same
 * for thousands of requests.
 */
export class RequestCheck {
  private readonly known = new Map<string, string>();

  /** What makes the request unfit for the wire, or null. Names the header, never its value. */
  faultOf(request: Http2Request): string | null {
    if (!PATH.test(request.path)) return 'invalid request: the path must start with / and be encoded';
    if (!(request.timeoutMs > 0 && request.timeoutMs < Infinity))
      return 'invalid request: the time-out must be positive';
    const { headers } = request;
    for (const name in headers) {
      const value = headers[name] as string;
      const known = this.known.get(name);
      if (known === value) continue;
      if (known === undefined && (!NAME.test(name) || FORBIDDEN.has(name)))
        return `invalid request: header name ${JSON.stringify(name.slice(0, 100))}`;
      if (!VALUE.test(value)) return `invalid request: value of header ${name}`;
      if (known !== undefined || this.known.size < MAX_KNOWN) this.known.set(name, value);
    }
    return null;
  }
}
