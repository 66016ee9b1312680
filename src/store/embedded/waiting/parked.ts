import type { Clock } from '../../../domain/clock';
import type { PendingDelivery } from '../../../domain/pending-delivery';
import type { Parked } from '../../ports/parked';
import type { ClaimedDelivery } from '../../ports/retries';
import type { Bodies } from './bodies';
import type { Counters } from '../disk/counters';
import { parkedCounter, type PendingStore } from './pending-store';
import { endOfRoute } from './waiting-rows';
import type { Writer } from '../disk/writer';

/** Rows moved in one transaction, so that the event loop stays free. */
const releasedAtOnce = 200;

export interface ParkedParts {
  readonly writer: Writer;
  readonly counters: Counters;
  readonly bodies: Bodies;
  readonly pending: PendingStore;
  readonly clock: Clock;
}

export class EmbeddedParked implements Parked {
  readonly #parts: ParkedParts;

  constructor(parts: ParkedParts) {
    this.#parts = parts;
  }

  async claimOne(route: string): Promise<ClaimedDelivery | null> {
    const [claimed] = await this.#parts.pending.parked.claim(route, 1, endOfRoute(route));
    return claimed ?? null;
  }

  claimExpired(route: string, max: number): Promise<ClaimedDelivery[]> {
    return this.#parts.pending.parked.claim(route, max, this.#parts.pending.parked.endOfDue(route));
  }

  async release(route: string, max: number): Promise<number> {
    let released = 0;
    while (released < max) {
      const asked = Math.min(max - released, releasedAtOnce);
      const moved = await this.#move(route, asked);
      released += moved;
      if (moved < asked) break;
    }
    return released;
  }

  counts(): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve(this.#parts.counters.under(parkedCounter));
  }

  async #move(route: string, max: number): Promise<number> {
    const { writer, bodies, pending: store, clock } = this.#parts;
    const end = endOfRoute(route);
    const moved = await writer.run((batch) => {
      const rows = store.parked.free(route, end, max);
      const first = rows[0];
      // They are gone when this transaction commits, and there as before when it does not.
      if (first !== undefined) store.parked.leases.arrived(route, first.key);
      const now = clock.monotonicMs();
      return rows.map(({ pending }): PendingDelivery => {
        const next = { ...pending, parked: false, dueAtMs: now };
        const edit = bodies.edit();
        store.put(batch, edit, next, null);
        edit.write(batch);
        batch.apply();
        return next;
      });
    });
    store.announce(moved);
    return moved.length;
  }
}
