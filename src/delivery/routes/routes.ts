import { providerTable, type ProviderName, type ProviderLane } from '../../domain/provider-table';
import { readRouteId, routeId } from '../../domain/route';
import type { Provider } from '../../providers/provider';
import type { DeliveryOptions } from '../options';
import type { RateBudget } from './rate-budget';
import { RouteGate } from './route-gate';
import { RouteHealth } from './route-health';

/** Why a route is paused: its credential is refused, so nothing is sent but a probe now and then. */
export interface RoutePause {
  /** An earlier run left parked deliveries; no refusal has confirmed it since. */
  readonly assumed?: boolean;
  readonly reason: string;
  readonly sinceMs: number;
  /** Other replicas know it too; it ends when it ends for them. */
  readonly shared?: boolean;
}

/**
 * One credential's way out: a provider of an app on one of its lanes.
 * open → paused (the provider refuses the credential; deliveries are parked) → open (a probe got through).
 */
export interface RouteState {
  readonly id: string;
  readonly app: string;
  readonly lane: ProviderLane;
  readonly provider: Provider;
  readonly gate: RouteGate;
  readonly health: RouteHealth;
  pause: RoutePause | null;
}

/** Nothing that is due goes out on it now: its credential is refused, or the provider has asked everyone to wait. */
export function isShut({ pause, gate }: RouteState, nowMs: number): boolean {
  return pause !== null || gate.heldUntilMs > nowMs;
}

type QuotaOf = (provider: Provider, refilled: () => void) => RateBudget | null;

/**
 * Every route that the configuration has a credential for. Where each token has a lane of its own, a route is there from its first
 * delivery on, until others need the room.
 */
export class Routes {
  readonly #byId = new Map<string, RouteState>();
  readonly #quotas = new Map<string, RateBudget>();
  readonly #providers: readonly Provider[];
  readonly #options: Pick<DeliveryOptions, 'maxInFlight' | 'directPerBulk'>;
  readonly #quotaOf: QuotaOf;

  constructor(
    providers: readonly Provider[],
    options: Pick<DeliveryOptions, 'maxInFlight' | 'directPerBulk'>,
    quotaOf: QuotaOf,
  ) {
    this.#providers = providers;
    this.#options = options;
    this.#quotaOf = quotaOf;
    for (const provider of providers) for (const lane of provider.lanes) this.#open(provider, lane);
  }

  close(): void {
    for (const quota of this.#quotas.values()) quota.close();
  }

  find(app: string, provider: ProviderName, lane: ProviderLane): RouteState | undefined {
    return this.#byId.get(routeId({ app, provider, lane })) ?? this.#ofToken(app, provider, lane);
  }

  byId(id: string): RouteState | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const route = readRouteId(id);
    return route === null ? undefined : this.#ofToken(route.app, route.provider, route.lane);
  }

  all(): Iterable<RouteState> {
    return this.#byId.values();
  }

  /** True when another route could work on while this one is full: then its overflow must not hold up the inbox. */
  anotherHasRoom(route: RouteState): boolean {
    for (const other of this.#byId.values())
      if (other !== route && other.pause === null && !other.gate.isFull) return true;
    return false;
  }

  #ofToken(app: string, name: ProviderName, lane: ProviderLane): RouteState | undefined {
    if (providerTable[name].laneOfToken === null) return undefined;
    const provider = this.#providers.find((one) => one.app === app && one.name === name);
    if (provider === undefined) return undefined;
    const open = [...this.#byId.values()].filter(
      (route) => route.provider === provider && route.lane !== sharedLane,
    );
    if (open.length < mostLanes || this.#makeRoom(open)) return this.#open(provider, lane);
    const shared = routeId({ app, provider: name, lane: sharedLane });
    return this.#byId.get(shared) ?? this.#open(provider, sharedLane);
  }

  #open(provider: Provider, lane: ProviderLane): RouteState {
    const { app, name } = provider;
    const id = routeId({ app, provider: name, lane });
    const quota = this.#quotaOf(provider, () => gate.give(0, 'direct'));
    const gate: RouteGate = new RouteGate(
      this.#options.maxInFlight[name],
      this.#options.directPerBulk,
      quota,
    );
    if (quota !== null) this.#quotas.set(id, quota);
    const route = { id, app, lane, provider, gate, health: new RouteHealth(), pause: null };
    this.#byId.set(id, route);
    return route;
  }

  /** Forgets one on which nothing goes on: the one that was opened first. */
  #makeRoom(open: readonly RouteState[]): boolean {
    const idle = open.find(({ gate, pause }) => pause === null && gate.inFlight + gate.waiting === 0);
    if (idle === undefined) return false;
    this.#quotas.get(idle.id)?.close();
    this.#quotas.delete(idle.id);
    return this.#byId.delete(idle.id);
  }
}

/** Of one provider and app. Whoever registers devices chooses their lanes, and each has slots of its own. */
const mostLanes = 64;
/** Of those for which there is no room. */
const sharedLane = 'others';
