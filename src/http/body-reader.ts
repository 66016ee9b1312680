import type { IncomingMessage } from 'node:http';
import { BodyBytes } from './body-bytes';
import type { BodyFlow, BodyPool, BodyShare } from './body-pool';
import { haltReading } from './halt-reading';
import { PieceGauge } from './piece-gauge';
import type { SpareBuffers } from './spare-buffers';

export type BodyResult =
  { readonly kind: 'read'; readonly bytes: Buffer } | { readonly kind: 'too_large' | 'too_slow' | 'aborted' };

export interface BodyLimits {
  readonly maxBytes: number;
  /** Until the body has to be whole; null: the server's own time for a request. */
  readonly deadlineMs: number | null;
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
 * reading ⇄ paused (the pool has no room) → ended, once. Its share of the pool outlives the reading: whoever holds the bytes
 * releases it.
 */
export class BodyReader implements BodyFlow {
  readonly share: BodyShare;
  private result: Promise<BodyResult> | null;
  private readonly declaredBytes: number | null;
  private readonly body = new BodyBytes();
  private readonly gauge = new PieceGauge();
  private readonly deadline: NodeJS.Timeout | null;
  private resolve!: (result: BodyResult) => void;
  private ended = false;

  constructor(
    private readonly request: IncomingMessage,
    pool: BodyPool,
    private readonly spares: SpareBuffers,
    private readonly limits: BodyLimits,
  ) {
    this.declaredBytes = declaredLength(request);
    this.result = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.share = pool.open(this);
    const { deadlineMs } = limits;
    this.deadline = deadlineMs === null ? null : setTimeout(() => this.tooSlow(), deadlineMs);
    request.on('close', this.onClose);
    request.on('error', this.onClose);
    request.on('data', this.onData);
    request.on('end', this.onEnd);
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

  pause(): void {
    this.request.pause();
  }

  resume(): void {
    if (!this.ended) this.request.resume();
  }

  tooSlow(): void {
    this.end({ kind: 'too_slow' });
  }

  private readonly onData = (piece: Buffer): void => {
    const { body, declaredBytes } = this;
    if (body.length + piece.length > this.limits.maxBytes) return this.end({ kind: 'too_large' });
    if (this.gauge.isCrumbs(piece.length)) {
      haltReading(this.request.socket);
      return this.tooSlow();
    }
    // The usual small body comes in one piece, which is then the body.
    body.append(piece, piece.length === declaredBytes);
    // What is whole is in memory already: to let it wait would save nothing.
    if (body.length === declaredBytes) this.share.complete();
    this.share.grow(body.heldBytes);
  };

  private readonly onEnd = (): void => {
    const bytes = this.body.take(this.spares);
    this.share.complete();
    this.share.grow(bytes.length);
    this.end({ kind: 'read', bytes });
  };

  private readonly onClose = (): void => {
    this.end({ kind: 'aborted' });
  };

  private end(result: BodyResult): void {
    if (this.ended) return;
    this.ended = true;
    if (this.deadline !== null) clearTimeout(this.deadline);
    // 'error' and 'close' stay: an error without a listener would end the process.
    this.request.off('data', this.onData);
    this.request.off('end', this.onEnd);
    this.body.clear();
    if (result.kind !== 'read') this.share.release();
    this.resolve(result);
    this.resolve = settled;
  }
}

function settled(): void {}
