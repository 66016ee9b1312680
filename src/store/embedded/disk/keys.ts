import { createHash } from 'node:crypto';

/** The longest string that stands in a key as it is; LMDB's own limit is 1978 bytes a key. */
const longestPart = 400;
const hashed = 0xffff;

/**
 * One part of a composite key: two bytes of length, then the UTF-8 bytes. The length comes first, so no content (NUL,
 * quotes, colons) can make two different lists of parts collide. A longer string is replaced by its SHA-256, under a
 * length that no real part has.
 */
function part(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length > longestPart) {
    const digest = Buffer.allocUnsafe(34);
    digest.writeUInt16BE(hashed, 0);
    createHash('sha256').update(text).digest().copy(digest, 2);
    return digest;
  }
  const bytes = Buffer.allocUnsafe(2 + length);
  bytes.writeUInt16BE(length, 0);
  bytes.write(text, 2);
  return bytes;
}

export function textKey(text: string): Buffer {
  return part(text);
}

export function compositeKey(...texts: readonly string[]): Buffer {
  return Buffer.concat(texts.map(part));
}

/** A part followed by a signed number and another part, e.g. uid, channel type, channel id. */
export function numberedKey(prefix: string, number: number, text: string): Buffer {
  const middle = Buffer.allocUnsafe(8);
  middle.writeDoubleBE(number, 0);
  return Buffer.concat([part(prefix), middle, part(text)]);
}

/** Milliseconds since the epoch as six bytes that sort by time; what lies outside their range sorts at its end. */
export function timeBytes(atMs: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntBE(clampTime(atMs), 0, 6);
  return bytes;
}

export function clampTime(atMs: number): number {
  if (!(atMs > 0)) return 0;
  return Math.min(Math.floor(atMs), 0xffff_ffff_ffff);
}

/** The first key after every key that starts with `prefix`; a prefix of nothing but 0xff has none and gets a long one. */
export function prefixEnd(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  for (let index = end.length - 1; index >= 0; index--) {
    const byte = end[index] ?? 0;
    if (byte < 0xff) {
      end[index] = byte + 1;
      return end.subarray(0, index + 1);
    }
  }
  return Buffer.concat([prefix, Buffer.alloc(64, 0xff)]);
}

/** The smallest key that sorts after `key`. */
export function afterKey(key: Buffer): Buffer {
  const next = Buffer.alloc(key.length + 1);
  key.copy(next);
  return next;
}

export function sequenceKey(sequence: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(Math.floor(sequence / 0x1_0000_0000), 0);
  key.writeUInt32BE(sequence >>> 0, 4);
  return key;
}

export function sequenceOf(key: Uint8Array): number {
  let sequence = 0;
  for (let index = 0; index < 8; index++) sequence = sequence * 256 + (key[index] ?? 0);
  return sequence;
}

/** The parts of a key again, as far as they are named; a text that was too long to stand in it is its hash, in base64. */
export function readParts(
  key: Buffer,
  ...kinds: readonly ('text' | 'number')[]
): { readonly number: number; readonly texts: readonly string[]; readonly end: number } {
  const texts: string[] = [];
  let number = 0;
  let at = 0;
  for (const kind of kinds) {
    if (kind === 'number') {
      number = key.readDoubleBE(at);
      at += 8;
      continue;
    }
    const length = key.readUInt16BE(at);
    const end = at + 2 + (length === hashed ? 32 : length);
    texts.push(key.toString(length === hashed ? 'base64' : 'utf8', at + 2, end));
    at = end;
  }
  return { number, texts, end: at };
}
