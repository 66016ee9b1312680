import type { Clock } from '../domain/clock';
import type { Outcome } from '../domain/outcome';
import type { DeliveryEvents } from '../observability/delivery-events';
import type { RouteState } from './routes';

/**
 * Pauses a route whose credential is refused, and opens it again when any answer shows that the credential is taken.
 * While a route is paused its deliveries are parked; `resumed` wakes whoever puts them back.
 */
export class RoutePauses {
  #resumed: (route: RouteState) => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly events: DeliveryEvents,
  ) {}

  onResumed(listener: (route: RouteState) => void): void {
    this.#resumed = listener;
  }

  refused(route: RouteState, reason: string): void {
    if (route.pause !== null) return;
    route.pause = { reason, sinceMs: this.clock.now() };
    this.events.routePaused(route, reason);
  }

  /** Work parked by an earlier run: nobody knows yet whether the credential was mended, so a probe goes first. */
  assumePaused(route: RouteState): void {
    route.pause ??= { reason: 'refused before the relay was restarted', sinceMs: this.clock.now() };
  }

  /** Any answer but a refusal or silence shows that the provider takes the credential. */
  answered(route: RouteState, outcome: Exclude<Outcome, { kind: 'misconfigured' }>): void {
    if (route.pause === null || outcome.kind === 'unavailable') return;
    this.resume(route);
  }

  resume(route: RouteState): void {
    if (route.pause === null) return;
    const pausedForMs = this.clock.now() - route.pause.sinceMs;
    route.pause = null;
    this.events.routeResumed(route, pausedForMs);
    this.#resumed(route);
  }
}
