import type { Carrier, Exchange } from '../exchange';
import { ExchangeList } from '../exchange-list';
import type { BodySender } from './body-sender';
import { LeanStream } from './lean-stream';

const slots = 2048;

/**
 * The open streams of a connection, by id and in their order, each with its exchange.
 *
 * Ids rise by two, so each has a slot of its own until 2,048 later ones were opened; the few that last longer move aside.
 */
export class OpenStreams {
  readonly #slots: (LeanStream | null)[] = Array.from({ length: slots }, () => null);
  readonly #older = new Map<number, LeanStream>();
  readonly #carried = new ExchangeList();
  readonly #bodies: BodySender;

  constructor(bodies: BodySender) {
    this.#bodies = bodies;
  }

  get count(): number {
    return this.#carried.size;
  }

  get oldest(): Exchange | null {
    return this.#carried.first;
  }

  open(id: number, exchange: Exchange, carrier: Carrier, nowMs: number): LeanStream {
    const stream = new LeanStream(id, exchange, this.#bodies.initialWindow);
    const slot = (id >>> 1) % slots;
    const present = this.#slots[slot];
    if (present !== null && present !== undefined) this.#older.set(present.id, present);
    this.#slots[slot] = stream;
    exchange.carrier = carrier;
    exchange.sentAtMs = nowMs;
    exchange.stream = stream;
    this.#carried.push(exchange);
    return stream;
  }

  find(id: number): LeanStream | null {
    const present = this.#slots[(id >>> 1) % slots];
    if (present !== null && present !== undefined && present.id === id) return present;
    return this.#older.size === 0 ? null : (this.#older.get(id) ?? null);
  }

  /** Gives the exchange free; what is left of its body is not sent. */
  detach(exchange: Exchange): LeanStream {
    const stream = exchange.stream as LeanStream;
    const slot = (stream.id >>> 1) % slots;
    if (this.#slots[slot] === stream) this.#slots[slot] = null;
    else this.#older.delete(stream.id);
    if (stream.isSending) this.#bodies.drop(stream);
    this.#carried.remove(exchange);
    exchange.carrier = null;
    exchange.stream = null;
    return stream;
  }

  /** Those above `lastStreamId`, oldest first. */
  detachAbove(lastStreamId: number): Exchange[] {
    const above: Exchange[] = [];
    for (let exchange = this.#carried.first; exchange !== null; exchange = exchange.next)
      if ((exchange.stream as LeanStream).id > lastStreamId) above.push(exchange);
    for (const exchange of above) this.detach(exchange);
    return above;
  }

  /** The peer's INITIAL_WINDOW_SIZE, which counts for open streams too. False when that makes a window too large. */
  setInitialWindow(bytes: number): boolean {
    const difference = bytes - this.#bodies.initialWindow;
    if (difference === 0) return true;
    this.#bodies.initialWindow = bytes;
    for (let exchange = this.#carried.first; exchange !== null; exchange = exchange.next)
      if (!this.#bodies.shiftStream(exchange.stream as LeanStream, difference)) return false;
    this.#bodies.pump();
    return true;
  }
}
