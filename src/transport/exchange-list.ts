import type { Exchange } from './exchange';

/** A first-in, first-out list whose members can leave from anywhere in constant time. */
export class ExchangeList {
  #head: Exchange | null = null;
  #tail: Exchange | null = null;
  #count = 0;

  get size(): number {
    return this.#count;
  }

  get first(): Exchange | null {
    return this.#head;
  }

  push(exchange: Exchange): void {
    exchange.list = this;
    exchange.previous = this.#tail;
    exchange.next = null;
    if (this.#tail === null) this.#head = exchange;
    else this.#tail.next = exchange;
    this.#tail = exchange;
    this.#count += 1;
  }

  pushFirst(exchange: Exchange): void {
    exchange.list = this;
    exchange.previous = null;
    exchange.next = this.#head;
    if (this.#head === null) this.#tail = exchange;
    else this.#head.previous = exchange;
    this.#head = exchange;
    this.#count += 1;
  }

  /** Does nothing for an exchange that stands elsewhere. */
  remove(exchange: Exchange): void {
    if (exchange.list !== this) return;
    exchange.list = null;
    const { previous, next } = exchange;
    if (previous === null) this.#head = next;
    else previous.next = next;
    if (next === null) this.#tail = previous;
    else next.previous = previous;
    exchange.previous = null;
    exchange.next = null;
    this.#count -= 1;
  }

  shift(): Exchange | null {
    const exchange = this.#head;
    if (exchange !== null) this.remove(exchange);
    return exchange;
  }
}
