import type { StoreTime } from '../disk/store-time';

interface Lease {
  readonly key: Buffer;
  readonly expiresAtMs: number;
}

interface RouteLeases {
  /** By row key, in the order in which they run out. */
  readonly leased: Map<string, Lease>;
  resume: Buffer | null;
}

/**
 * Which rows of waiting deliveries are handed out. In memory, because a restart of the only process frees all.
 *
 * A row is free → leased → free again (run out), or gone. `resume` is where to look for free rows of a route: every
 * row before it is leased, so that a claim does not walk over what is in flight.
 */
export class Leases {
  readonly #routes = new Map<string, RouteLeases>();
  readonly #leaseTimeMs: number;
  readonly #time: Pick<StoreTime, 'now'>;

  constructor(leaseTimeMs: number, time: Pick<StoreTime, 'now'>) {
    this.#leaseTimeMs = leaseTimeMs;
    this.#time = time;
  }

  /** Frees what has run out, and says where to look from (inclusive); null: from the route's first row. */
  resume(route: string): Buffer | null {
    const state = this.#routes.get(route);
    if (state === undefined) return null;
    const now = this.#time.now();
    for (const [name, lease] of state.leased) {
      if (lease.expiresAtMs > now) break;
      state.leased.delete(name);
      lower(state, lease.key);
    }
    return state.resume;
  }

  has(route: string, key: Buffer): boolean {
    return this.#routes.get(route)?.leased.has(key.toString('latin1')) ?? false;
  }

  lease(route: string, key: Buffer): void {
    const { leased } = this.#state(route);
    const name = key.toString('latin1');
    leased.delete(name);
    leased.set(name, { key, expiresAtMs: this.#time.now() + this.#leaseTimeMs });
  }

  /** The row is gone. */
  end(route: string, key: Buffer): void {
    this.#routes.get(route)?.leased.delete(key.toString('latin1'));
  }

  /** A row has come, and its transaction is over. */
  arrived(route: string, key: Buffer): void {
    const state = this.#routes.get(route);
    if (state !== undefined) lower(state, key);
  }

  /** Every row of the route before `key` is leased. */
  advance(route: string, key: Buffer): void {
    this.#state(route).resume = key;
  }

  #state(route: string): RouteLeases {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    const state: RouteLeases = { leased: new Map(), resume: null };
    this.#routes.set(route, state);
    return state;
  }
}

function lower(state: RouteLeases, key: Buffer): void {
  if (state.resume !== null && Buffer.compare(key, state.resume) < 0) state.resume = key;
}
