import type { Duplex } from 'node:stream';
import type { SocketOpener } from './open-socket';

/**
 * A connection for a library that speaks HTTP/1.1 itself: to whichever address of the peer answers first (Node races them), within
 * a time. Calls `done` once, not synchronously.
 */
export function connectWithin(
  opener: SocketOpener,
  timeoutMs: number,
  done: (error: Error | null, socket: Duplex | null) => void,
): void {
  const fail = (cause: string): void => done(new Error(`cannot connect to ${opener.target}: ${cause}`), null);
  const giveUp = opener.open(opener.peer.host, (result) => {
    clearTimeout(timer);
    if (result.kind === 'connected') done(null, result.socket);
    else fail(result.cause);
  });
  const timer = setTimeout(() => {
    giveUp();
    fail(`no connection within ${timeoutMs} ms`);
  }, timeoutMs);
}
