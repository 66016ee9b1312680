import { isWebhookPath } from './target';

/** The head of a webhook request of the plainest kind, as Go's HTTP client writes it. */
export interface PlainHead {
  readonly url: string;
  /** By lower-case name; none twice. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentLength: number;
  /** Where the digits of the length stand in the bytes, from and up to. */
  readonly lengthFrom: number;
  readonly lengthTo: number;
}

const requestLine = /^POST (\/[\x21-\x7e]*) HTTP\/1\.1$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)[ \t]*$/;
const contentLengthLine = /^content-length: *(\d{1,9}) *$/i;
/** What asks for more than a body and its answer on a kept connection, or says who asks in words of its own. */
const elaborate: ReadonlySet<string> = new Set([
  'content-encoding',
  'expect',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

/**
 * Reads the head that takes the first `end` bytes, the empty line included. Null for whatever is not of the plainest kind,
 * be it legal or not (RFC 9112): node:http judges that.
 */
export function readPlainHead(bytes: Buffer, end: number): PlainHead | null {
  const lines = bytes.toString('latin1', 0, end - 4).split('\r\n');
  const url = requestLine.exec(lines[0] ?? '')?.[1];
  if (url === undefined || !isWebhookPath(url)) return null;
  const headers: Record<string, string> = {};
  let length: { readonly value: number; readonly from: number; readonly to: number } | null = null;
  let at = (lines[0] ?? '').length + 2;
  for (const line of lines.slice(1)) {
    const [, written, value] = headerLine.exec(line) ?? [];
    if (written === undefined || value === undefined) return null;
    const name = written.toLowerCase();
    if (elaborate.has(name) || headers[name] !== undefined) return null;
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return null;
    headers[name] = value;
    if (name === 'content-length') {
      const digits = contentLengthLine.exec(line)?.[1];
      if (digits === undefined) return null;
      const from = at + line.indexOf(digits, 'content-length:'.length);
      length = { value: Number(digits), from, to: from + digits.length };
    }
    at += line.length + 2;
  }
  if (length === null || headers['host'] === undefined) return null;
  return { url, headers, contentLength: length.value, lengthFrom: length.from, lengthTo: length.to };
}
