import { decodeHuffman } from './huffman';

const slots = 64;
const maxKeptBytes = 64;

/**
 * Reads the strings of header blocks. Names are few and come again and again, so the last ones are found by their encoded
 * bytes and neither decoded nor made again.
 */
export class TextReader {
  readonly #keys: (Buffer | null)[] = Array.from({ length: slots * 2 }, () => null);
  readonly #names: string[] = Array.from({ length: slots * 2 }, () => '');
  #scratch = Buffer.allocUnsafeSlow(512);

  /** Null when the Huffman code is broken. */
  name(bytes: Buffer, start: number, end: number, huffman: boolean): string | null {
    const length = end - start;
    if (length === 0 || length > maxKeptBytes) return this.text(bytes, start, end, huffman);
    const mixed =
      length * 31 +
      (bytes[start] as number) * 7 +
      (bytes[start + (length >> 1)] as number) * 3 +
      (bytes[end - 1] as number);
    const slot = (mixed % slots) + (huffman ? slots : 0);
    const key = this.#keys[slot];
    if (key !== null && key !== undefined && equals(key, bytes, start, length))
      return this.#names[slot] as string;
    const name = this.text(bytes, start, end, huffman);
    if (name === null) return null;
    this.#keys[slot] = Buffer.from(bytes.subarray(start, end));
    this.#names[slot] = name;
    return name;
  }

  /** Null when the Huffman code is broken. */
  text(bytes: Buffer, start: number, end: number, huffman: boolean): string | null {
    if (!huffman) return bytes.toString('latin1', start, end);
    const most = Math.ceil(((end - start) * 8) / 5);
    if (most > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(most * 2);
    const length = decodeHuffman(bytes, start, end, this.#scratch);
    return length < 0 ? null : this.#scratch.toString('latin1', 0, length);
  }
}

function equals(key: Buffer, bytes: Buffer, start: number, length: number): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i += 1) if (key[i] !== bytes[start + i]) return false;
  return true;
}
