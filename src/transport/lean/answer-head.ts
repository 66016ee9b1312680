import { MAX_BLOCK_BYTES } from './frames';
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

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const STATUS = /^[1-9]\d\d$/;
const LENGTH = /^\d{1,15}$/;
const FIELD_OVERHEAD_BYTES = 32;
const MAX_KNOWN_NAMES = 256;
const CONNECTION_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
/** Of these the first counts: joined with a comma they would mean nothing. */
const SINGLE = new Set(['content-type', 'date', 'etag', 'location', 'retry-after', 'server']);

/**
 * Makes heads of header blocks. A block that equals the one before is not decoded again: a provider that names nothing
 * but its status and the time answers the same for a second.
 */
export class AnswerHeads implements FieldSink {
  private status = 0;
  private headers: Record<string, string> = {};
  private contentLength = -1;
  private malformed: string | null = null;
  private inFields = false;
  private bytes = 0;
  private readonly goodNames = new Set<string>();
  private lastBlock: Buffer = Buffer.alloc(0);
  private lastHead: AnswerHead | null = null;

  constructor(private readonly decoder: HeaderDecoder) {}

  /** Text: the block cannot be decoded, and the connection is of no use. */
  read(block: Buffer, start: number, end: number): AnswerHead | string {
    if (this.lastHead !== null && this.isLast(block, start, end)) return this.lastHead;
    this.status = 0;
    this.headers = {};
    this.contentLength = -1;
    this.malformed = null;
    this.inFields = false;
    this.bytes = 0;
    const fault = this.decoder.decode(block, start, end, this);
    if (fault !== null) return fault;
    const { status, headers, contentLength, malformed } = this;
    const head = { status, headers, contentLength, malformed };
    this.remember(block, start, end, head);
    return head;
  }

  field(name: string, value: string): void {
    this.bytes += name.length + value.length + FIELD_OVERHEAD_BYTES;
    if (this.bytes > MAX_BLOCK_BYTES) this.malformed ??= `headers are larger than ${MAX_BLOCK_BYTES} bytes`;
    if (this.malformed !== null) return;
    if (name.charCodeAt(0) === 0x3a) this.pseudo(name, value);
    else this.regular(name, value);
  }

  private pseudo(name: string, value: string): void {
    if (name !== ':status') this.malformed = 'unknown pseudo-header';
    else if (this.inFields || this.status !== 0) this.malformed = 'status is said twice or late';
    else if (!STATUS.test(value)) this.malformed = 'status is no number';
    else this.status = Number(value);
  }

  private regular(name: string, value: string): void {
    this.inFields = true;
    if (!this.isGoodName(name)) {
      this.malformed = 'header name is invalid';
      return;
    }
    if (hasLineBreak(value)) {
      this.malformed = 'header value is invalid';
      return;
    }
    if (name === 'content-length') this.readLength(value);
    const existing = this.headers[name];
    if (typeof existing !== 'string') this.headers[name] = value;
    else if (!SINGLE.has(name) && name !== 'content-length')
      this.headers[name] = `${existing}${name === 'cookie' ? ';' : ','} ${value}`;
  }

  private readLength(value: string): void {
    const length = LENGTH.test(value) ? Number(value) : -1;
    if (length < 0 || (this.contentLength >= 0 && this.contentLength !== length))
      this.malformed = 'content-length is invalid';
    this.contentLength = length;
  }

  private isGoodName(name: string): boolean {
    if (this.goodNames.has(name)) return true;
    if (!NAME.test(name) || CONNECTION_HEADERS.has(name)) return false;
    if (this.goodNames.size < MAX_KNOWN_NAMES) this.goodNames.add(name);
    return true;
  }

  private isLast(block: Buffer, start: number, end: number): boolean {
    const { lastBlock } = this;
    const length = end - start;
    if (lastBlock.length !== length) return false;
    // From the end: what differs between answers is seldom the first field.
    for (let i = length - 1; i >= 0; i -= 1) if (lastBlock[i] !== block[start + i]) return false;
    return true;
  }

  private remember(block: Buffer, start: number, end: number, head: AnswerHead): void {
    this.lastHead = null;
    // One status alone costs less to decode than to compare, and what stands in a table may change its meaning.
    if (end - start < 2 || !this.decoder.repeatable) return;
    if (this.lastBlock.length !== end - start) this.lastBlock = Buffer.allocUnsafeSlow(end - start);
    block.copy(this.lastBlock, 0, start, end);
    this.lastHead = head;
  }
}

function hasLineBreak(value: string): boolean {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code === 0x0a || code === 0x0d || code === 0) return true;
  }
  return false;
}
