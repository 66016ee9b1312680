import { JsonBreak, JsonCursor } from '../shared/json-cursor';
import type { JsonObject } from '../shared/json-object';
import { asObject } from './json-fields';

const openBrace = 0x7b;
/** Up to here a payload is parsed whatever it is. */
const smallBytes = 16 * 1024;
/** Of a large one: more than the longest text has, and a list of 20,000 uids. */
const maxValues = 20_000;
const maxDepth = 64;
const stepBytes = 64 * 1024;

/**
 * The payload as a JSON object; null for anything else (ciphertext, plain text, other JSON): any bytes are possible. Null also
 * for so many values that parsing them would keep others waiting.
 * JSON by convention of WuKongIM's SDKs.
 */
export function decodePayload(base64: string): JsonObject | null {
  const bytes = Buffer.from(base64, 'base64');
  const start = firstVisible(bytes);
  // A SyntaxError costs more than the whole rest, and ciphertext must not be able to charge it.
  if (bytes[start] !== openBrace || !isParsedSoon(bytes, start)) return null;
  try {
    return asObject(JSON.parse(bytes.toString('utf8', start)));
  } catch {
    return null;
  }
}

function isParsedSoon(bytes: Buffer, start: number): boolean {
  if (bytes.length <= smallBytes) return true;
  const cursor = new JsonCursor(bytes, start, bytes.length, maxDepth);
  cursor.begin();
  try {
    while (!cursor.advance(stepBytes)) if (cursor.values > maxValues) return false;
    return cursor.values <= maxValues;
  } catch (error) {
    if (error instanceof JsonBreak) return false;
    throw error;
  }
}

/** Index of the first byte that is neither white space nor of a byte order mark. */
function firstVisible(bytes: Buffer): number {
  let index = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (index < bytes.length && isSpace(bytes[index] as number)) index += 1;
  return index;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
