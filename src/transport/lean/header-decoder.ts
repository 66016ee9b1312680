import { DynamicTable } from './dynamic-table';
import { staticFields, staticNames, staticValues } from './static-table';
import { TextReader } from './text-reader';

/** What takes the fields of a block, one by one. */
export interface FieldSink {
  field(name: string, value: string): void;
}

/** What a peer's encoder uses until it was told otherwise. */
const defaultTableBytes = 4096;

/**
 * Decodes header blocks (HPACK, https://www.rfc-editor.org/rfc/rfc7541), all those of one connection in their order.
 *
 * The peer may keep a dynamic table until it has acknowledged that it is to be of size 0, which `forbidTable` tells. From
 * then on it may not enlarge it. A peer that says nothing about the size then goes on with the table it has: both sides
 * still agree on it, and many peers that never used the table do not say so.
 */
export class HeaderDecoder {
  readonly #texts = new TextReader();
  readonly #table = new DynamicTable(defaultTableBytes);
  #maxTableBytes = defaultTableBytes;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  /** Whether the last block changed the table, so that the same bytes could mean something else next time. */
  #stateful = false;

  /** The last block would be decoded to the same fields again. */
  get repeatable(): boolean {
    return !this.#stateful;
  }

  forbidTable(): void {
    this.#maxTableBytes = 0;
  }

  /** Hands the block's fields to `sink`. Returns what is wrong with it, or null; after a fault the connection is of no use. */
  decode(bytes: Buffer, start: number, end: number, sink: FieldSink): string | null {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#stateful = false;
    while (this.#at < end && isSizeUpdate(bytes[this.#at] as number)) {
      const fault = this.#sizeUpdate();
      if (fault !== null) return fault;
    }
    while (this.#at < end) {
      const fault = this.#nextField(bytes[this.#at] as number, sink);
      if (fault !== null) return fault;
    }
    return null;
  }

  #nextField(first: number, sink: FieldSink): string | null {
    if (first >= 0x80) return this.#indexed(sink);
    if (first >= 0x40) return this.#literal(0x3f, true, sink);
    return isSizeUpdate(first) ? 'table size update after a field' : this.#literal(0x0f, false, sink);
  }

  #indexed(sink: FieldSink): string | null {
    const index = this.#integer(0x7f);
    if (index <= 0) return 'field index';
    if (index <= staticFields) {
      sink.field(staticNames[index] as string, staticValues[index] as string);
      return null;
    }
    this.#stateful = true;
    const entry = index - staticFields - 1;
    if (entry >= this.#table.size) return 'field index';
    sink.field(this.#table.name(entry), this.#table.value(entry));
    return null;
  }

  #literal(mask: number, kept: boolean, sink: FieldSink): string | null {
    const index = this.#integer(mask);
    if (index < 0) return 'name index';
    const name = index === 0 ? this.#string(true) : this.#nameAt(index);
    if (name === null) return 'field name';
    const value = this.#string(false);
    if (value === null) return 'field value';
    if (kept) {
      this.#stateful = true;
      this.#table.add(name, value);
    }
    sink.field(name, value);
    return null;
  }

  #nameAt(index: number): string | null {
    if (index <= staticFields) return staticNames[index] as string;
    this.#stateful = true;
    const entry = index - staticFields - 1;
    return entry < this.#table.size ? this.#table.name(entry) : null;
  }

  #sizeUpdate(): string | null {
    const size = this.#integer(0x1f);
    if (size < 0 || size > this.#maxTableBytes) return 'table size';
    this.#stateful = true;
    this.#table.resize(size);
    return null;
  }

  #string(isName: boolean): string | null {
    if (this.#at >= this.#end) return null;
    const huffman = (this.#bytes[this.#at] as number) >= 0x80;
    const length = this.#integer(0x7f);
    if (length < 0 || length > this.#end - this.#at) return null;
    const start = this.#at;
    this.#at += length;
    return isName
      ? this.#texts.name(this.#bytes, start, this.#at, huffman)
      : this.#texts.text(this.#bytes, start, this.#at, huffman);
  }

  /** With a prefix as wide as `mask`; -1 when it is torn or out of all proportion. */
  #integer(mask: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const prefix = (bytes[this.#at++] as number) & mask;
    if (prefix < mask) return prefix;
    let value = mask;
    for (let shift = 0; shift <= 21 && this.#at < end; shift += 7) {
      const byte = bytes[this.#at++] as number;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}

function isSizeUpdate(first: number): boolean {
  return (first & 0xe0) === 0x20;
}
