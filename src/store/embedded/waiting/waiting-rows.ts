import type { PendingDelivery } from '../../../domain/pending-delivery';
import type { ClaimedDelivery } from '../../ports/retries';
import { longestDelayMs } from '../../longest-delay';
import type { Bodies } from './bodies';
import type { Table } from '../disk/environment';
import { afterKey, clampTime, prefixEnd, textKey, timeBytes } from '../disk/keys';
import { Leases } from './leases';
import { decodeJson, encodeJson } from '../disk/value-codec';
import type { StoreTime } from '../disk/store-time';
import { Slice } from '../../../runtime/slice';

const rowsAtOnce = 32;

export interface WaitingRow {
  readonly key: Buffer;
  readonly pending: PendingDelivery;
}

/** The end of all rows of a route. */
export function endOfRoute(route: string): Buffer {
  return prefixEnd(textKey(route));
}

/** The rows of one of the two tables of waiting deliveries, with their leases. */
export class WaitingRows {
  readonly leases: Leases;
  readonly #bodies: Bodies;
  readonly #time: Pick<StoreTime, 'now' | 'aheadMs'>;

  constructor(
    readonly table: Table,
    bodies: Bodies,
    leaseTimeMs: number,
    time: Pick<StoreTime, 'now' | 'aheadMs'>,
  ) {
    this.#bodies = bodies;
    this.#time = time;

    this.leases = new Leases(leaseTimeMs, time);
  }

  /** Route, then store time, then id: a route's rows stand together, the earliest first. */
  keyOf(pending: Pick<PendingDelivery, 'route' | 'dueAtMs' | 'id'>): Buffer {
    const dueAtMs = pending.dueAtMs + this.#time.aheadMs;
    return Buffer.concat([textKey(pending.route), timeBytes(dueAtMs), textKey(pending.id)]);
  }

  /** Its `dueAtMs` is in store time there, and by the process's monotonic clock outside. */
  valueOf(pending: PendingDelivery): Buffer {
    return encodeJson({ ...pending, dueAtMs: pending.dueAtMs + this.#time.aheadMs });
  }

  read(value: Buffer): PendingDelivery {
    const stored = decodeJson<PendingDelivery>(value);
    return { ...stored, dueAtMs: stored.dueAtMs - this.#time.aheadMs };
  }

  /** The end of a route's rows that are due. */
  endOfDue(route: string): Buffer {
    return Buffer.concat([textKey(route), timeBytes(clampTime(this.#time.now()) + 1)]);
  }

  /** Leases up to `max` rows of the route before the key `end`, earliest first. */
  async claim(route: string, max: number, end: Buffer): Promise<ClaimedDelivery[]> {
    const claimed: ClaimedDelivery[] = [];
    const bodies = new Map<string, Buffer>();
    const slice = new Slice();
    while (claimed.length < max) {
      const asked = Math.min(rowsAtOnce, max - claimed.length);
      const rows = this.free(route, end, asked);
      for (const { key, pending } of rows) {
        claimed.push(this.#hand(route, key, pending, bodies));
      }
      if (rows.length < asked) break;
      if (slice.isOver) await slice.rest();
    }
    return claimed;
  }

  /** As `claim`, of rows further ahead than any delay: a clock that was wrong then has stored them, and they are due now. */
  claimMisdated(route: string, max: number): ClaimedDelivery[] {
    const claimed: ClaimedDelivery[] = [];
    const start = Buffer.concat([textKey(route), timeBytes(this.#time.now() + longestDelayMs)]);
    for (const { key: found, value } of this.table.getRange({ start, end: endOfRoute(route) })) {
      if (claimed.length >= max) break;
      const key = Buffer.from(found);
      if (this.leases.has(route, key)) continue;
      claimed.push(this.#hand(route, key, this.read(value), new Map()));
    }
    return claimed;
  }

  #hand(route: string, key: Buffer, pending: PendingDelivery, bodies: Map<string, Buffer>): ClaimedDelivery {
    const body = bodies.get(pending.bodyId) ?? this.#bodies.get(pending.bodyId) ?? Buffer.alloc(0);
    bodies.set(pending.bodyId, body);
    this.leases.lease(route, key);
    return { pending, body };
  }

  /** Up to `max` rows of the route before `end` that are not leased. The caller leases or removes them, or calls `arrived`. */
  free(route: string, end: Buffer, max: number): WaitingRow[] {
    const found: WaitingRow[] = [];
    const start = this.leases.resume(route) ?? textKey(route);
    if (max <= 0 || Buffer.compare(start, end) >= 0) return found;
    let last: Buffer | null = null;
    for (const { key, value } of this.table.getRange({ start, end })) {
      last = Buffer.from(key);
      if (this.leases.has(route, last)) continue;
      found.push({ key: last, pending: this.read(value) });
      if (found.length >= max) break;
    }
    if (last !== null) this.leases.advance(route, afterKey(last));
    return found;
  }
}
