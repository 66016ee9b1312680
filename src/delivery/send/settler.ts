import type { Clock, Random } from '../../domain/clock';
import type { Device } from '../../domain/device';
import { providerTable } from '../../domain/provider-table';
import type { Outcome } from '../../domain/outcome';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { Deadlines } from '../../shared/deadlines';
import { deliveryId } from '../plan/delivery-id';
import type { DeviceHygiene } from './device-hygiene';
import type { DeliveryOptions } from '../options';
import {
  dueAfter,
  quotaUsedUp,
  toPending,
  type DeliveryResult,
  type DispatchBatch,
  type PlannedDelivery,
} from './planned-delivery';
import { scheduleRetry, wishedWaitMs } from './retry-schedule';
import type { RoutePauses } from '../routes/route-pauses';
import type { Routes, RouteState } from '../routes/routes';

export type Settled =
  | DeliveryResult
  | { readonly kind: 'probe'; readonly route: RouteState; readonly planned: PlannedDelivery }
  /** The device is looked at first: what the provider said is about the address that it had. Never rejects. */
  | { readonly kind: 'asking'; readonly result: Promise<DeliveryResult> };

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
  readonly #context: SettlerContext;

  constructor(context: SettlerContext) {
    this.#context = context;
  }

  /** `startedAtMs`, `nowMs`: when the attempt began, and when it was answered. */
  settle(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Outcome,
    startedAtMs: number,
    nowMs: number,
  ): Settled {
    const context = this.#context;
    this.#observe(batch.route, outcome, nowMs);
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
      case 'exhausted':
        return this.#exhausted(batch, planned, outcome);
      case 'unavailable':
        return this.#retry(batch, planned, outcome, outcome.ambiguous ? 1 : 0);
      case 'misconfigured':
        return this.#misconfigured(batch, planned, outcome.reason);
      case 'refused_locally':
        if (outcome.blame === 'device_token') return this.#lost(batch, planned, outcome.reason, startedAtMs);
        context.events.payloadRejected(batch.route, outcome.reason);
        return { kind: 'dead', reason: outcome.reason };
      default:
        return outcome;
    }
  }

  #observe(route: RouteState, outcome: Outcome, nowMs: number): void {
    const observed = route.health.observe(outcome, nowMs, this.#context.clock.monotonicMs());
    if (observed === null) return;
    const { change, trouble } = observed;
    if (change === 'begins') this.#context.events.outageBegan(route, trouble);
    else this.#context.events.outageEnded(route, trouble, Math.max(0, nowMs - trouble.sinceMs));
  }

  /** Whoever the provider slows down, everything for it waits: the device, in all replicas, or the whole route. */
  #leaveInPeace(
    route: RouteState,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'throttled' }>,
  ): void {
    const { options, clock, hygiene } = this.#context;
    const waitMs = wishedWaitMs(options.retry, route.provider.name, outcome);
    switch (outcome.scope) {
      case 'device':
        return hygiene.throttled(planned, clock.now() + waitMs);
      case 'project': {
        const nowMs = clock.monotonicMs();
        return route.gate.slowDown(nowMs, nowMs + waitMs);
      }
      default:
        return outcome.scope;
    }
  }

  /**
   * The whole route waits until the quota is there again, and no attempt is counted. What would be too old by then waits as long as it
   * lives: the quota may be raised, or the device registers elsewhere.
   */
  #exhausted(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    { reason, untilMs }: Extract<Outcome, { kind: 'exhausted' }>,
  ): Settled {
    const { clock, random } = this.#context;
    const waitMs = Math.min(longestQuotaWaitMs, Math.max(leastQuotaWaitMs, untilMs - clock.now()));
    const { gate } = batch.route;
    const heldUntilMs = clock.monotonicMs() + waitMs;
    // Of thousands in flight each one learns of it.
    if (heldUntilMs - gate.heldUntilMs > leastQuotaWaitMs / 2)
      this.#context.events.quotaExhausted(batch.route, reason, clock.now() + waitMs);
    if (batch.notification.call === null) gate.holdMessages(heldUntilMs);
    else gate.hold(heldUntilMs);
    const { attempts, ambiguousAttempts } = planned;
    const delayMs = Math.round(waitMs + random() * leastQuotaWaitMs);
    const dueAtMs = dueAfter(Math.min(delayMs, batch.deadlineMs - clock.now()), clock);
    const change = { attempts, ambiguousAttempts, dueAtMs, lastReason: quotaUsedUp(reason), parked: false };
    const pending = toPending(batch, this.#homeRoute(batch, planned), planned, change);
    return this.#unlessMoved(batch, planned, reason, () => ({ kind: 'pending', pending }));
  }

  #retry(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'throttled' | 'unavailable' }>,
    ambiguous: 0 | 1,
  ): DeliveryResult {
    const { options, random } = this.#context;
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
    const { clock, deadlines } = this.#context;
    if (deadlines.of(batch.deadlineMs - delayMs) === 'over')
      return { kind: 'dead', reason: `expired before the next attempt (${history.lastReason})` };
    const route = this.#homeRoute(batch, planned);
    const dueAtMs = dueAfter(delayMs, clock);
    return {
      kind: 'pending',
      pending: toPending(batch, route, planned, { ...history, dueAtMs, parked: false }),
    };
  }

  /** A probe of the other lane decides nothing on its own: what waits, waits on the device's own route. */
  #homeRoute(batch: DispatchBatch, planned: PlannedDelivery): string {
    if (planned.probe !== 'lane') return batch.route.id;
    const { app, provider, lane } = planned.device;
    return this.#context.routes.find(app, provider, lane)?.id ?? batch.route.id;
  }

  #unregistered(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'unregistered' }>,
    startedAtMs: number,
  ): Settled {
    const registeredAtMs = this.#registeredAt(planned);
    if (outcome.asOfMs !== null && registeredAtMs > outcome.asOfMs) {
      // The token came back after the provider had written it off: its news is old, so it may be right next time.
      return this.#retry(batch, planned, passing(outcome.reason), 0);
    }
    return this.#lost(batch, planned, outcome.reason, outcome.asOfMs ?? startedAtMs);
  }

  /** The device token is dead. The device may have another one since, or another app or lane: then it gets the push there. */
  #lost(batch: DispatchBatch, planned: PlannedDelivery, reason: string, asOfMs: number): Settled {
    const { hygiene } = this.#context;
    const isMisdated = this.#registeredAt(planned) !== planned.device.registeredAtMs;
    const beforeMs = isMisdated ? planned.device.registeredAtMs + 1 : asOfMs;
    const result = hygiene.forget(planned, batch.route, reason, beforeMs).then((fate): DeliveryResult => {
      switch (fate.kind) {
        case 'over':
          return { kind: 'dropped', reason: 'forgotten' };
        case 'elsewhere':
          return this.#again(batch, planned, fate.device, reason);
        case 'alert':
          return this.#again(batch, asAlert(batch, planned), fate.device, reason);
        case 'unknown':
          return this.#retry(batch, planned, passing(reason), 0);
        default:
          return fate;
      }
    });
    return { kind: 'asking', result };
  }

  /** At once, where the device is now. It counts as an attempt: a device that changes all the time must not get pushes without end. */
  #again(batch: DispatchBatch, planned: PlannedDelivery, device: Device, reason: string): DeliveryResult {
    const { clock, deadlines, options, routes } = this.#context;
    const attempts = planned.attempts + 1;
    if (attempts >= options.retry.maxAttempts)
      return { kind: 'dead', reason: `${reason} (${attempts} attempts)` };
    const route = routes.find(device.app, device.provider, device.lane)?.id ?? batch.route.id;
    const dueAtMs = clock.monotonicMs();
    if (deadlines.of(batch.deadlineMs) === 'over') return { kind: 'dead', reason: `expired (${reason})` };
    const { ambiguousAttempts } = planned;
    const change = { attempts, ambiguousAttempts, dueAtMs, lastReason: reason, parked: false };
    return { kind: 'pending', pending: toPending(batch, route, planned, change) };
  }

  /** The device may have registered elsewhere while it was asked here: then it gets the push there. */
  #unlessMoved(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    reason: string,
    otherwise: () => DeliveryResult,
  ): Settled {
    const result = this.#context.hygiene.movedTo(planned).then((device) => {
      if (device === null) return otherwise();
      return this.#again(batch, planned, device, reason);
    });
    return { kind: 'asking', result };
  }

  #wrongTopic(batch: DispatchBatch, planned: PlannedDelivery, reason: string): Settled {
    return this.#unlessMoved(batch, planned, reason, () => {
      this.#context.events.wrongTopic(batch.route, reason);
      this.#context.hygiene.rejected(planned, reason);
      return { kind: 'dead', reason };
    });
  }

  /** A registration in the future was made while the clock was wrong: it is older than any verdict. */
  #registeredAt({ device }: PlannedDelivery): number {
    return device.registeredAtMs > this.#context.clock.now()
      ? Number.NEGATIVE_INFINITY
      : device.registeredAtMs;
  }

  #rejected(
    batch: DispatchBatch,
    planned: PlannedDelivery,
    outcome: Extract<Outcome, { kind: 'rejected' }>,
    startedAtMs: number,
  ): Settled {
    const { hygiene, random } = this.#context;
    switch (outcome.blame) {
      case 'payload':
        this.#context.events.payloadRejected(batch.route, outcome.reason);
        return { kind: 'dead', reason: outcome.reason };
      case 'topic':
        return this.#wrongTopic(batch, planned, outcome.reason);
      case 'device_token': {
        if (planned.probe !== 'lane') {
          const probe = this.#probeOf(planned);
          if (probe === 'later') {
            const { attempts, ambiguousAttempts } = planned;
            const history = { attempts, ambiguousAttempts, lastReason: outcome.reason };
            return this.#later(batch, planned, history, Math.round(probeAgainMs * (1 + random())));
          }
          if (probe !== null) return probe;
        }
        hygiene.rejected(planned, outcome.reason);
        return this.#lost(batch, planned, outcome.reason, startedAtMs);
      }
      default:
        return outcome.blame;
    }
  }

  #probeOf(planned: PlannedDelivery): Extract<Settled, { kind: 'probe' }> | 'later' | null {
    const { app, provider } = planned.device;
    const { otherLane, limitsProbes } = providerTable[provider];
    if (otherLane === null) return null;
    const lane = otherLane(planned.lane);
    const route = this.#context.routes.find(app, provider, lane);
    if (route === undefined || route.pause !== null) return null;
    if (limitsProbes && !this.#context.hygiene.mayProbe(app)) return 'later';
    return { kind: 'probe', route, planned: { ...planned, lane, probe: 'lane' } };
  }

  #misconfigured(batch: DispatchBatch, planned: PlannedDelivery, reason: string): Settled {
    const { attempts, ambiguousAttempts } = planned;
    const { clock } = this.#context;
    if (planned.probe === 'lane')
      return { kind: 'dead', reason: `BadDeviceToken (the other environment: ${reason})` };
    this.#context.pauses.refused(batch.route, reason);
    const pending = toPending(batch, batch.route.id, planned, {
      attempts,
      ambiguousAttempts,
      dueAtMs: clock.monotonicMs() + batch.deadlineMs - clock.now(),
      lastReason: reason,
      parked: true,
    });
    return this.#unlessMoved(batch, planned, reason, () => ({ kind: 'pending', pending }));
  }
}

/** As it would have been planned without a VoIP token: a repeat of it has the same id. */
function asAlert({ messageId }: DispatchBatch, planned: PlannedDelivery): PlannedDelivery {
  const { uid, deviceId, device } = planned;
  return { ...planned, id: deliveryId(device.app, messageId, uid, deviceId, 'alert'), tokenKind: 'alert' };
}

/** A quota whose time is over by our clock is asked again after this; what waits for one comes back over as long a time. */
const leastQuotaWaitMs = 60_000;
/** Quotas are daily at the longest; a provider's clock may be an hour off. */
const longestQuotaWaitMs = 25 * 3_600_000;

const accepted: Settled = { kind: 'accepted' };

function passing(reason: string): Extract<Outcome, { kind: 'unavailable' }> {
  return { kind: 'unavailable', reason, ambiguous: false, retryAfterMs: null };
}

/** A device token whose other lane may not be asked yet waits this long, and up to twice as long. */
const probeAgainMs = 60_000;
