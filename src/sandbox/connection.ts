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
  #lastReceived = 0;
  #state: 'open' | 'frozen' | 'draining' | 'closed' = 'open';
  #held: (() => void)[] = [];
  readonly #raw: Socket;
  readonly #session: ServerHttp2Session | null;

  constructor(
    readonly id: number,
    readonly openedAtMs: number,
    readonly socket: TLSSocket,
    raw: Socket,
    session: ServerHttp2Session | null,
  ) {
    this.#raw = raw;
    this.#session = session;
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen';
  }

  /** Over HTTP/1.1 there is no id. */
  streamOpened(streamId = 0): void {
    this.#lastReceived = Math.max(this.#lastReceived, streamId);
    this.requests += 1;
    this.openStreams += 1;
    if (this.openStreams > this.maxOpenStreams) this.maxOpenStreams = this.openStreams;
  }

  streamClosed(): void {
    this.openStreams -= 1;
    if (this.#state === 'draining' && this.openStreams === 0) this.#session?.close();
  }

  allowStreams(max: number): void {
    if (this.#session?.destroyed === false) this.#session.settings({ maxConcurrentStreams: max });
  }

  freeze(): void {
    if (this.#state === 'closed') return;
    this.#state = 'frozen';
    stopReading(this.#raw);
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = this.lastProcessed === Number.POSITIVE_INFINITY ? 'open' : 'draining';
    startReading(this.#raw);
    for (const resume of this.#held.splice(0)) resume();
  }

  whenThawed(resume: () => void): void {
    this.#held.push(resume);
  }

  goaway(options: GoawayOptions = {}): void {
    if (this.#session === null || this.#session.destroyed) return;
    // Node's own "the last one received" (0) is of now, though streams that come before GOAWAY is written are still taken.
    const lastStreamId = options.lastStreamId ?? this.#lastReceived;
    const data = Buffer.from(options.data ?? '{"reason":"Shutdown"}');
    this.#session.goaway(options.code ?? 0, lastStreamId, data);
    if (lastStreamId > 0) this.lastProcessed = lastStreamId;
    if (this.#state === 'open') this.#state = 'draining';
    if (this.openStreams === 0) this.#session.close();
  }

  /** `fin` closes TCP in good order, `rst` resets it. */
  cut(how: 'fin' | 'rst'): void {
    if (this.#state === 'closed') return;
    this.wasCutHere = true;
    this.closed();
    // While a shutdown is under way libuv refuses to reset, and Node would then leak the socket.
    const isEnding = this.socket.writableEnded || this.#session?.closed === true;
    if (how === 'rst' && !isEnding) this.#raw.resetAndDestroy();
    else this.#raw.destroy();
    this.#session?.destroy();
  }

  /** The socket is gone, whoever closed it. */
  closed(): void {
    this.#state = 'closed';
    this.#held = [];
  }
}
