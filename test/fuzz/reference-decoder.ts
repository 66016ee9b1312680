import { decodeHuffman } from '../../src/transport/lean/huffman';
import { staticNames, staticValues } from '../../src/transport/lean/static-table';

type Field = readonly [name: string, value: string];

/** HPACK as the RFC tells it, slow and plain, to hold the real decoder against. */
export class ReferenceDecoder {
  #table: Field[] = [];
  #limit = 4096;
  #allowed = 4096;

  get entries(): readonly Field[] {
    return this.#table;
  }

  forbidTable(): void {
    this.#allowed = 0;
  }

  /** Throws for what no encoder may write. */
  decode(block: Buffer): Field[] {
    const fields: Field[] = [];
    let rest = block;
    let mayResize = true;
    while (rest.length > 0) {
      const first = rest[0] as number;
      if (first >> 5 === 1) {
        if (!mayResize) throw new Error('size update after a field');
        const [size, after] = integer(rest, 5);
        if (size > this.#allowed) throw new Error('size');
        this.#limit = size;
        this.#shrink();
        rest = after;
        continue;
      }
      mayResize = false;
      if (first >> 7 === 1) {
        const [index, after] = integer(rest, 7);
        fields.push(this.#entry(index));
        rest = after;
        continue;
      }
      const isKept = first >> 6 === 1;
      const [index, afterIndex] = integer(rest, isKept ? 6 : 4);
      const [name, afterName] = index === 0 ? text(afterIndex) : [this.#entry(index)[0], afterIndex];
      const [value, after] = text(afterName);
      if (isKept) {
        this.#table.unshift([name, value]);
        this.#shrink();
      }
      fields.push([name, value]);
      rest = after;
    }
    return fields;
  }

  #entry(index: number): Field {
    if (index === 0) throw new Error('index 0');
    if (index <= 61) return [staticNames[index] as string, staticValues[index] as string];
    const found = this.#table[index - 62];
    if (found === undefined) throw new Error('index');
    return found;
  }

  #shrink(): void {
    const bytes = (): number =>
      this.#table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (bytes() > this.#limit) this.#table.pop();
  }
}

function integer(bytes: Buffer, bits: number): [value: number, rest: Buffer] {
  if (bytes.length === 0) throw new Error('torn');
  const mask = 2 ** bits - 1;
  let value = (bytes[0] as number) & mask;
  if (value < mask) return [value, bytes.subarray(1)];
  for (let at = 1; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (at > 4) throw new Error('too long');
    value += (byte & 0x7f) * 2 ** (7 * (at - 1));
    if (byte < 0x80) return [value, bytes.subarray(at + 1)];
  }
  throw new Error('torn');
}

function text(bytes: Buffer): [text: string, rest: Buffer] {
  const [length, rest] = integer(bytes, 7);
  if (length > rest.length) throw new Error('torn');
  const raw = rest.subarray(0, length);
  if ((bytes[0] as number) < 0x80) return [raw.toString('latin1'), rest.subarray(length)];
  const target = Buffer.alloc(length * 2);
  const decoded = decodeHuffman(raw, 0, length, target);
  if (decoded < 0) throw new Error('Huffman code');
  return [target.toString('latin1', 0, decoded), rest.subarray(length)];
}
