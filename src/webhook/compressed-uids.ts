import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { closingQuote } from './json-string';

/** What a compressed list lost: its end was cut off, its bytes are broken, it is a bomb, or it is no gzip at all. */
export type CompressionLoss = 'gzip_truncated' | 'gzip_corrupt' | 'gzip_too_large' | 'compression_unknown';

export interface CompressedUids {
  readonly uids: readonly unknown[];
  readonly loss: CompressionLoss | null;
}

interface Inflated {
  readonly bytes: Buffer;
  readonly loss: CompressionLoss | null;
}

/** Below these an inflation costs less than handing it to another thread; main's 512 uids are 1.4 kB and 18 kB. */
const syncCompressedBytes = 32 * 1024;
const syncInflatedBytes = 256 * 1024;
const chunkBytes = 64 * 1024;
/** What zlib has not handed out when it meets broken bytes is gone: then once more, with little handed out at a time. */
const salvageChunkBytes = 1024;
const sliceUids = 5_000;
const replacement = '\ufffd';

/** A cut stream inflates without an error as far as it goes: the JSON inside tells whether it was whole. */
const lenient = { finishFlush: constants.Z_SYNC_FLUSH };

function inflateAtOnce(bytes: Buffer): Buffer | null {
  if (bytes.length > syncCompressedBytes) return null;
  try {
    return gunzipSync(bytes, { ...lenient, maxOutputLength: syncInflatedBytes });
  } catch {
    return null;
  }
}

function inflateInPieces(bytes: Buffer, maxBytes: number, chunkSize: number): Promise<Inflated> {
  return new Promise((resolve) => {
    const gunzip = createGunzip({ ...lenient, chunkSize });
    const pieces: Buffer[] = [];
    let sizeBytes = 0;
    const finish = (loss: CompressionLoss | null): void => resolve({ bytes: Buffer.concat(pieces), loss });
    gunzip.on('data', (piece: Buffer) => {
      if (sizeBytes + piece.length > maxBytes) {
        pieces.push(piece.subarray(0, maxBytes - sizeBytes));
        finish('gzip_too_large');
        gunzip.destroy();
        return;
      }
      sizeBytes += piece.length;
      pieces.push(piece);
    });
    gunzip.on('end', () => finish(null));
    gunzip.on('error', () => finish('gzip_corrupt'));
    gunzip.end(bytes);
  });
}

/** The strings of a JSON array up to where it breaks; a cut last one is left out. */
async function salvage(text: string, replaced: boolean): Promise<string[]> {
  const uids: string[] = [];
  const opening = /^\s*\[\s*/.exec(text);
  let index = opening === null ? text.length : opening[0].length;
  const separator = /\s*,\s*/y;
  while (text[index] === '"') {
    const end = closingQuote(text, index);
    if (end === -1) break;
    try {
      const uid = JSON.parse(text.slice(index, end + 1)) as string;
      if (!replaced || !uid.includes(replacement)) uids.push(uid);
    } catch {
      break;
    }
    separator.lastIndex = end + 1;
    if (!separator.test(text)) break;
    index = separator.lastIndex;
    if (uids.length % sliceUids === 0) await nextTurn();
  }
  return uids;
}

async function inflate(bytes: Buffer, maxBytes: number): Promise<Inflated> {
  const atOnce = inflateAtOnce(bytes);
  if (atOnce !== null) return { bytes: atOnce, loss: null };
  const inflated = await inflateInPieces(bytes, maxBytes, chunkBytes);
  return inflated.loss === 'gzip_corrupt' ? inflateInPieces(bytes, maxBytes, salvageChunkBytes) : inflated;
}

function wholeArray(text: string): readonly unknown[] | null {
  try {
    const root = JSON.parse(text) as unknown;
    // Go writes a nil slice as null.
    if (root === null) return [];
    return Array.isArray(root) ? root : null;
  } catch {
    return null;
  }
}

/**
 * `compress_to_uids`: base64 of a gzip stream of a JSON array of uids. v2 reads its buffer before it closes the stream
 * (`internal/webhook/webhook.go`), so its streams are cut: whatever is whole in them is salvaged.
 */
export async function inflateUids(base64: string, maxInflatedBytes: number): Promise<CompressedUids> {
  const { bytes, loss } = await inflate(Buffer.from(base64, 'base64'), maxInflatedBytes);
  const valid = isUtf8(bytes);
  const text = bytes.toString('utf8');
  const whole = valid ? wholeArray(text) : null;
  if (whole !== null) return { uids: whole, loss };
  return { uids: await salvage(text, !valid), loss: loss ?? 'gzip_truncated' };
}
