import type { Clock } from '../../domain/clock';
import type { Outcome } from '../../domain/outcome';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { SharedState } from '../../store/ports/shared-state';
import type { RoutePause, Routes, RouteState } from './routes';

export interface RoutePausesContext {
  readonly sharedState: SharedState;
  readonly probeIntervalMs: number;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/**
 * Pauses a route whose credential is refused, and opens it again when any answer shows that the credential is taken.
 * While a route is paused its deliveries are parked; `resumed` wakes whoever puts them back.
 *
 * Replicas share a pause: what one of them learnt the others read within seconds, and one of them probes for all. What
 * was shared lapses after a time, so that a replica's death does not keep it; whoever is paused by it stays so until a
 * delivery comes along to probe with, because a lapse says nothing of the credential.
 */
export class RoutePauses {
  #resumed: (route: RouteState) => void = () => {};
  /** Routes that have been probed since the start, or since the clock was set. */
  readonly #probed = new Set<string>();

  constructor(private readonly context: RoutePausesContext) {}

  onResumed(listener: (route: RouteState) => void): void {
    this.#resumed = listener;
  }

  refused(route: RouteState, reason: string): void {
    const pause = { reason, sinceMs: route.pause?.sinceMs ?? this.context.clock.now() };
    if (route.pause === null) this.#pause(route, pause);
    const write = this.context.sharedState.set(pauseKey(route), JSON.stringify(pause), pauseLivesMs);
    this.#share(write.then(() => (route.pause = route.pause && { ...route.pause, shared: true })));
  }

  /** Work parked by an earlier run: nobody knows yet whether the credential was mended, so a probe goes first. */
  assumePaused(route: RouteState): void {
    if (route.pause !== null) return;
    route.pause = { reason: 'refused before the relay was restarted', sinceMs: this.context.clock.now() };
  }

  /** Any answer but a refusal or silence shows that the provider takes the credential. */
  answered(route: RouteState, outcome: Exclude<Outcome, { kind: 'misconfigured' }>): void {
    if (route.pause === null || outcome.kind === 'unavailable' || outcome.kind === 'refused_locally') return;
    this.resume(route);
  }

  resume(route: RouteState): void {
    if (route.pause === null) return;
    this.#open(route);
    this.#share(this.context.sharedState.set(pauseKey(route), openValue, pauseLivesMs));
  }

  /**
   * True for one replica in each probe interval, and for each once after its start and after its clock was set: what was wrong
   * may have been that. A store that cannot answer does not keep a credential from healing.
   */
  async mayProbe(route: RouteState): Promise<boolean> {
    const { sharedState, probeIntervalMs } = this.context;
    const key = `probe:${route.id}`;
    const isFirst = !this.#probed.has(route.id);
    this.#probed.add(route.id);
    try {
      if (!isFirst) return (await sharedState.setIfAbsent(key, '1', probeIntervalMs)) === null;
      await sharedState.set(key, '1', probeIntervalMs);
    } catch {
      // Nobody else knows of this probe.
    }
    return true;
  }

  /** The next probe of each route need not wait for the interval. */
  probeAtOnce(): void {
    this.#probed.clear();
  }

  /** Takes over what other replicas learnt. */
  async synchronise(routes: Routes): Promise<void> {
    for (const route of routes.all()) {
      const value = await this.context.sharedState.get(pauseKey(route));
      if (value === openValue) {
        if (route.pause?.shared === true) this.#open(route);
        continue;
      }
      const shared = readPause(value);
      if (shared !== null && route.pause === null) this.#pause(route, { ...shared, shared: true });
    }
  }

  #pause(route: RouteState, pause: RoutePause): void {
    route.pause = pause;
    this.context.events.routePaused(route, pause.reason);
  }

  #open(route: RouteState): void {
    if (route.pause === null) return;
    const pausedForMs = Math.max(0, this.context.clock.now() - route.pause.sinceMs);
    route.pause = null;
    this.context.events.routeResumed(route, pausedForMs);
    this.#resumed(route);
  }

  #share(written: Promise<unknown>): void {
    written.catch((error: unknown) => this.context.events.sharedStateFailed(error));
  }
}

/** What replicas read where the last of them to know found the credential taken again. */
const openValue = 'open';
const pauseLivesMs = 3_600_000;

function pauseKey(route: RouteState): string {
  return `pause:${route.id}`;
}

function readPause(value: string | null): RoutePause | null {
  if (value === null) return null;
  try {
    const { reason, sinceMs } = JSON.parse(value) as RoutePause;
    return typeof reason === 'string' && typeof sinceMs === 'number' ? { reason, sinceMs } : null;
  } catch {
    return null;
  }
}
