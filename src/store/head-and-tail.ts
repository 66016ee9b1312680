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

/** Throws on bytes that no version of the relay wrote. */
export function decodeHead<T>(bytes: Buffer): T {
  return JSON.parse(bytes.toString('utf8', 4, 4 + bytes.readUInt32BE(0))) as T;
}

/** Shares memory with `bytes`. */
export function tailOf(bytes: Buffer): Buffer {
  return bytes.subarray(4 + bytes.readUInt32BE(0));
}
