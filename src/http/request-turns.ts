import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { haltReading } from './halt-reading';

/** More than any client sends without waiting for an answer; each holds some kilobytes. */
const mostBehind = 16;

/**
 * Requests that one connection sends behind each other: one at a time is handled, and one in a turn of the event loop.
 * Some thousands fit into one packet, and handled all at once they would stand before everybody else's.
 */
export class RequestTurns {
  readonly #behind = new WeakMap<Socket, number>();
  readonly #served = new Set<Socket>();

  /** Runs once `previous`, the answer before it, is written; never when the connection ends before. */
  take({ socket }: IncomingMessage, previous: ServerResponse | null, run: () => void): void {
    // What was in the same packet as the one that was too many.
    if (socket.destroyed) return;
    const isOver = previous === null || previous.writableFinished;
    if (isOver && !this.#served.has(socket)) return this.#serve(socket, run);
    const behind = (this.#behind.get(socket) ?? 0) + 1;
    if (behind > mostBehind) {
      haltReading(socket);
      socket.destroy();
      return;
    }
    this.#behind.set(socket, behind);
    const inItsTurn = (): void => void setImmediate(() => this.#next(socket, run));
    if (isOver) inItsTurn();
    else previous.once('close', inItsTurn);
  }

  #next(socket: Socket, run: () => void): void {
    this.#behind.set(socket, (this.#behind.get(socket) ?? 1) - 1);
    if (!socket.destroyed) this.#serve(socket, run);
  }

  #serve(socket: Socket, run: () => void): void {
    if (this.#served.size === 0) setImmediate(() => this.#served.clear());
    this.#served.add(socket);
    run();
  }
}
