/** Something that may be under way, in one place at a time. */
export interface Ticketed {
  /** Where it stands; nobody else touches it. */
  ticket?: number;
}

/**
 * What is under way, in the order in which it began, with one deadline and one timer for all: a timer for each would cost
 * more than the rest of an append's bookkeeping.
 */
export class InFlight<T extends Ticketed> {
  readonly #items = new Map<number, T>();
  #nextTicket = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #deadlineMs: number;
  readonly #sinceOf: (item: T) => number;
  readonly #onLate: () => void;
  readonly #patienceMs: number;

  constructor(
    deadlineMs: number,
    /** When its time began, by `performance.now()`; never before that of one added earlier. */
    sinceOf: (item: T) => number,
    /** Called when the oldest is past the deadline; takes away what it ends. */
    onLate: () => void,
    /**
     * A process that stood still itself (stopped, starved of its processor) gives as long again as it stood, up to this
     * much: what it waited for had no chance either.
     */
    patienceMs = 0,
  ) {
    this.#deadlineMs = deadlineMs;
    this.#sinceOf = sinceOf;
    this.#onLate = onLate;
    this.#patienceMs = patienceMs;
  }

  add(item: T): void {
    item.ticket = this.#nextTicket++;
    this.#items.set(item.ticket, item);
    if (this.#timer === null) this.#arm(this.#leftMs());
  }

  /** False when it was not there any more. */
  remove(item: T): boolean {
    const { ticket } = item;
    return ticket !== undefined && this.#items.get(ticket) === item && this.#items.delete(ticket);
  }

  takeAll(): T[] {
    const all = [...this.#items.values()];
    this.#items.clear();
    return all;
  }

  takeLate(): T[] {
    const startedBefore = performance.now() - this.#deadlineMs;
    const late: T[] = [];
    for (const item of this.#items.values()) {
      if (this.#sinceOf(item) > startedBefore) break;
      late.push(item);
    }
    for (const item of late) this.remove(item);
    return late;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(inMs: number): void {
    // One turn later: after a pause of the whole process, answers that have arrived meanwhile come first.
    const waitMs = Math.max(1, inMs);
    const dueAt = performance.now() + waitMs;
    this.#timer = setTimeout(() => setImmediate(() => this.#check(dueAt)), waitMs);
    this.#timer.unref();
  }

  #check(dueAt: number): void {
    if (this.#timer === null) return;
    this.#timer = null;
    const stoodStillMs = performance.now() - dueAt;
    const leftMs = this.#leftMs();
    if (leftMs <= 0 && stoodStillMs > punctualMs && -leftMs < this.#patienceMs)
      return this.#arm(Math.min(stoodStillMs, this.#patienceMs + leftMs));
    if (leftMs <= 0) this.#onLate();
    if (this.#items.size > 0 && this.#timer === null) this.#arm(this.#leftMs());
  }

  #leftMs(): number {
    for (const item of this.#items.values())
      return this.#sinceOf(item) + this.#deadlineMs - performance.now();
    return Number.POSITIVE_INFINITY;
  }
}

/** A timer that comes later than this shows that the process did not run. */
const punctualMs = 30;
