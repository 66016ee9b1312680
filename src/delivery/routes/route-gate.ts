import type { Lane } from '../../domain/lane';

/** What a provider's quota lets through, in messages. */
export interface Quota {
  take(wanted: number): number;
  spend(more: number): void;
  refund(unused: number): void;
  slowDown(fromMs: number): void;
}

/**
 * The slots of one route: how many calls may be in flight to one credential.
 *
 * open: slots are free, `take` grants at once. full: callers queue by lane and are called when a slot is given back,
 * `directPerBulk` of the direct lane for one of the bulk lane. held (until a time): the provider asked everyone to wait, or all but calls.
 */
export class RouteGate {
  readonly #inFlight: Record<Lane, number> = { direct: 0, bulk: 0 };
  #heldUntilMs = 0;
  #messagesHeldUntilMs = 0;
  #directInRow = 0;
  #serving = false;
  #silent = false;
  /** Since when silence is counted: the last answer; null: it begins when somebody looks while something is in flight. */
  #signAtMs: number | null = null;
  readonly #waiting: Record<Lane, WaiterQueue> = { direct: new WaiterQueue(), bulk: new WaiterQueue() };

  readonly #bulkLimit: number;
  readonly #directPerBulk: number;
  readonly #quota: Quota | null;

  constructor(
    readonly limit: number,
    directPerBulk: number,
    /** What the provider's quota lets through besides; null: no quota. `give` (of 0) wakes the queue when it has refilled. */
    quota: Quota | null = null,
  ) {
    this.#directPerBulk = directPerBulk;
    this.#quota = quota;
    this.#bulkLimit = Math.max(1, Math.floor(limit * bulkShare));
  }

  get inFlight(): number {
    return this.#inFlight.direct + this.#inFlight.bulk;
  }

  get waiting(): number {
    return this.#waiting.direct.size + this.#waiting.bulk.size;
  }

  waitingOn(lane: Lane): number {
    return this.#waiting[lane].size;
  }

  get isFull(): boolean {
    return this.inFlight >= this.limit;
  }

  get heldUntilMs(): number {
    return Math.max(this.#heldUntilMs, this.#messagesHeldUntilMs);
  }

  get callsHeldUntilMs(): number {
    return this.#heldUntilMs;
  }

  /** The provider hangs: what is in flight waits for it, and nothing has been answered since for a while. */
  isSilent(nowMs: number): boolean {
    if (this.inFlight > 0) {
      this.#signAtMs ??= nowMs;
      if (nowMs - this.#signAtMs > silentAfterMs) this.#silent = true;
    }
    return this.#silent;
  }

  hold(untilMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs);
  }

  /** For a quota of messages. A maker may count calls by themselves: they are held once one of them has met its quota, too. */
  holdMessages(untilMs: number): void {
    this.#messagesHeldUntilMs = Math.max(this.#messagesHeldUntilMs, untilMs);
  }

  /** The provider throttles everyone: all wait, and go on at a lower pace. What was in flight together is told once. */
  slowDown(nowMs: number, untilMs: number): void {
    if (nowMs >= this.#heldUntilMs) this.#quota?.slowDown(untilMs);
    this.hold(untilMs);
  }

  /** Slots granted now, 0 to `wanted`; who gets none queues. Nobody overtakes a queue of its own or a faster lane. */
  take(wanted: number, lane: Lane): number {
    if (this.#waiting.direct.size > 0 || (lane === 'bulk' && this.#waiting.bulk.size > 0)) return 0;
    const room = Math.max(0, Math.min(wanted, this.#roomOf(lane)));
    const granted = this.#quota === null || room === 0 ? room : this.#quota.take(room);
    this.#begin(lane, granted);
    return granted;
  }

  /** A call takes more messages than the one that its slot was granted for. */
  spend(more: number): void {
    if (more > 0) this.#quota?.spend(more);
  }

  /** `call` runs once, with one slot taken for it. */
  queue(lane: Lane, call: () => void): void {
    this.#waiting[lane].push(call);
  }

  /** The provider has answered a delivery, whose slot is given back by `give`. */
  answered(nowMs: number): void {
    this.#silent = false;
    this.#signAtMs = nowMs;
  }

  give(slots: number, lane: Lane): void {
    this.#inFlight[lane] -= slots;
    // Who is called and has no use for the slot gives it back at once: thousands in a row must not be as deep a stack.
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.#serveOne());
    } finally {
      this.#serving = false;
    }
  }

  /** Slots of calls that were not made: they count against no quota. */
  giveUnused(slots: number, lane: Lane): void {
    this.#quota?.refund(slots);
    this.give(slots, lane);
  }

  #serveOne(): boolean {
    if (this.isFull || this.waiting === 0) return false;
    const next = this.#nextLane();
    if (next === null || (this.#quota !== null && this.#quota.take(1) === 0)) return false;
    this.#begin(next, 1);
    this.#waiting[next].shift()?.();
    return true;
  }

  /** What was idle has not been silent. */
  #begin(lane: Lane, slots: number): void {
    if (this.inFlight === 0) this.#signAtMs = null;
    this.#inFlight[lane] += slots;
  }

  #nextLane(): Lane | null {
    const { direct, bulk } = this.#waiting;
    const bulkMayGo = bulk.size > 0 && this.#roomOf('bulk') > 0;
    if (direct.size > 0 && (!bulkMayGo || this.#directInRow < this.#directPerBulk)) {
      this.#directInRow += 1;
      return 'direct';
    }
    this.#directInRow = 0;
    return bulkMayGo ? 'bulk' : null;
  }

  #roomOf(lane: Lane): number {
    const room = this.limit - this.inFlight;
    return lane === 'direct' ? room : Math.min(room, this.#bulkLimit - this.#inFlight.bulk);
  }
}

/** The rest is free of groups at any time, so that one on a slow provider does not hold up a person. */
const bulkShare = 0.9;
/** Longer than a provider's slow answers take, shorter than its time limit, so that others need not wait that long. */
const silentAfterMs = 3_000;

/** First in, first out, without moving the rest at each take. */
class WaiterQueue {
  #items: ((() => void) | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(call: () => void): void {
    this.#items.push(call);
  }

  shift(): (() => void) | undefined {
    const call = this.#items[this.#head];
    if (call === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return call;
  }
}
