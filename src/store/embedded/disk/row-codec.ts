/**
 * A copy out of LMDB's reused read buffer, in Node's pool. lmdb's own binary encoding makes an ArrayBuffer for every
 * key and value, which costs the garbage collector more than the read itself.
 */
function copyOf(source: Uint8Array, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  copy.set(source.subarray(start, end));
  return copy;
}

/** How tables read and write: plain bytes, in the order of the bytes. */
export const rowCodec = {
  encoding: 'binary' as const,
  keyEncoder: {
    writeKey(key: Uint8Array, target: Uint8Array, start: number): number {
      target.set(key, start);
      return start + key.length;
    },
    readKey: copyOf,
  },
  encoder: {
    encode: (value: Buffer): Buffer => value,
    /** `length` is what was read; the array may be longer. */
    decode: (bytes: Uint8Array): Buffer => copyOf(bytes, 0, bytes.length),
  },
  /** lmdb would leave out keys that begin with bytes below 5. */
  defaultBeginningKey: Buffer.from([0]),
};
