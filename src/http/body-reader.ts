import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BodyBytes } from './body-bytes';
import type { BodyFlow, BodyPool, BodyShare } from './body-pool';
import { haltReading } from './halt-reading';
import { PieceGauge } from './piece-gauge';

export type BodyResult =
  { readonly kind: 'read'; readonly bytes: Buffer } | { readonly kind: 'too_large' | 'too_slow' | 'aborted' };

export interface BodyLimits {
  readonly maxBytes: number;
  /** Until the body has to be whole; null: the server's own time for a request. */
  readonly deadlineMs: number | null;
}

/** What brings a body: a request, or a call over gRPC. */
export interface BodySource {
  readonly headers: IncomingHttpHeaders;
  on(event: 'close' | 'end', listener: () => void): unknown;
  on(event: 'data', listener: (piece: Buffer) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  /** Paused where nothing more is to be read of the whole connection, which is about to be closed. */
  readonly socket: { pause(): unknown };
}

/** The length that the request announces; null when it comes in chunks. */
export function declaredLength(request: Pick<IncomingMessage, 'headers'>): number | null {
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
  #result: Promise<BodyResult> | null;
  #resolve!: (result: BodyResult) => void;
  /** Of a body that does not come in one piece. */
  #pieces: Pieces | null = null;
  #ended = false;
  readonly #declaredBytes: number | null;
  readonly #deadline: NodeJS.Timeout | null;
  readonly #source: BodySource;
  readonly #limits: BodyLimits;

  constructor(source: BodySource, pool: BodyPool, limits: BodyLimits) {
    this.#source = source;
    this.#limits = limits;

    this.#declaredBytes = declaredLength(source);
    this.#result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.share = pool.open(this);
    const { deadlineMs } = limits;
    this.#deadline = deadlineMs === null ? null : setTimeout(() => this.tooSlow(), deadlineMs);
    // A request that breaks is closed; without a listener Node keeps its error to itself.
    source.on('close', () => this.#end({ kind: 'aborted' }));
    // What was announced is whole with its last byte, a tick before its end.
    if (this.#declaredBytes === null || this.#declaredBytes === 0) source.on('end', () => this.#take());
    source.on('data', (piece: Buffer) => this.#add(piece));
  }

  /**
   * Once. The reader itself keeps nothing of it: the server knows of each connection its last request, with all that
   * listens to it, until the next one comes.
   */
  take(): Promise<BodyResult> {
    const result = this.#result;
    if (result === null) throw new Error('the body was taken before');
    this.#result = null;
    return result;
  }

  pause(): void {
    this.#source.pause();
  }

  resume(): void {
    if (!this.#ended) this.#source.resume();
  }

  tooSlow(): void {
    this.#end({ kind: 'too_slow' });
  }

  #add(piece: Buffer): void {
    if (this.#ended) return;
    const { length } = piece;
    // The usual small body comes in one piece, which is then the body.
    if (length === this.#declaredBytes && length <= this.#limits.maxBytes) return this.#read(piece);
    const { bytes, gauge } = (this.#pieces ??= { bytes: new BodyBytes(), gauge: new PieceGauge() });
    if (bytes.length + length > this.#limits.maxBytes) return this.#end({ kind: 'too_large' });
    if (gauge.isCrumbs(length)) {
      haltReading(this.#source.socket);
      return this.tooSlow();
    }
    bytes.append(piece);
    if (bytes.length === this.#declaredBytes) this.#take();
    else this.share.grow(bytes.heldBytes);
  }

  #take(): void {
    if (!this.#ended) this.#read(this.#pieces?.bytes.take() ?? noBytes);
  }

  #read(bytes: Buffer): void {
    // What is whole is in memory already: to let it wait would save nothing.
    this.share.complete(bytes.length);
    this.#end({ kind: 'read', bytes });
  }

  #end(result: BodyResult): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#pieces = null;
    if (result.kind !== 'read') this.share.release();
    this.#resolve(result);
    this.#resolve = settled;
  }
}

interface Pieces {
  readonly bytes: BodyBytes;
  readonly gauge: PieceGauge;
}

const noBytes = Buffer.alloc(0);

function settled(): void {}
