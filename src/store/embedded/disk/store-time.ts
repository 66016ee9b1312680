import type { Clock } from '../../../domain/clock';
import type { Batch } from './batch';
import type { Table } from './environment';
import { decodeNumber, encodeNumber } from './value-codec';

const timeKey = Buffer.from('time');
const notedEveryMs = 1_000;

/**
 * The store's own time, ms: what due times and ends of lives on disk are counted in. It never goes back, not even over a restart,
 * so that nothing stored lies further ahead than when it was stored: within a process it is the monotonic clock, and a process
 * that starts with a wall clock behind what the last one noted goes on from there.
 */
export class StoreTime {
  /** How far it is ahead of the process's monotonic clock. */
  readonly aheadMs: number;
  /** What the wall clock said when the last process noted the time; null: none has. */
  readonly lastWallMs: number | null;
  #notedAtMs = Number.NEGATIVE_INFINITY;
  readonly #meta: Table;
  readonly #clock: Clock;

  constructor(meta: Table, clock: Clock) {
    this.#meta = meta;
    this.#clock = clock;

    const noted = meta.get(timeKey);
    this.lastWallMs = noted === undefined ? null : decodeNumber(noted.subarray(8));
    this.aheadMs =
      noted === undefined ? 0 : Math.max(0, Math.ceil(decodeNumber(noted) - clock.monotonicMs()));
  }

  now(): number {
    return this.#clock.monotonicMs() + this.aheadMs;
  }

  /** With every write that holds a time, for the next process; at most one a second. */
  note(batch: Batch): void {
    const nowMs = this.now();
    if (nowMs - this.#notedAtMs < notedEveryMs) return;
    this.#notedAtMs = nowMs;
    batch.put(this.#meta, timeKey, Buffer.concat([encodeNumber(nowMs), encodeNumber(this.#clock.now())]));
  }
}
