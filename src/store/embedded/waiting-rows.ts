import type { Clock } from '../../domain/clock';
import type { PendingDelivery } from '../../domain/work';
import type { ClaimedDelivery } from '../ports/retries';
import type { Bodies } from './bodies';
import type { Table } from './environment';
import { afterKey, clampTime, prefixEnd, textKey, timeBytes } from './keys';
import { Leases } from './leases';
import { decodeJson } from './records';

/** Time on the event loop after which a claim lets others run. */
const sliceMs = 4;
const rowsAtOnce = 32;

export interface WaitingRow {
  readonly key: Buffer;
  readonly pending: PendingDelivery;
}

/** Route, then time, then id: a route's rows stand together, the earliest first. */
export function waitingKey(pending: Pick<PendingDelivery, 'route' | 'dueAtMs' | 'id'>): Buffer {
  return Buffer.concat([textKey(pending.route), timeBytes(pending.dueAtMs), textKey(pending.id)]);
}

/** The end of a route's rows whose time is `atMs` or earlier. */
export function endOfDue(route: string, atMs: number): Buffer {
  return Buffer.concat([textKey(route), timeBytes(clampTime(atMs) + 1)]);
}

/** The end of all rows of a route. */
export function endOfRoute(route: string): Buffer {
  return prefixEnd(textKey(route));
}

/** The rows of one of the two tables of waiting deliveries, with their leases. */
export class WaitingRows {
  readonly leases: Leases;

  constructor(
    readonly table: Table,
    private readonly bodies: Bodies,
    leaseTimeMs: number,
    clock: Clock,
  ) {
    this.leases = new Leases(leaseTimeMs, clock);
  }

  /** Leases up to `max` rows of the route before the key `end`, earliest first. */
  async claim(route: string, max: number, end: Buffer): Promise<ClaimedDelivery[]> {
    const claimed: ClaimedDelivery[] = [];
    const bodies = new Map<string, Buffer>();
    let startedAt = performance.now();
    while (claimed.length < max) {
      const asked = Math.min(rowsAtOnce, max - claimed.length);
      const rows = this.free(route, end, asked);
      for (const { key, pending } of rows) {
        const body = bodies.get(pending.bodyId) ?? this.bodies.get(pending.bodyId) ?? Buffer.alloc(0);
        bodies.set(pending.bodyId, body);
        this.leases.lease(route, key);
        claimed.push({ pending, body });
      }
      if (rows.length < asked) break;
      if (performance.now() - startedAt > sliceMs) {
        await new Promise((resolve) => setImmediate(resolve));
        startedAt = performance.now();
      }
    }
    return claimed;
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
      found.push({ key: last, pending: decodeJson<PendingDelivery>(value) });
      if (found.length >= max) break;
    }
    if (last !== null) this.leases.advance(route, afterKey(last));
    return found;
  }

  /** When the first free row of the route is due, or the first lease runs out; null when there are neither. */
  nextAtMs(route: string): number | null {
    const prefix = textKey(route);
    const start = this.leases.resume(route) ?? prefix;
    const leaseEndsAtMs = this.leases.nextExpiryAtMs(route);
    for (const found of this.table.getKeys({ start, end: endOfRoute(route) })) {
      const key = Buffer.from(found);
      if (this.leases.has(route, key)) continue;
      const dueAtMs = key.readUIntBE(prefix.length, 6);
      return leaseEndsAtMs === null ? dueAtMs : Math.min(dueAtMs, leaseEndsAtMs);
    }
    return leaseEndsAtMs;
  }
}
