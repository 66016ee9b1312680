import type { Clock } from '../../domain/clock';
import type { Lane } from '../../domain/lane';

export interface BulkPaceContext {
  readonly clock: Clock;
  /** Share of the time, 0 to 1, for which the process had something to do since the last call. */
  readonly utilization: () => number;
}

/**
 * How many deliveries a second the bulk lane may begin, all routes together, so that groups leave the process time for
 * messages between two: a process that is busy all the time lets everything wait.
 *
 * free: nobody sent on the direct lane lately, bulk goes as fast as it can. paced: a bucket of a few milliseconds
 * fills at a rate that follows the process's utilization, but never falls below the lanes' own proportion or
 * `leastPerSecond`. pressed: bulk has used all of that for longer than a single large group needs, so what comes is more than
 * it may; it is given more and more of the process then, because groups that wait longer and longer are worse than
 * milliseconds. Back to paced as soon as it has caught up.
 */
export class BulkPace {
  #perSecond = firstPerSecond;
  #tokens = 0;
  #filledAtMs = 0;
  #windowFromMs = 0;
  #sent: Record<Lane, number> = { direct: 0, bulk: 0 };
  #directAtMs = Number.NEGATIVE_INFINITY;
  #pressedMs = 0;
  #heldBackAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  readonly #refilled: (() => void)[] = [];

  constructor(
    private readonly directPerBulk: number,
    private readonly context: BulkPaceContext,
  ) {}

  /** Called when bulk deliveries that found no room may be tried again. */
  onRefilled(listener: () => void): void {
    this.#refilled.push(listener);
  }

  /** How many of `wanted` the bulk lane may begin now. */
  room(wanted: number): number {
    const nowMs = this.context.clock.monotonicMs();
    this.#adjust(nowMs);
    if (!this.#isPaced(nowMs)) return wanted;
    const capacity = Math.max(1, (this.#perSecond * bucketMs) / 1000);
    this.#tokens = Math.min(
      capacity,
      this.#tokens + (Math.max(0, nowMs - this.#filledAtMs) / 1000) * this.#perSecond,
    );
    this.#filledAtMs = nowMs;
    const granted = Math.min(wanted, Math.floor(this.#tokens));
    if (granted < wanted) {
      this.#heldBackAtMs = nowMs;
      this.#wakeLater();
    }
    return granted;
  }

  /**
   * How many bulk recipients are worth holding at a time: what waits long in memory is moved to the old generation there, and
   * costs a full collection later, which everybody waits for. Never so few that bulk runs out of work, which would look as if
   * there were no more. Infinity where the pace has granted all that was asked for lately.
   */
  get ahead(): number {
    const isHeldBack = Math.abs(this.context.clock.monotonicMs() - this.#heldBackAtMs) < windowMs;
    if (!isHeldBack) return Number.POSITIVE_INFINITY;
    return Math.max(leastAhead, (this.#perSecond * aheadMs) / 1000);
  }

  sent(lane: Lane, count: number): void {
    this.#sent[lane] += count;
    if (lane === 'bulk') this.#tokens -= count;
    else this.#directAtMs = this.context.clock.monotonicMs();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #isPaced(nowMs: number): boolean {
    return nowMs - this.#directAtMs < quietMs;
  }

  #adjust(nowMs: number): void {
    const tookMs = nowMs - this.#windowFromMs;
    if (tookMs < windowMs) return;
    const { direct, bulk } = this.#sent;
    const utilization = this.context.utilization();
    this.#windowFromMs = nowMs;
    this.#sent = { direct: 0, bulk: 0 };
    // Long quiet: what it says of the utilization is old, and bulk has caught up.
    if (tookMs > windowMs * 10) {
      this.#pressedMs = 0;
      return;
    }
    const bulkPerSecond = (bulk / tookMs) * 1000;
    const least = Math.max(leastPerSecond, ((direct / tookMs) * 1000) / this.directPerBulk);
    if (!this.#isPaced(nowMs)) {
      this.#pressedMs = 0;
      this.#perSecond = Math.max(least, bulkPerSecond);
      return;
    }
    const isUsed = bulkPerSecond >= this.#perSecond * 0.8;
    this.#pressedMs = Math.max(0, this.#pressedMs + (isUsed ? tookMs : -tookMs * relief));
    const factor = Math.min(1.1, Math.max(0.7, this.#target / Math.max(utilization, 0.01)));
    if (factor < 1 || isUsed) this.#perSecond = Math.max(least, this.#perSecond * factor);
  }

  /** Of the event loop. */
  get #target(): number {
    const pressed = Math.min(1, Math.max(0, this.#pressedMs - patienceMs) / rampMs);
    return target.calm + (target.pressed - target.calm) * pressed;
  }

  #wakeLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      for (const refilled of this.#refilled) refilled();
    }, wakeMs);
    this.#timer.unref();
  }
}

const firstPerSecond = 2_000;
const leastPerSecond = 1_500;
/** Of the event loop; measured in docs/decisions/0018. A group of 100,000 is through in 25 to 33 s at 0.15, within the patience. */
const target = { calm: 0.15, pressed: 0.7 };
const patienceMs = 60_000;
const rampMs = 30_000;
/** How much faster the press goes than it came. */
const relief = 4;
const windowMs = 100;
const bucketMs = 4;
const wakeMs = 2;
const aheadMs = 500;
/** More than two entries of 500: the third is claimed while the second is sent. */
const leastAhead = 1_001;
const quietMs = 2_000;
