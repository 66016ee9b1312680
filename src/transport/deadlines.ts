import type { Clock } from '../domain/clock';

/** Something that must have ended by `deadlineMs` (of the wheel's clock). A member of at most one wheel. */
export class TimedItem {
  /** Links of the wheel; nobody else touches them. */
  before: TimedItem | null = null;
  after: TimedItem | null = null;

  constructor(readonly deadlineMs: number) {}
}

const tickMs = 50;
const slots = 512;

/**
 * One interval for all deadlines of a client, instead of a timer for each request. Items expire at their deadline or up
 * to one tick later, never earlier.
 *
 * Asleep: no items, no interval. Turning: each tick visits the slots that have passed since the last one; an item that
 * lies a whole turn ahead stays in its slot. Stopped: holds nothing and takes nothing.
 *
 * After a pause of the whole process (a stopped process, a long garbage collection) one tick is skipped, so that answers
 * that already wait in the socket are read before their requests are given up.
 */
export class DeadlineWheel<Item extends TimedItem> {
  readonly #slots: TimedItem[] = Array.from({ length: slots }, emptyRing);
  #timer: NodeJS.Timeout | null = null;
  #size = 0;
  #turnedToTick = 0;
  #lastTurnMs = 0;
  readonly #clock: Clock;
  readonly #onExpired: (item: Item) => void;

  constructor(clock: Clock, onExpired: (item: Item) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  add(item: Item): void {
    if (this.#timer === null) {
      this.#lastTurnMs = this.#clock.monotonicMs();
      this.#turnedToTick = Math.floor(this.#lastTurnMs / tickMs);
      this.#timer = setInterval(() => this.#turn(), tickMs);
    }
    this.#size += 1;
    this.#insert(item);
  }

  /** Does nothing for an item that is in no wheel. */
  remove(item: Item): void {
    if (unlink(item)) this.#size -= 1;
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #insert(item: TimedItem): void {
    const due = Math.ceil(item.deadlineMs / tickMs);
    link(this.#slotAt(Math.max(due, this.#turnedToTick + 1)), item);
  }

  #slotAt(tick: number): TimedItem {
    return this.#slots[tick % slots] as TimedItem;
  }

  #turn(): void {
    if (this.#size === 0) {
      this.stop();
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    const paused = nowMs - this.#lastTurnMs > 20 * tickMs;
    this.#lastTurnMs = nowMs;
    if (paused) return;
    const tick = Math.floor(nowMs / tickMs);
    const first = Math.max(this.#turnedToTick + 1, tick - slots + 1);
    this.#turnedToTick = Math.max(tick, this.#turnedToTick);
    for (let visited = first; visited <= tick; visited += 1) this.#visit(this.#slotAt(visited), nowMs);
  }

  #visit(slot: TimedItem, nowMs: number): void {
    // Expiring one item may remove others, so the slot is emptied first and read from its head, never by a kept link.
    const due = emptyRing();
    moveAll(slot, due);
    for (let item = due.after; item !== null && item !== due; item = due.after) {
      unlink(item);
      if (item.deadlineMs > nowMs) {
        this.#insert(item);
        continue;
      }
      this.#size -= 1;
      this.#onExpired(item as Item);
    }
  }
}

function emptyRing(): TimedItem {
  const head = new TimedItem(0);
  head.before = head;
  head.after = head;
  return head;
}

function link(head: TimedItem, item: TimedItem): void {
  const last = head.before as TimedItem;
  item.before = last;
  item.after = head;
  last.after = item;
  head.before = item;
}

function unlink(item: TimedItem): boolean {
  const { before, after } = item;
  if (before === null || after === null) return false;
  before.after = after;
  after.before = before;
  item.before = null;
  item.after = null;
  return true;
}

function moveAll(from: TimedItem, to: TimedItem): void {
  const { before, after } = from;
  if (before === null || after === null || after === from) return;
  to.after = after;
  after.before = to;
  to.before = before;
  before.after = to;
  from.before = from;
  from.after = from;
}
