import { type DeadlineWheel, TimedItem } from './deadlines';
import type { HttpRequest, HttpResult } from './port';

/** What an exchange is written on. */
export interface Carrier {
  /** Gives the exchange's stream up, without finishing the exchange. */
  cancel(exchange: Exchange, nowMs: number): void;
}

/**
 * One request on its way to one result.
 *
 * Waiting: in the client's line, no carrier. Carried: written on a connection, which holds it in its own list. Back to
 * waiting when the peer promised that it did nothing with it. Finished: `done` was called, nothing more happens.
 */
export class Exchange extends TimedItem {
  /** Links of the one list, and the list, that it stands in: the line of waiting ones, or its connection's. */
  previous: Exchange | null = null;
  next: Exchange | null = null;
  list: object | null = null;
  carrier: Carrier | null = null;
  /** How its carrier finds the stream again; nobody else looks at it. */
  stream: unknown = null;
  sentAtMs = 0;
  refusals = 0;
  #finished = false;
  readonly #done: (result: HttpResult, request: HttpRequest) => void;
  readonly #deadlines: DeadlineWheel<Exchange>;

  constructor(
    readonly request: HttpRequest,
    done: (result: HttpResult, request: HttpRequest) => void,
    deadlineMs: number,
    deadlines: DeadlineWheel<Exchange>,
  ) {
    super(deadlineMs);
    this.#done = done;
    this.#deadlines = deadlines;
  }

  finish(result: HttpResult): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#deadlines.remove(this);
    this.#done(result, this.request);
  }
}
