import type { Clock, Random } from '../domain/clock';
import type { Outcome } from '../domain/outcome';
import type { DeliveryEvents } from '../observability/delivery-events';
import type { Deadlines } from './deadlines';
import type { DeviceHygiene } from './device-hygiene';
import type { DeliveryOptions } from './options';
import { toPending, type DeliveryResult, type DispatchBatch, type PlannedDelivery } from './planned-delivery';
import { scheduleRetry, wishedWaitMs } from './retry-schedule';
import type { RoutePauses } from './route-pauses';
import type { Routes, RouteState } from './routes';

export type Settled =
  DeliveryResult | { readonly kind: 'probe'; readonly route: RouteState; readonly planned: PlannedDelivery };

export interface SettlerContext {
  readonly options: DeliveryOptions;
  readonly routes: Routes;
  readonly pauses: RoutePauses;
  readonly hygiene: DeviceHygiene;
  readonly deadlines: Deadlines;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
  readonly random: Random;
}

/** The only place that acts on what a provider said: done, retry later, forget the device token, pause, dead letter. */
export class Settler {
  constructor(private readonly context: SettlerContext) {}

  /** `startedAtMs`, `nowMs`: when the attempt began, and when it was answered. */
  settle(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Outcome,
    startedAtMs: number,
    nowMs: number,
  ): Settled {
    const { context } = this;
    if (outcome.kind !== 'misconfigured') context.pauses.answered(batch.route, outcome);
    switch (outcome.kind) {
      case 'accepted':
        context.hygiene.accepted(planned, batch.route, nowMs);
        context.events.accepted(batch.route, Math.max(0, nowMs - batch.receivedAtMs));
        return accepted;
      case 'unregistered':
        return this.#unregistered(batch, planned, outcome, startedAtMs);
      case 'rejected':
        return this.#rejected(batch, planned, outcome, startedAtMs);
      case 'throttled':
        this.#leaveInPeace(batch.route, planned, outcome);
        return this.#retry(batch, planned, outcome, 0);
      case 'unavailable':
        return this.#retry(batch, planned, outcome, outcome.ambiguous ? 1 : 0);
      case 'misconfigured':
        return this.#misconfigured(batch, planned, outcome.reason);
      default:
        return outcome;
    }
  }

