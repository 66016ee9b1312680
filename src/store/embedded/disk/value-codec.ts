/** Values are JSON in UTF-8, with a binary tail where a body follows: measured against MessagePack, V8's JSON was faster. */
export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Throws SyntaxError on bytes that no version of the store wrote. */
export function decodeJson<T>(bytes: Buffer): T {
  return JSON.parse(bytes.toString('utf8')) as T;
}

/** `[u32 length of the head][head: JSON][tail]` */
export function encodeWithTail(head: unknown, tail: Buffer): Buffer {
  const json = JSON.stringify(head);
  const length = Buffer.byteLength(json);
  const bytes = Buffer.allocUnsafe(4 + length + tail.length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(json, 4);
  tail.copy(bytes, 4 + length);
  return bytes;
}

export function decodeHead<T>(bytes: Buffer): T {
  return JSON.parse(bytes.toString('utf8', 4, 4 + bytes.readUInt32BE(0))) as T;
}

/** Shares memory with `bytes`. */
export function tailOf(bytes: Buffer): Buffer {
  return bytes.subarray(4 + bytes.readUInt32BE(0));
}

export function encodeNumber(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value, 0);
  return bytes;
}

export function decodeNumber(bytes: Buffer): number {
  return bytes.readDoubleBE(0);
}
