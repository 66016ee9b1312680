import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { startReading, stopReading } from './raw-socket';

export interface GoawayOptions {
  /** Last stream id that counts as processed; those above it, and all later ones, are not. Absent: all so far are. */
  readonly lastStreamId?: number;
  /** HTTP/2 error code; 0 = NO_ERROR. */
  readonly code?: number;
  /** Debug data; APNs sends `{"reason":"…"}`. */
  readonly data?: string;
}

/**
 * One connection of a client.
 *
 * open → frozen: nothing is read and nothing answered, as when the network swallows every packet; thaw leads back.
 * open → draining: GOAWAY was sent; streams up to `lastProcessed` finish, then it closes.
 * any → closed, by us (`wasCutHere`: what was not answered by then was not processed), the client or the network.
 */
export class Connection {
  openStreams = 0;
  maxOpenStreams = 0;
  requests = 0;
  lastProcessed = Number.POSITIVE_INFINITY;
  wasCutHere = false;
  private state: 'open' | 'frozen' | 'draining' | 'closed' = 'open';
  private held: (() => void)[] = [];

  constructor(
    readonly id: number,
    readonly openedAtMs: number,
    readonly socket: TLSSocket,
    private readonly raw: Socket,
    private readonly session: ServerHttp2Session | null,
  ) {}

  get isFrozen(): boolean {
    return this.state === 'frozen';
  }

  streamOpened(): void {
    this.requests += 1;
    this.openStreams += 1;
    if (this.openStreams > this.maxOpenStreams) this.maxOpenStreams = this.openStreams;
  }

  streamClosed(): void {
    this.openStreams -= 1;
    if (this.state === 'draining' && this.openStreams === 0) this.session?.close();
  }

  allowStreams(max: number): void {
    if (this.session?.destroyed === false) this.session.settings({ maxConcurrentStreams: max });
  }

  freeze(): void {
    if (this.state === 'closed') return;
    this.state = 'frozen';
    stopReading(this.raw);
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = this.lastProcessed === Number.POSITIVE_INFINITY ? 'open' : 'draining';
    startReading(this.raw);
    for (const resume of this.held.splice(0)) resume();
  }

  whenThawed(resume: () => void): void {
    this.held.push(resume);
  }

  goaway(options: GoawayOptions = {}): void {
    if (this.session === null || this.session.destroyed) return;
    // Node's 0 means "the last one received", which is what an absent id asks for.
    this.session.goaway(
      options.code ?? 0,
      options.lastStreamId ?? 0,
      Buffer.from(options.data ?? '{"reason":"Shutdown"}'),
    );
    if (options.lastStreamId !== undefined) this.lastProcessed = options.lastStreamId;
    if (this.state === 'open') this.state = 'draining';
    if (this.openStreams === 0) this.session.close();
  }

  /** `fin` closes TCP in good order, `rst` resets it. */
  cut(how: 'fin' | 'rst'): void {
    if (this.state === 'closed') return;
    this.wasCutHere = true;
    this.closed();
    // While a shutdown is under way libuv refuses to reset, and Node would then leak the socket.
    const isEnding = this.socket.writableEnded || this.session?.closed === true;
    if (how === 'rst' && !isEnding) this.raw.resetAndDestroy();
    else this.raw.destroy();
    this.session?.destroy();
  }

  /** The socket is gone, whoever closed it. */
  closed(): void {
    this.state = 'closed';
    this.held = [];
  }
}
