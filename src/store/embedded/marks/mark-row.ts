import { textKey } from '../disk/keys';

/** The recipients that one entry took of one key, in one step. */
export interface MarkRow {
  readonly expiresAtMs: number;
  readonly entryId: string;
  readonly uids: readonly string[];
}

export interface MarkSlot {
  /** Of expiry, since the epoch. */
  readonly hour: number;
  /** Within the hour, in order of time. */
  readonly slot: number;
}

/** `[u32 hour][u32 slot][key][u32 number of the row]` */
export function markRowKey(at: MarkSlot, key: string, number: number): Buffer {
  const prefix = markPrefix(at, key);
  const bytes = Buffer.allocUnsafe(prefix.length + 4);
  prefix.copy(bytes);
  bytes.writeUInt32BE(number >>> 0, prefix.length);
  return bytes;
}

/** What the row keys of a slot begin with, or those of one key in it. */
export function markPrefix({ hour, slot }: MarkSlot, key?: string): Buffer {
  const part = key === undefined ? noKey : textKey(key);
  const bytes = Buffer.allocUnsafe(8 + part.length);
  bytes.writeUInt32BE(hour, 0);
  bytes.writeUInt32BE(slot, 4);
  part.copy(bytes, 8);
  return bytes;
}

export function hourPrefix(hour: number): Buffer {
  return markPrefix({ hour, slot: 0 }).subarray(0, 4);
}

export function slotOf(rowKey: Buffer): MarkSlot {
  return { hour: rowKey.readUInt32BE(0), slot: rowKey.readUInt32BE(4) };
}

/** `[f64 expires][u16 length][entry id][uids: JSON]` */
export function encodeMarkRow({ expiresAtMs, entryId, uids }: MarkRow): Buffer {
  const json = JSON.stringify(uids);
  const idLength = Buffer.byteLength(entryId);
  const bytes = Buffer.allocUnsafe(10 + idLength + Buffer.byteLength(json));
  bytes.writeDoubleBE(expiresAtMs, 0);
  bytes.writeUInt16BE(idLength, 8);
  bytes.write(entryId, 10);
  bytes.write(json, 10 + idLength);
  return bytes;
}

export function decodeMarkRow(value: Buffer): MarkRow {
  const uidsAt = 10 + value.readUInt16BE(8);
  return {
    expiresAtMs: value.readDoubleBE(0),
    entryId: value.toString('utf8', 10, uidsAt),
    uids: JSON.parse(value.toString('utf8', uidsAt)) as string[],
  };
}

/** False: it is not of this uid. */
export function mayBeOf(value: Buffer, uid: string): boolean {
  return value.includes(JSON.stringify(uid));
}

const noKey = Buffer.alloc(0);
