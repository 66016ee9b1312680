/** Values are JSON in UTF-8, with a binary tail where a body follows: measured against MessagePack, V8's JSON was faster. */
export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Throws SyntaxError on bytes that no version of the store wrote. */
export function decodeJson<T>(bytes: Buffer): T {
  return JSON.parse(bytes.toString('utf8')) as T;
}

export function encodeNumber(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value, 0);
  return bytes;
}

export function decodeNumber(bytes: Buffer): number {
  return bytes.readDoubleBE(0);
}
