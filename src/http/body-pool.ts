/** Who reads a body. */
export interface BodyFlow {
  pause(): void;
  resume(): void;
  /** It holds room that others wait for, and hardly anything comes: it has to give up. */
  tooSlow(): void;
}

export interface BodyShare {
  /** The body takes so much memory by now. */
  grow(toBytes: number): void;
  /** The body is whole and takes so much memory until it is released: nothing more comes. */
  complete(bytes: number): void;
  /** Harmless when repeated. */
  release(): void;
}

/** Bodies of one order of size, which never wait for larger ones. Filling up → full: one of them reads on, the others wait. */
interface Lane {
  readonly largestBytes: number;
  readonly limitBytes: number;
  readonly reading: Set<Share>;
  readonly waiting: Set<Share>;
  usedBytes: number;
  /** It reads on although there is no room, or all might wait for each other; until it is released. */
  leader: Share | null;
}

/** reading ⇄ waiting → complete → released; released from everywhere. */
class Share implements BodyShare {
  bytes = 0;
  isWaiting = false;
  isComplete = false;
  windowBytes = 0;
  windowFromMs = 0;
  /** It stood still while it was the leader, and another one took over. */
  hasLed = false;
  #released = false;
  readonly #pool: BodyPool;

  constructor(
    pool: BodyPool,
    readonly flow: BodyFlow,
    public lane: Lane,
  ) {
    this.#pool = pool;
  }

  grow(toBytes: number): void {
    if (!this.#released) this.#pool.grow(this, toBytes);
  }

  complete(bytes: number): void {
    if (this.#released) return;
    this.isComplete = true;
    this.#pool.grow(this, bytes);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#pool.takeBack(this);
  }
}

/**
 * Memory of request bodies, all requests together. What counts is what has arrived, not what is announced. Where a lane is
 * full, its incomplete bodies are not read any more but for one. While others wait, bodies of which hardly anything comes are
 * given up where they hold much of the lane: whoever drips holds nobody up.
 */
export class BodyPool {
  readonly #lanes: readonly Lane[];
  #watch: NodeJS.Timeout | null = null;
  #watchedAtMs = 0;
  readonly #now: () => number;

  /** `now` is a monotonic clock in milliseconds. */
  constructor(limitBytes: number, now: () => number = () => performance.now()) {
    this.#now = now;

    this.#lanes = laneSizes.map(([largestBytes, share]) => ({
      largestBytes,
      limitBytes: limitBytes * share,
      reading: new Set(),
      waiting: new Set(),
      usedBytes: 0,
      leader: null,
    }));
  }

  get usedBytes(): number {
    return this.#lanes.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  }

  get waiting(): number {
    return this.#lanes.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  open(flow: BodyFlow): BodyShare {
    const [lane] = this.#lanes;
    if (lane === undefined) throw new Error('a pool has lanes');
    return new Share(this, flow, lane);
  }

  grow(share: Share, toBytes: number): void {
    const { lane, bytes } = share;
    // Most come whole, and are never among those that are read.
    if (bytes === 0 && !share.isComplete) this.#beginReading(share);
    const next = this.#lanes.find(({ largestBytes }) => toBytes <= largestBytes) ?? lane;
    share.bytes = toBytes;
    if (next === lane) lane.usedBytes += toBytes - bytes;
    else this.#move(share, next, bytes);
    if (share.isComplete) return void share.lane.reading.delete(share);
    if (share.lane.usedBytes <= share.lane.limitBytes) return;
    if (share.lane.leader === share) return;
    if (share.lane.leader === null) share.lane.leader = share;
    else this.#wait(share);
  }

  takeBack(share: Share): void {
    this.#leave(share, share.bytes);
    this.#serve(share.lane);
  }

  #move(share: Share, to: Lane, bytes: number): void {
    const from = share.lane;
    this.#leave(share, bytes);
    share.lane = to;
    to.usedBytes += share.bytes;
    if (!share.isComplete) to.reading.add(share);
    this.#serve(from);
  }

  #leave(share: Share, bytes: number): void {
    const { lane } = share;
    lane.usedBytes -= bytes;
    lane.reading.delete(share);
    lane.waiting.delete(share);
    if (lane.leader === share) lane.leader = null;
  }

  #wait(share: Share): void {
    if (share.isWaiting) return;
    share.isWaiting = true;
    share.lane.reading.delete(share);
    share.lane.waiting.add(share);
    share.flow.pause();
    if (this.#watch !== null) return;
    this.#watchedAtMs = this.#now();
    this.#watch = setInterval(() => this.#giveUpSlow(), watchMs);
    this.#watch.unref();
  }

  #serve(lane: Lane): void {
    if (this.#watch === null) return;
    let roomBytes = lane.limitBytes - lane.usedBytes;
    for (const share of lane.waiting) {
      if (roomBytes <= 0) {
        if (lane.leader !== null) break;
        lane.leader = share;
      }
      roomBytes -= nextReadBytes;
      lane.waiting.delete(share);
      share.isWaiting = false;
      this.#beginReading(share);
      share.flow.resume();
    }
    if (this.waiting > 0) return;
    clearInterval(this.#watch);
    this.#watch = null;
  }

  #giveUpSlow(): void {
    const nowMs = this.#now();
    const stoodStill = nowMs - this.#watchedAtMs > 2 * watchMs;
    this.#watchedAtMs = nowMs;
    for (const lane of this.#lanes) {
      if (lane.waiting.size === 0) continue;
      const slow: Share[] = [];
      for (const share of lane.reading) {
        // What came while the process itself stood still has not been read yet.
        if (stoodStill || share.bytes - share.windowBytes >= leastWindowBytes) this.#beginWindow(share);
        else if (nowMs - share.windowFromMs >= windowMs) slow.push(share);
      }
      this.#takeFromSlow(lane, slow);
    }
  }

  /** Those that stand still longest give up what they hold, but for what others hardly miss: a sender far away stands still for a second when a packet is lost. */
  #takeFromSlow(lane: Lane, slow: Share[]): void {
    const { leader } = lane;
    let heldBytes = slow.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const share of slow.sort((one, other) => one.windowFromMs - other.windowFromMs)) {
      if (heldBytes <= lane.limitBytes * spareShare) break;
      heldBytes -= share.bytes;
      share.flow.tooSlow();
    }
    if (leader === null || lane.leader !== leader || !slow.includes(leader)) return;
    if (leader.hasLed) return leader.flow.tooSlow();
    leader.hasLed = true;
    lane.leader = null;
    this.#serve(lane);
  }

  #beginReading(share: Share): void {
    share.lane.reading.add(share);
    this.#beginWindow(share);
  }

  #beginWindow(share: Share): void {
    share.windowBytes = share.bytes;
    share.windowFromMs = this.#now();
  }
}

/** Up to how many bytes, and the share of the whole: messages between few, groups of thousands, the rest. */
const laneSizes: readonly (readonly [number, number])[] = [
  [64 * 1024, 1 / 8],
  [1024 * 1024, 3 / 8],
  [Number.POSITIVE_INFINITY, 1 / 2],
];
/** What each that goes on may bring at once. */
const nextReadBytes = 64 * 1024;
const watchMs = 100;
/** Less than so much in so long is slow: some 50 KB a second. */
const windowMs = 300;
const leastWindowBytes = 16 * 1024;
/** Of a lane: what those that are slow may hold while others wait. */
const spareShare = 1 / 4;
