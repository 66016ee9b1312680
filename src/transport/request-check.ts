import type { HttpRequest } from './port';

const path = /^\/[\x21\x22\x24-\x7e]*$/;
const namePattern = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const valuePattern = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$|^$/;

/** HTTP/1 leftovers that a peer must treat as malformed: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2 */
const forbidden = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'host',
  'te',
]);

/**
 * Checks the requests of one client. What a header held last was checked last: a credential of hundreds of bytes is the same
 * for thousands of requests.
 */
export class RequestCheck {
  /** Of the latest request, in its order: nearly every request has the names of the one before. */
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  /** What makes the request unfit for the wire, or null. Names the header, never its value. */
  faultOf(request: HttpRequest): string | null {
    if (!path.test(request.path)) return 'invalid request: the path must start with / and be encoded';
    if (!(request.timeoutMs > 0 && request.timeoutMs < Infinity))
      return 'invalid request: the time-out must be positive';
    const { headers } = request;
    const names = this.#names;
    const values = this.#values;
    let index = 0;
    for (const name in headers) {
      const value = headers[name] as string;
      if (names[index] !== name) {
        if (!namePattern.test(name) || forbidden.has(name))
          return `invalid request: header name ${JSON.stringify(name.slice(0, 100))}`;
        names.length = index;
      }
      if (index >= names.length || values[index] !== value) {
        if (!valuePattern.test(value)) return `invalid request: value of header ${name}`;
        names[index] = name;
        values[index] = value;
      }
      index += 1;
    }
    return null;
  }
}
