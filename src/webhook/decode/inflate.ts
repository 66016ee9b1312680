import { constants, createGunzip, gunzipSync } from 'node:zlib';

/** Its end was cut off, its bytes are broken, it is a bomb, or it is no gzip at all. */
export type CompressionLoss = 'gzip_truncated' | 'gzip_corrupt' | 'gzip_too_large' | 'compression_unknown';

export interface Inflated {
  readonly bytes: Buffer;
  readonly loss: CompressionLoss | null;
}

/**
 * 480,000 uids of 32 characters. WuKongIM main compresses 512 at a time; v2, whose streams are cut, a whole group. More would be
 * held beside everything else that is in memory, for a list that no server sends.
 */
export const maxInflatedBytes = 16 * 1024 * 1024;

/** Below these an inflation costs less than handing it to another thread; main's 512 uids are 12 kB and 18 kB. */
const syncCompressedBytes = 32 * 1024;
const syncInflatedBytes = 64 * 1024;
const chunkBytes = 64 * 1024;
/** What zlib has not handed out when it meets broken bytes is gone: then once more, with little handed out at a time. */
const salvageChunkBytes = 1024;

/** A cut stream inflates without an error as far as it goes: the JSON inside tells whether it was whole. */
const lenient = { finishFlush: constants.Z_SYNC_FLUSH };

/** Null: that would take long, or there is something wrong with it. */
export function inflateSmall(bytes: Buffer): Inflated | null {
  if (bytes.length > syncCompressedBytes) return null;
  try {
    return { bytes: gunzipSync(bytes, { ...lenient, maxOutputLength: syncInflatedBytes }), loss: null };
  } catch {
    return null;
  }
}

/** Whatever inflates, up to `maxBytes`. On another thread. */
export async function inflate(bytes: Buffer, maxBytes: number): Promise<Inflated> {
  const inflated = await inflateInPieces(bytes, maxBytes, chunkBytes);
  return inflated.loss === 'gzip_corrupt' ? inflateInPieces(bytes, maxBytes, salvageChunkBytes) : inflated;
}

function inflateInPieces(bytes: Buffer, maxBytes: number, chunkSize: number): Promise<Inflated> {
  return new Promise((resolve) => {
    const gunzip = createGunzip({ ...lenient, chunkSize });
    let pieces: Buffer[] = [];
    let sizeBytes = 0;
    const finish = (loss: CompressionLoss | null): void => {
      resolve({ bytes: Buffer.concat(pieces), loss });
      pieces = [];
    };
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
