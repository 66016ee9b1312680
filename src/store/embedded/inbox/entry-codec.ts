/** What an inbox row holds; its sequence is its key. */
export interface StoredEntry {
  readonly bodyId: string;
  readonly receivedAtMs: number;
  readonly recipients: readonly string[];
  /** Null: the body stands in the bodies table. Shares memory with the row. */
  readonly body: Buffer | null;
}

const headLength = 13;
const inlineBody = 1;

/** `[u8 flags][f64 receivedAtMs][u32 length][JSON: [bodyId, ...recipients]][body, when inline]` */
export function encodeEntry(entry: StoredEntry): Buffer {
  const names = JSON.stringify([entry.bodyId, ...entry.recipients]);
  const namesLength = Buffer.byteLength(names);
  const bytes = Buffer.allocUnsafe(headLength + namesLength + (entry.body?.length ?? 0));
  bytes[0] = entry.body === null ? 0 : inlineBody;
  bytes.writeDoubleBE(entry.receivedAtMs, 1);
  bytes.writeUInt32BE(namesLength, 9);
  bytes.write(names, headLength);
  if (entry.body !== null) entry.body.copy(bytes, headLength + namesLength);
  return bytes;
}

export function decodeEntry(bytes: Buffer): StoredEntry {
  const bodyStart = headLength + bytes.readUInt32BE(9);
  const recipients = JSON.parse(bytes.toString('utf8', headLength, bodyStart)) as string[];
  const bodyId = recipients.shift() ?? '';
  return { bodyId, receivedAtMs: receivedAtOf(bytes), recipients, body: inlineBodyOf(bytes) };
}

export function receivedAtOf(bytes: Buffer): number {
  return bytes.readDoubleBE(1);
}

export function inlineBodyOf(bytes: Buffer): Buffer | null {
  return bytes[0] === inlineBody ? bytes.subarray(headLength + bytes.readUInt32BE(9)) : null;
}
