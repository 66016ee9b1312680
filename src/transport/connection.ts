import type { Duplex } from 'node:stream';
import type { Carrier, Exchange } from './exchange';

/**
 * One HTTP/2 connection as the pool sees it.
 *
 * Opening: the socket is there, the peer's SETTINGS are not. Open: takes exchanges up to `streamLimit`. Draining: its
 * streams finish, it takes no more. Ended: no stream is left, the socket is on its way out. Gone: the socket is closed.
 */
export interface Connection extends Carrier {
  /** The address that it was dialled at. */
  readonly address: string;
  readonly openStreams: number;
  /** Streams that may be open now; 0 unless open. */
  readonly streamLimit: number;
  /** A stream was answered, by something else than a refused credential. */
  readonly proven: boolean;
  /** A PING has been waiting for its answer for noticeably long. */
  readonly suspect: boolean;
  /** When its socket was handed over. */
  readonly sinceMs: number;
  /** When its last stream began, or when it opened. */
  readonly lastUsedMs: number;
  /** Follow what happens from now on. */
  listen(listener: ConnectionListener): void;
  /** Only while `openStreams < streamLimit`. */
  send(exchange: Exchange, nowMs: number): void;
  drain(): void;
  /** Called regularly: PING, its time-out, and sockets that do not close. */
  upkeep(nowMs: number): void;
  /** Ends it at once; every exchange on it is cut. */
  destroy(cause: string): void;
}

export interface ConnectionListener {
  /** Opening → open. Only who opens it needs to know. */
  onOpen?(connection: Connection): void;
  /** A stream may be opened that could not be before. */
  onRoom(connection: Connection): void;
  /** The first answer came: see `proven`. */
  onProven(connection: Connection): void;
  /** The peer did nothing with these, oldest first; they are on no connection any more. */
  onRefused(exchanges: readonly Exchange[], cause: string): void;
  /** Open → draining or ended. Comes once, and not after `drain`. */
  onLeave(connection: Connection, cause: string): void;
  /** The socket is closed. The last event. */
  onGone(connection: Connection, cause: string): void;
}

/** Speaks HTTP/2 on a connected socket. */
export type ConnectionFactory = (socket: Duplex, address: string, listener: ConnectionListener) => Connection;
