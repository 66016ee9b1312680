import { maxBlockBytes } from './frames';
import type { FieldSink, HeaderDecoder } from './header-decoder';

/** The head of an answer, or the trailers of one (`status` 0). */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** -1 when it says none. */
  readonly contentLength: number;
  /** Why it is no answer: https://www.rfc-editor.org/rfc/rfc9113#section-8.1.1 */
  readonly malformed: string | null;
}

const namePattern = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const statusPattern = /^[1-9]\d\d$/;
const lengthPattern = /^\d{1,15}$/;
const fieldOverheadBytes = 32;
const maxKnownNames = 256;
const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
/** Of these the first counts: joined with a comma they would mean nothing. */
const single = new Set(['content-type', 'date', 'etag', 'location', 'retry-after', 'server']);

/**
 * Makes heads of header blocks. A block that equals the one before is not decoded again: a provider that names nothing
 * but its status and the time answers the same for a second.
 */
export class AnswerHeads implements FieldSink {
  #status = 0;
  #headers: Record<string, string> = {};
  #contentLength = -1;
  #malformed: string | null = null;
  #inFields = false;
  #bytes = 0;
  readonly #goodNames = new Set<string>();
  #lastBlock: Buffer = Buffer.alloc(0);
  #lastHead: AnswerHead | null = null;
  readonly #decoder: HeaderDecoder;

  constructor(decoder: HeaderDecoder) {
    this.#decoder = decoder;
  }

  /** Text: the block cannot be decoded, and the connection is of no use. */
  read(block: Buffer, start: number, end: number): AnswerHead | string {
    if (this.#lastHead !== null && this.#isLast(block, start, end)) return this.#lastHead;
    this.#status = 0;
    this.#headers = {};
    this.#contentLength = -1;
    this.#malformed = null;
    this.#inFields = false;
    this.#bytes = 0;
    const fault = this.#decoder.decode(block, start, end, this);
    if (fault !== null) return fault;
    const status = this.#status;
    const headers = this.#headers;
    const contentLength = this.#contentLength;
    const malformed = this.#malformed;
    const head = { status, headers, contentLength, malformed };
    this.#remember(block, start, end, head);
    return head;
  }

  field(name: string, value: string): void {
    this.#bytes += name.length + value.length + fieldOverheadBytes;
    if (this.#bytes > maxBlockBytes) this.#malformed ??= `headers are larger than ${maxBlockBytes} bytes`;
    if (this.#malformed !== null) return;
    if (name.charCodeAt(0) === 0x3a) this.#pseudo(name, value);
    else this.#regular(name, value);
  }

  #pseudo(name: string, value: string): void {
    if (name !== ':status') this.#malformed = 'unknown pseudo-header';
    else if (this.#inFields || this.#status !== 0) this.#malformed = 'status is said twice or late';
    else if (!statusPattern.test(value)) this.#malformed = 'status is no number';
    else this.#status = Number(value);
  }

  #regular(name: string, value: string): void {
    this.#inFields = true;
    if (!this.#isGoodName(name)) {
      this.#malformed = 'header name is invalid';
      return;
    }
    if (hasLineBreak(value)) {
      this.#malformed = 'header value is invalid';
      return;
    }
    if (name === 'content-length') this.#readLength(value);
    const existing = this.#headers[name];
    if (typeof existing !== 'string') this.#headers[name] = value;
    else if (!single.has(name) && name !== 'content-length')
      this.#headers[name] = `${existing}${name === 'cookie' ? ';' : ','} ${value}`;
  }

  #readLength(value: string): void {
    const length = lengthPattern.test(value) ? Number(value) : -1;
    if (length < 0 || (this.#contentLength >= 0 && this.#contentLength !== length))
      this.#malformed = 'content-length is invalid';
    this.#contentLength = length;
  }

  #isGoodName(name: string): boolean {
    if (this.#goodNames.has(name)) return true;
    if (!namePattern.test(name) || connectionHeaders.has(name)) return false;
    if (this.#goodNames.size < maxKnownNames) this.#goodNames.add(name);
    return true;
  }

  #isLast(block: Buffer, start: number, end: number): boolean {
    const lastBlock = this.#lastBlock;
    const length = end - start;
    if (lastBlock.length !== length) return false;
    // From the end: what differs between answers is seldom the first field.
    for (let i = length - 1; i >= 0; i -= 1) if (lastBlock[i] !== block[start + i]) return false;
    return true;
  }

  #remember(block: Buffer, start: number, end: number, head: AnswerHead): void {
    this.#lastHead = null;
    // One status alone costs less to decode than to compare, and what stands in a table may change its meaning.
    if (end - start < 2 || !this.#decoder.repeatable) return;
    if (this.#lastBlock.length !== end - start) this.#lastBlock = Buffer.allocUnsafeSlow(end - start);
    block.copy(this.#lastBlock, 0, start, end);
    this.#lastHead = head;
  }
}

function hasLineBreak(value: string): boolean {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code === 0x0a || code === 0x0d || code === 0) return true;
  }
  return false;
}
