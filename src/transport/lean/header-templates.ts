import type { Origin } from '../origin';
import type { HttpRequest } from '../port';
import { staticIndex } from './static-table';

/** Literal without indexing, and the same for what no intermediary may index: RFC 7541, sections 6.2.2 and 6.2.3. */
const plain = 0x00;
const neverIndexed = 0x10;
const namePrefix = 0x0f;
const stringPrefix = 0x7f;
const methodFields: Readonly<Record<HttpRequest['method'], number>> = { GET: 0x82, POST: 0x83 };
const schemeFields = { http: 0x86, https: 0x87 };
const authorityIndex = 1;
const pathIndex = 4;
const fieldOverheadBytes = 32;
const maxTemplates = 8;

/**
 * The header block of requests of one shape: the same names in the same order, values of the same lengths. The next request of
 * this shape overwrites what differs.
 */
class HeaderTemplate {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  readonly #valueAt: number[] = [];
  readonly #pathAt: number;
  #path: string;
  /** Encoded; valid until the next request is. */
  readonly block: Buffer;
  /** Uncompressed, as MAX_HEADER_LIST_SIZE counts. */
  readonly listBytes: number;
  readonly #method: HttpRequest['method'];
  readonly #sensitive: readonly string[];

  constructor(
    origin: Origin,
    method: HttpRequest['method'],
    sensitive: readonly string[],
    { path, headers }: HttpRequest,
  ) {
    this.#method = method;
    this.#sensitive = sensitive;

    const encoder = new BlockEncoder(sensitive);
    encoder.byte(methodFields[method]);
    encoder.byte(origin.secure ? schemeFields.https : schemeFields.http);
    encoder.field(':authority', authorityIndex, origin.authority);
    encoder.field(':path', pathIndex, origin.pathPrefix + path);
    this.#path = path;
    this.#pathAt = encoder.length - path.length;
    for (const name in headers) {
      const value = headers[name] as string;
      encoder.field(name, staticIndex.get(name) ?? 0, value);
      this.#names.push(name);
      this.#values.push(value);
      this.#valueAt.push(encoder.length - value.length);
    }
    this.block = encoder.finish();
    this.listBytes = encoder.listBytes + 2 * (fieldOverheadBytes + 12);
  }

  /** Makes the block that of `request`, and true; false when the request has another shape. */
  fill({ method, path, headers, sensitive }: HttpRequest): boolean {
    if (method !== this.#method || path.length !== this.#path.length || !same(sensitive, this.#sensitive))
      return false;
    const names = this.#names;
    const values = this.#values;
    let i = 0;
    for (const name in headers) {
      if (name !== names[i]) return false;
      const value = headers[name] as string;
      const known = values[i] as string;
      if (value !== known) {
        if (value.length !== known.length) return false;
        writeAscii(this.block, value, this.#valueAt[i] as number);
        values[i] = value;
      }
      i += 1;
    }
    if (i !== names.length) return false;
    if (path !== this.#path) {
      writeAscii(this.block, path, this.#pathAt);
      this.#path = path;
    }
    return true;
  }
}

/** Encodes the headers of requests to one origin: HPACK with neither table nor Huffman code, most of it done before. */
export class HeaderTemplates {
  /** The last one used first. */
  readonly #templates: HeaderTemplate[] = [];
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  for(request: HttpRequest): HeaderTemplate {
    const templates = this.#templates;
    for (let i = 0; i < templates.length; i += 1) {
      const template = templates[i] as HeaderTemplate;
      if (!template.fill(request)) continue;
      if (i > 0) {
        templates[i] = templates[0] as HeaderTemplate;
        templates[0] = template;
      }
      return template;
    }
    const template = new HeaderTemplate(this.#origin, request.method, [...request.sensitive], request);
    templates.unshift(template);
    if (templates.length > maxTemplates) templates.pop();
    return template;
  }
}

class BlockEncoder {
  listBytes = 0;
  length = 0;
  #bytes = Buffer.allocUnsafe(1024);
  readonly #sensitive: readonly string[];

  constructor(sensitive: readonly string[]) {
    this.#sensitive = sensitive;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  /** `index` of the name in the static table, or 0. */
  field(name: string, index: number, value: string): void {
    this.listBytes += name.length + value.length + fieldOverheadBytes;
    this.#integer(this.#sensitive.includes(name) ? neverIndexed : plain, namePrefix, index);
    if (index === 0) this.#text(name);
    this.#text(value);
  }

  finish(): Buffer {
    const block = Buffer.allocUnsafeSlow(this.length);
    this.#bytes.copy(block, 0, 0, this.length);
    return block;
  }

  #text(text: string): void {
    this.#integer(0, stringPrefix, text.length);
    this.#reserve(text.length);
    this.length += this.#bytes.write(text, this.length, 'latin1');
  }

  #integer(flags: number, mask: number, value: number): void {
    this.#reserve(6);
    if (value < mask) {
      this.#bytes[this.length++] = flags | value;
      return;
    }
    this.#bytes[this.length++] = flags | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.length++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.length + bytes) * 2);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

const short = 24;

/** A call into the runtime costs more than a few bytes do. */
function writeAscii(target: Buffer, text: string, at: number): void {
  if (text.length > short) target.write(text, at, 'latin1');
  else for (let i = 0; i < text.length; i += 1) target[at + i] = text.charCodeAt(i);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
