import type { ApnsEnvironment, ProviderName } from '../../domain/device';
import { routeId } from '../../domain/route';
import type { Provider } from '../../providers/provider';
import type { DeliveryOptions } from '../options';
import type { BulkPace } from './bulk-pace';
import type { RateBudget } from './rate-budget';
import { RouteGate } from './route-gate';
import { RouteHealth } from './route-health';

/** Why a route is paused: its credential is refused, so nothing is sent but a probe now and then. */
export interface RoutePause {
  readonly reason: string;
  readonly sinceMs: number;
  /** Other replicas know it too; it ends when it ends for them. */
  readonly shared?: boolean;
}

/**
 * One credential's way out: a provider of an app in one environment.
 * open → paused (the provider refuses the credential; deliveries are parked) → open (a probe got through).
 */
export interface RouteState {
  readonly id: string;
  readonly app: string;
  readonly environment: ApnsEnvironment;
  readonly provider: Provider;
  readonly gate: RouteGate;
  readonly health: RouteHealth;
  pause: RoutePause | null;
}

/** Every route that the configuration has a credential for. */
export class Routes {
  readonly #byId = new Map<string, RouteState>();
  readonly #quotas: RateBudget[] = [];

  constructor(
    providers: readonly Provider[],
    options: Pick<DeliveryOptions, 'maxInFlight' | 'directPerBulk'>,
    quotaOf: (provider: Provider, refilled: () => void) => RateBudget | null,
    private readonly pace: BulkPace | null = null,
  ) {
    for (const provider of providers) {
      for (const environment of provider.environments) {
        const { app, name } = provider;
        const id = routeId({ app, provider: name, environment });
        const quota = quotaOf(provider, () => gate.give(0, 'direct'));
        const limit = options.maxInFlight[name];
        const gate: RouteGate = new RouteGate(limit, options.directPerBulk, quota, pace);
        pace?.onRefilled(() => gate.give(0, 'bulk'));
        if (quota !== null) this.#quotas.push(quota);
        this.#byId.set(id, { id, app, environment, provider, gate, health: new RouteHealth(), pause: null });
      }
    }
  }

  close(): void {
    this.pace?.close();
    for (const quota of this.#quotas) quota.close();
  }

  find(app: string, provider: ProviderName, environment: ApnsEnvironment): RouteState | undefined {
    // FCM has no environments: whatever the device says, it has one address.
    return this.#byId.get(
      routeId({ app, provider, environment: provider === 'fcm' ? 'production' : environment }),
    );
  }

  byId(id: string): RouteState | undefined {
    return this.#byId.get(id);
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
}
