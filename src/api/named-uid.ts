import { isUtf8 } from 'node:buffer';
import { constants, gunzipSync } from 'node:zlib';
import { decodeBody } from '../domain/body';
import { uidsInChannel } from '../domain/message';
import type { DeadLetter } from '../domain/dead-letter';

const inflatedBytes = 8 * 1024 * 1024;
const deepest = 2;
const word = /[A-Za-z0-9_]/;
const base64Runs = /[A-Za-z0-9+/_-]{8,}={0,2}/g;

/**
 * Whether a letter's content names the user. A message or push that the relay has understood names its sender and the peers
 * of its channel. Anything else is searched for the uid as a word of its own: as it stands, escaped as JSON escapes,
 * percent-encoded, inside base64, inside gzip. What is found too much there costs nothing, because such a body is never sent.
 */
export function isAboutUser(letter: Pick<DeadLetter, 'source' | 'body'>, uid: string): boolean {
  const understood = letter.source === 'webhook' || letter.source === 'forward' ? null : peersOf(letter.body);
  return understood === null ? isFoundIn(letter.body, uid, 0) : understood.includes(uid);
}

/** Null: cut off, or of no known form. */
function peersOf(body: Buffer): readonly string[] | null {
  try {
    const work = decodeBody(body);
    if (work.kind === 'push') return [];
    if (work.kind === 'call') return [work.call.fromUid];
    const { fromUid, channelType, channelId } = work.message;
    return [fromUid, ...uidsInChannel(channelType, channelId)];
  } catch {
    return null;
  }
}

function isFoundIn(bytes: Buffer, uid: string, depth: number): boolean {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const inflated = inflate(bytes);
    return inflated !== null && depth <= deepest && isFoundIn(inflated, uid, depth + 1);
  }
  const text = bytes.toString('utf8');
  const plain = unescape(text);
  const forms = new Set([
    text,
    plain,
    percentDecoded(text),
    percentDecoded(plain),
    unescape(percentDecoded(text)),
  ]);
  for (const form of forms) if (hasWord(form, uid)) return true;
  if (depth >= deepest) return false;
  for (const [run] of plain.matchAll(base64Runs)) {
    const decoded = Buffer.from(run, 'base64');
    const isWorthIt = decoded[0] === 0x1f || isUtf8(decoded);
    if (isWorthIt && isFoundIn(decoded, uid, depth + 1)) return true;
  }
  return false;
}

/** `alice` is named by `"alice"`, `alice@bob` and `alice-0-1`, and not by `alice2`. */
function hasWord(text: string, uid: string): boolean {
  for (let at = text.indexOf(uid); at !== -1; at = text.indexOf(uid, at + 1)) {
    const end = at + uid.length;
    const goesOnBefore = word.test(text[at - 1] ?? '') && word.test(uid[0] ?? '');
    const goesOnAfter = word.test(text[end] ?? '') && word.test(uid.at(-1) ?? '');
    if (!goesOnBefore && !goesOnAfter) return true;
  }
  return false;
}

/** Also of JSON that is cut off or wrong. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, letter: string) =>
    code === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(parseInt(code, 16)),
  );
}

const escapes: Readonly<Record<string, string | undefined>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

/** Also what is left of a stream that was cut off. */
function inflate(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: inflatedBytes });
  } catch {
    return null;
  }
}