  /** Whoever the provider slows down, everything for it waits: the device, in all replicas, or the whole route. */
  #leaveInPeace(
    route: RouteState,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'throttled' }>,
  ): void {
    const { options, clock, hygiene } = this.context;
    const waitMs = wishedWaitMs(options.retry, route.provider.name, outcome);
    switch (outcome.scope) {
      case 'device':
        return hygiene.throttled(planned, clock.now() + waitMs);
      case 'project':
        return route.gate.hold(clock.monotonicMs() + waitMs);
      default:
        return outcome.scope;
    }
  }

  #retry(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'throttled' | 'unavailable' }>,
    ambiguous: 0 | 1,
  ): DeliveryResult {
    const { options, random } = this.context;
    const attempts = planned.attempts + 1;
    const ambiguousAttempts = planned.ambiguousAttempts + ambiguous;
    const decision = scheduleRetry(
      options.retry,
      batch.route.provider.name,
      outcome,
      { attempts, ambiguousAttempts },
      random,
    );
    if (decision.kind === 'give_up') return { kind: 'dead', reason: decision.reason };
    return this.#later(
      batch,
      planned,
      { attempts, ambiguousAttempts, lastReason: outcome.reason },
      decision.delayMs,
    );
  }

  #later(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    history: { attempts: number; ambiguousAttempts: number; lastReason: string },
    delayMs: number,
  ): DeliveryResult {
    const { clock, deadlines } = this.context;
    if (deadlines.of(batch.deadlineMs - delayMs) === 'over')
      return { kind: 'dead', reason: `expired before the next attempt (${history.lastReason})` };
    const route = this.#homeRoute(batch, planned);
    const dueAtMs = clock.monotonicMs() + delayMs;
    return {
      kind: 'pending',
      pending: toPending(batch, route, planned, { ...history, dueAtMs, parked: false }),
    };
  }

  /** A probe of the other environment decides nothing on its own: what waits, waits on the device's own route. */
  #homeRoute(batch: DispatchBatch, planned: PlannedDelivery): string {
    if (planned.probe !== 'environment') return batch.route.id;
    const { app, provider, environment } = planned.device;
    return this.context.routes.find(app, provider, environment)?.id ?? batch.route.id;
  }

  #unregistered(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'unregistered' }>,
    startedAtMs: number,
  ): DeliveryResult {
    const registeredAtMs = this.#registeredAt(planned);
    if (outcome.asOfMs !== null && registeredAtMs > outcome.asOfMs) {
      // The token came back after the provider had written it off: its news is old, so it may be right next time.
      return this.#retry(
        batch,
        planned,
        { kind: 'unavailable', reason: outcome.reason, ambiguous: false, retryAfterMs: null },
        0,
      );
    }
    this.#forget(batch, planned, outcome.reason, outcome.asOfMs ?? startedAtMs);
    return { kind: 'dropped', reason: 'forgotten' };
  }

  /** A registration in the future was made while the clock was wrong: it is older than any verdict. */
  #registeredAt({ device }: PlannedDelivery): number {
    return device.registeredAtMs > this.context.clock.now()
      ? Number.NEGATIVE_INFINITY
      : device.registeredAtMs;
  }

  #forget(batch: DispatchBatch, planned: PlannedDelivery, reason: string, asOfMs: number): void {
    const isMisdated = this.#registeredAt(planned) !== planned.device.registeredAtMs;
    const beforeMs = isMisdated ? planned.device.registeredAtMs + 1 : asOfMs;
    this.context.hygiene.forget(planned, batch.route, reason, beforeMs);
  }

  #rejected(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'rejected' }>,
    startedAtMs: number,
  ): Settled {
    const { hygiene, random } = this.context;
    switch (outcome.blame) {
      case 'payload':
        this.context.events.payloadRejected(batch.route, outcome.reason);
        return { kind: 'dead', reason: outcome.reason };
      case 'topic':
        this.context.events.wrongTopic(batch.route, outcome.reason);
        hygiene.rejected(planned, outcome.reason);
        return { kind: 'dead', reason: outcome.reason };
      case 'device_token': {
        if (planned.probe !== 'environment') {
          const probe = this.#probeOf(planned);
          if (probe === 'later') {
            const history = {
              attempts: planned.attempts,
              ambiguousAttempts: planned.ambiguousAttempts,
              lastReason: outcome.reason,
            };
            return this.#later(batch, planned, history, Math.round(probeAgainMs * (1 + random())));
          }
          if (probe !== null) return probe;
        }
        hygiene.rejected(planned, outcome.reason);
        this.#forget(batch, planned, outcome.reason, startedAtMs);
        return { kind: 'dropped', reason: 'forgotten' };
      }
      default:
        return outcome.blame;
    }
  }

  #probeOf(planned: PlannedDelivery): Extract<Settled, { kind: 'probe' }> | 'later' | null {
    if (planned.device.provider !== 'apns') return null;
    const environment = planned.environment === 'production' ? 'sandbox' : 'production';
    const route = this.context.routes.find(planned.device.app, 'apns', environment);
    if (route === undefined || route.pause !== null) return null;
    if (!this.context.hygiene.mayProbe(planned.device.app)) return 'later';
    return { kind: 'probe', route, planned: { ...planned, environment, probe: 'environment' } };
  }

  #misconfigured(batch: DispatchBatch, planned: PlannedDelivery, reason: string): DeliveryResult {
    const home = this.#homeRoute(batch, planned);
    const { attempts, ambiguousAttempts } = planned;
    const { clock } = this.context;
    if (planned.probe === 'environment')
      return { kind: 'dead', reason: `BadDeviceToken (the other environment: ${reason})` };
    this.context.pauses.refused(batch.route, reason);
    const pending = toPending(batch, home, planned, {
      attempts,
      ambiguousAttempts,
      dueAtMs: clock.monotonicMs() + batch.deadlineMs - clock.now(),
      lastReason: reason,
      parked: true,
    });
    return { kind: 'pending', pending };
  }
}

const accepted: Settled = { kind: 'accepted' };

/** A device token whose other environment may not be asked yet waits this long, and up to twice as long. */
const probeAgainMs = 60_000;
