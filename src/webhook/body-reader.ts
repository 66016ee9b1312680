import type { IncomingMessage } from 'node:http';
import type { ByteBudget, ByteLease } from './byte-budget';
import type { SpareBuffers } from './spare-buffers';

export type BodyResult =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'aborted' };

/** What a chunked body starts with; it is doubled as it grows. */
const chunkedLeaseBytes = 64 * 1024;
/**
 * A list of a hundred thousand uids takes several times its bytes once it is decoded. They are decoded one by one, so
 * that a few that have been read suffice to keep it busy.
 */
const largeBytes = 64 * 1024;
const decodedShare = 8;

/** What a body of so many bytes takes of the budget. */
function weightOf(bytes: number): number {
  return bytes > largeBytes ? bytes * decodedShare : bytes;
}

/** The length that the request announces; null when it comes in chunks. */
export function declaredLength(request: IncomingMessage): number | null {
  const length = request.headers['content-length'];
  if (length !== undefined) return Number(length);
  return request.headers['transfer-encoding'] === undefined ? 0 : null;
}

/**
 * Reads one request body into one buffer.
 *
 * waiting (for room in the budget: the socket is not read) → reading → ended, once. A chunked body that outgrows its
 * lease pauses until it has a larger one. The lease outlives the reading: whoever holds the bytes releases it.
 */
export class BodyReader {
  readonly lease: ByteLease;
  private result: Promise<BodyResult> | null;
  private readonly declaredBytes: number | null;
  private whole: Buffer | null = null;
  private readonly pieces: Buffer[] = [];
  private sizeBytes = 0;
  private leasedBytes: number;
  private resolve!: (result: BodyResult) => void;
  private ended = false;

  constructor(
    private readonly request: IncomingMessage,
    budget: ByteBudget,
    private readonly spares: SpareBuffers,
    private readonly maxBytes: number,
    private readonly beforeReading: () => void,
  ) {
    this.declaredBytes = declaredLength(request);
    this.leasedBytes = this.declaredBytes ?? Math.min(chunkedLeaseBytes, maxBytes);
    this.result = new Promise((resolve) => {
      this.resolve = resolve;
    });
    request.on('close', this.onClose);
    request.on('error', this.onClose);
    this.lease = budget.lease(weightOf(this.leasedBytes), () => this.start());
  }

  /**
   * Once. The reader itself keeps nothing of it: the server knows of each connection its last request, with all that
   * listens to it, until the next one comes.
   */
  take(): Promise<BodyResult> {
    const { result } = this;
    if (result === null) throw new Error('the body was taken before');
    this.result = null;
    return result;
  }

  private start(): void {
    if (this.ended) return;
    this.beforeReading();
    this.request.on('data', this.onData);
    this.request.on('end', this.onEnd);
  }

  private readonly onData = (piece: Buffer): void => {
    const offset = this.sizeBytes;
    this.sizeBytes += piece.length;
    if (this.sizeBytes > this.maxBytes) return this.end({ kind: 'too_large' });
    if (this.declaredBytes === null) return this.keepPiece(piece);
    // The usual small body comes in one piece, which is then the body.
    if (piece.length === this.declaredBytes) this.whole = piece;
    else {
      this.whole ??= this.spares.take(this.declaredBytes);
      piece.copy(this.whole, offset);
    }
  };

  private keepPiece(piece: Buffer): void {
    this.pieces.push(piece);
    if (this.sizeBytes <= this.leasedBytes) return;
    this.leasedBytes = Math.min(this.maxBytes, this.sizeBytes * 2);
    this.request.pause();
    this.lease.grow(weightOf(this.leasedBytes), () => this.request.resume());
  }

  private readonly onEnd = (): void => {
    this.end({ kind: 'read', bytes: this.whole ?? Buffer.concat(this.pieces, this.sizeBytes) });
  };

  private readonly onClose = (): void => {
    this.end({ kind: 'aborted' });
  };

  private end(result: BodyResult): void {
    if (this.ended) return;
    this.ended = true;
    // 'error' and 'close' stay: an error without a listener would end the process.
    this.request.off('data', this.onData);
    this.request.off('end', this.onEnd);
    this.whole = null;
    this.pieces.length = 0;
    this.resolve(result);
    this.resolve = settled;
  }
}

function settled(): void {}
