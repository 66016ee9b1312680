import type { BodyWalk } from './body-walk';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { smallBytes } from './small-json';
import { scanTexts, type TextList } from './text-list';

const quote = 0x22;
const openBracket = 0x5b;
const openBrace = 0x7b;
const backslash = 0x5c;
const closeBrace = 0x7d;
const plainInteger = /^-?\d+$/;

/** Of a key that is asked for, each byte written as an escape. */
const maxKeyBytes = 128;
/** What fits into a small body is read in a large one too. */
const maxFieldBytes = smallBytes;
/** Of the text: the packet of a client holds 1 MiB (GoProto `MaxRemaingLength`), here as base64 with room for white space. */
const maxPayloadBytes = 2 * 1024 * 1024;
/** As much base64 as inflates to nothing more than is taken. */
const maxPackedBytes = 24 * 1024 * 1024;

/** How many bytes of each field are read; fields that nobody asks for are stepped over. */
const readBytes: ReadonlyMap<string, number> = new Map([
  ...[
    'header',
    'setting',
    'message_id',
    'message_idstr',
    'client_msg_no',
    'message_seq',
    'from_uid',
    'channel_id',
    'channel_type',
    'topic',
    'expire',
    'timestamp',
    'source_id',
    'compress',
  ].map((key) => [key, maxFieldBytes] as const),
  ['payload', maxPayloadBytes],
  ['compress_to_uids', maxPackedBytes],
]);

/** Fields that are texts or nothing: anything else in them is as long as it likes, and not parsed. */
const textKeys: ReadonlySet<string> = new Set(['payload', 'compress_to_uids']);

/** Stands for a value that is too long to be what it must be. */
export const tooLong = Symbol('too long');
/** The same of a text: there is one, whatever it says. */
export const tooLongText = Symbol('too long text');

/** What a large event says, all but its list of uids. As with JSON.parse the last one counts where a key is there twice. */
export interface BodyFields {
  readonly root: Readonly<Record<string, unknown>>;
  /** The integer of `message_id` as it is written; null when there is none. */
  readonly rawId: string | null;
  /** Null: there is none. What is wrong with them concerns only who asks for them. */
  readonly uids: Decoded<TextList | null>;
}

/** Reads the fields of an object without reading what is wide, deep or unknown in it. Throws JsonBreak. */
export async function readFields(walk: BodyWalk, path: string): Promise<Decoded<BodyFields>> {
  const { cursor } = walk;
  const root: Record<string, unknown> = {};
  let rawId: string | null = null;
  let uids: Decoded<TextList | null> = decoded(null);
  if (cursor.peek() !== openBrace) {
    await walk.skip();
    return broken('type', path, 'an object');
  }
  cursor.at += 1;
  if (cursor.peek() === closeBrace) {
    cursor.at += 1;
    return decoded({ root, rawId, uids: decoded(null) });
  }
  do {
    cursor.peek();
    const from = cursor.at;
    const key = keyAt(walk.bytes, from, cursor.key());
    if (key === 'to_uids') {
      uids = await readUids(walk, `${path}.to_uids`);
      continue;
    }
    const isText = cursor.peek() === quote;
    const text = await readValue(walk, key === null ? 0 : (readBytes.get(key) ?? 0));
    if (key === null || !readBytes.has(key)) continue;
    root[key] = text === null ? (isText ? tooLongText : tooLong) : valueOf(key, text);
    if (key === 'message_id') rawId = text !== null && plainInteger.test(text) ? text : null;
  } while (cursor.more(closeBrace));
  return decoded({ root, rawId, uids });
}

function valueOf(key: string, text: string): unknown {
  const isRead = !textKeys.has(key) || text.startsWith('"') || text === 'null';
  // Any other value is as wrong as what is written there.
  return isRead ? (JSON.parse(text) as unknown) : false;
}

/** Null: no key that anybody asks for. */
function keyAt(bytes: Buffer, from: number, end: number): string | null {
  if (end - from > maxKeyBytes) return null;
  const text = bytes.toString('utf8', from, end);
  return text.includes(String.fromCharCode(backslash)) ? (JSON.parse(text) as string) : text.slice(1, -1);
}

/** Null: longer than that. */
async function readValue(walk: BodyWalk, maxBytes: number): Promise<string | null> {
  const { cursor } = walk;
  cursor.peek();
  const from = cursor.at;
  await walk.skip();
  return cursor.at - from > maxBytes ? null : walk.bytes.toString('utf8', from, cursor.at);
}

async function readUids(walk: BodyWalk, path: string): Promise<Decoded<TextList | null>> {
  const byte = walk.cursor.peek();
  if (byte === openBracket) return scanTexts(walk, path);
  // Go writes a nil slice as null.
  if ((await readValue(walk, 4)) === 'null') return decoded(null);
  return broken('type', path, 'an array of strings');
}
