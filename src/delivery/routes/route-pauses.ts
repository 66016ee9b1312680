import type { Clock } from '../../domain/clock';
import type { Outcome } from '../../domain/outcome';
import type { DeliveryEvents, LearntBy } from '../../observability/delivery-events';
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
  /** Routes that have been probed since the start, since the clock was set, or since a credential was replaced. */
  readonly #probed = new Set<string>();
  /** Routes whose turn to probe is taken, while the provider has answered nothing since. */
  readonly #unasked = new Set<string>();
  /** By the monotonic clock, when this process learnt of the pause of a route. */
  readonly #pausedAtMs = new Map<string, number>();
  readonly #context: RoutePausesContext;

  constructor(context: RoutePausesContext) {
    this.#context = context;
  }

  onResumed(listener: (route: RouteState) => void): void {
    this.#resumed = listener;
  }

  refused(route: RouteState, reason: string): void {
    this.#unasked.delete(route.id);
    const pause = { reason, sinceMs: route.pause?.sinceMs ?? this.#context.clock.now() };
    if (isNews(route)) this.#pause(route, pause, 'answer');
    const write = this.#context.sharedState.set(pauseKey(route), JSON.stringify(pause), pauseLivesMs);
    this.#share(write.then(() => (route.pause = route.pause && { ...route.pause, shared: true })));
  }

  /** Work parked by an earlier run: nobody knows yet whether the credential was mended, so a probe goes first. */
  assumePaused(route: RouteState): void {
    if (route.pause !== null) return;
    this.#begin(route, {
      reason: 'refused before the relay was restarted',
      sinceMs: this.#context.clock.now(),
      assumed: true,
    });
  }

  /** Any answer but a refusal or silence shows that the provider takes the credential. */
  answered(route: RouteState, outcome: Exclude<Outcome, { kind: 'misconfigured' }>): void {
    if (route.pause === null || outcome.kind === 'refused_locally') return;
    this.#unasked.delete(route.id);
    if (outcome.kind === 'unavailable') return;
    this.resume(route);
  }

  resume(route: RouteState): void {
    if (route.pause === null) return;
    this.#open(route, 'answer');
    this.#share(this.#context.sharedState.set(pauseKey(route), openValue, pauseLivesMs));
  }

  /**
   * True for one replica in each probe interval, and for each once after its start, after its clock was set, and after a
   * credential was replaced: what was wrong may have been that. A store that cannot answer does not keep a credential from healing.
   */
  async mayProbe(route: RouteState): Promise<boolean> {
    const { sharedState, probeIntervalMs } = this.#context;
    const key = probeKey(route);
    const isFirst = !this.#probed.has(route.id);
    this.#probed.add(route.id);
    try {
      if (!isFirst && (await sharedState.setIfAbsent(key, '1', probeIntervalMs)) !== null) return false;
      if (isFirst) await sharedState.set(key, '1', probeIntervalMs);
    } catch {
      // Nobody else knows of this probe.
    }
    this.#unasked.add(route.id);
    return true;
  }

  /**
   * Gives the turn back where the probe never reached the provider: its device is gone, its time is in doubt, or there was
   * none to claim because a relay that was killed still has it leased. Otherwise a credential that is right again would stay
   * paused for a whole interval.
   */
  async probeEnded(route: RouteState): Promise<void> {
    if (!this.#unasked.delete(route.id)) return;
    await this.#context.sharedState.delete(probeKey(route));
  }

  /** The next probe of each route need not wait for the interval. */
  probeAtOnce(): void {
    this.#probed.clear();
  }

  /** Takes over what other replicas learnt, of all routes in one trip. */
  async synchronise(routes: Routes): Promise<void> {
    await Promise.all([...routes.all()].map((route) => this.#takeOver(route)));
  }

  async #takeOver(route: RouteState): Promise<void> {
    const value = await this.#context.sharedState.get(pauseKey(route));
    if (value === openValue) {
      if (route.pause?.shared === true) this.#open(route, 'replica');
      return;
    }
    const shared = readPause(value);
    if (shared !== null && isNews(route)) this.#pause(route, { ...shared, shared: true }, 'replica');
  }

  #begin(route: RouteState, pause: RoutePause): void {
    route.pause = pause;
    this.#pausedAtMs.set(route.id, this.#context.clock.monotonicMs());
  }

  #pause(route: RouteState, pause: RoutePause, learnt: LearntBy): void {
    this.#begin(route, pause);
    this.#context.events.routePaused(route, pause.reason, learnt);
  }

  #open(route: RouteState, learnt: LearntBy): void {
    if (route.pause === null) return;
    const nowMs = this.#context.clock.monotonicMs();
    const pausedForMs = nowMs - (this.#pausedAtMs.get(route.id) ?? nowMs);
    route.pause = null;
    this.#context.events.routeResumed(route, pausedForMs, learnt);
    this.#resumed(route);
  }

  #share(written: Promise<unknown>): void {
    written.catch((error: unknown) => this.#context.events.sharedStateFailed(error));
  }
}

/** Of a pause that is only assumed nobody has been told: a refusal confirms it. */
function isNews({ pause }: RouteState): boolean {
  return pause === null || pause.assumed === true;
}

/** What replicas read where the last of them to know found the credential taken again. */
const openValue = 'open';
const pauseLivesMs = 3_600_000;

function probeKey(route: RouteState): string {
  return `probe:${route.id}`;
}

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
