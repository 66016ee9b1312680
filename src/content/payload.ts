import { asObject, type JsonObject } from './json-fields';

const openBrace = 0x7b;

/**
 * The payload as a JSON object; null for anything else (ciphertext, plain text, other JSON): any bytes are possible.
 * JSON by convention of WuKongIM's SDKs.
 */
export function decodePayload(base64: string): JsonObject | null {
  const bytes = Buffer.from(base64, 'base64');
  const start = firstVisible(bytes);
  // A SyntaxError costs more than the whole rest, and ciphertext must not be able to charge it.
  if (bytes[start] !== openBrace) return null;
  try {
    return asObject(JSON.parse(bytes.toString('utf8', start)));
  } catch {
    return null;
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
