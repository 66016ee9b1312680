/*
 * Open this file first: it sends batches within the limits of their route. `planned-delivery.ts` is what it takes,
 * `throttled-devices.ts` leaves out devices that the provider asked to spare. `settler.ts` is the only place that acts on an
 * outcome, with `retry-schedule.ts` and `device-hygiene.ts`. `call-spans.ts` tells OpenTelemetry of calls. `result-keeper.ts` takes each result to the store, and
 * `dead-letter-writer.ts` what is given up.
 */

import type { Clock, Random } from '../../domain/clock';
import type { Journey } from '../../domain/journey';
import type { Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { Spans } from '../../observability/spans/spans';
import { doubtWaitMs, type Deadlines } from '../../shared/deadlines';
import type { DeliveryOptions } from '../options';
import { CallSpans } from './call-spans';
import {
  dueAfter,
  quotaUsedUp,
  toPending,
  type DeliveryResult,
  type DispatchBatch,
  type PlannedDelivery,
} from './planned-delivery';
import type { Routes, RouteState } from '../routes/routes';
import type { Settler } from './settler';
import { withoutThrottled } from './throttled-devices';

export interface DispatcherContext {
  readonly options: DeliveryOptions;
  readonly routes: Routes;
  readonly settler: Settler;
  readonly events: DeliveryEvents;
  readonly journey: Journey;
  /** Null: nobody collects them. */
  readonly spans: Spans | null;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sends batches within the slots of their route, and tells each delivery's result. Holds no queue of its own. */
export class Dispatcher {
  #inFlight = 0;
  #idleListeners: (() => void)[] = [];
  readonly #context: DispatcherContext;

  constructor(context: DispatcherContext) {
    this.#context = context;
  }

  /** Deliveries at the providers now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  dispatch(batch: DispatchBatch): void {
    new BatchRun(this.#context, withoutThrottled(batch, this.#context), this.#count).advance();
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleListeners.push(resolve));
  }

  readonly #count = (change: number): void => {
    this.#inFlight += change;
    if (this.#inFlight > 0 || this.#idleListeners.length === 0) return;
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) listener();
  };
}

/**
 * A batch on its way: what is not sent yet, and how many calls of it are in flight. A slot is one call, which takes as many
 * deliveries as the provider's `batch`. Slots that come free in one turn of the event loop are used together, by one `send`.
 */
class BatchRun {
  #next = 0;
  /** Slots taken: calls in flight. */
  #slots = 0;
  /** Slots of calls that have ended in this turn. */
  #freed = 0;
  /** Slots taken for calls that are about to be made. */
  #granted = 0;
  #turnEnds = false;
  #queued = false;
  #patience: NodeJS.Timeout | null = null;
  readonly #context: DispatcherContext;
  readonly #batch: DispatchBatch;
  readonly #count: (change: number) => void;
  readonly #spans: CallSpans | null;

  constructor(context: DispatcherContext, batch: DispatchBatch, count: (change: number) => void) {
    this.#context = context;
    this.#batch = batch;
    this.#count = count;
    this.#spans = context.spans === null ? null : new CallSpans(context.spans, batch);
  }

  advance(): void {
    const batch = this.#batch;
    const context = this.#context;
    if (this.#queued || this.#next >= batch.planned.length) return;
    const nowMs = context.clock.monotonicMs();
    while (!this.#queued && this.#next < batch.planned.length) {
      if (this.#stopped(nowMs) || this.#givesWay(nowMs)) return;
      const wanted = this.#wanted();
      if (wanted > 0) this.#grant(batch.route.gate.take(wanted, batch.lane));
      if (this.#granted > 0) this.#send(nowMs);
      else if (wanted <= 0) return;
      else if (this.#overflows())
        this.#finishRest((planned) => this.#waitInStore(planned, overflowWaitMs, 'no room'));
      else this.#queue();
    }
  }

  /** Slots that the rest of the batch can use, besides those granted. */
  #wanted(): number {
    const { route, planned } = this.#batch;
    const calls = Math.ceil((planned.length - this.#next) / route.provider.batch);
    return Math.min(this.#context.options.maxInFlightPerEntry - this.#slots, calls - this.#granted);
  }

  #queue(): void {
    this.#queued = true;
    if (this.#batch.lane === 'bulk' && this.#batch.fromStore !== true) this.#watch();
    this.#batch.route.gate.queue(this.#batch.lane, () => {
      this.#queued = false;
      if (this.#patience !== null) clearInterval(this.#patience);
      this.#grant(1);
      this.#endTurn();
    });
  }

  #grant(slots: number): void {
    this.#slots += slots;
    this.#granted += slots;
  }

  /** At the end of this turn of the event loop: what came free is given back, and what there is then is used by one `send`. */
  #endTurn(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    queueMicrotask(() => {
      this.#turnEnds = false;
      try {
        this.#giveFreed();
        this.advance();
      } finally {
        // Nothing may be sent any more, or there is nothing left.
        this.#giveUnused();
      }
    });
  }

  #giveFreed(): void {
    const slots = this.#freed;
    if (slots === 0) return;
    this.#freed = 0;
    this.#slots -= slots;
    this.#batch.route.gate.give(slots, this.#batch.lane);
  }

  #giveUnused(): void {
    const slots = this.#granted;
    if (slots === 0) return;
    this.#granted = 0;
    this.#slots -= slots;
    this.#batch.route.gate.giveUnused(slots, this.#batch.lane);
  }

  /** The provider may fall silent while the batch waits for its turn. */
  #watch(): void {
    this.#patience = setInterval(() => {
      if (this.#next < this.#batch.planned.length && !this.#givesWay(this.#context.clock.monotonicMs()))
        return;
      if (this.#patience !== null) clearInterval(this.#patience);
    }, patienceMs);
    this.#patience.unref();
  }

  /**
   * While a provider is silent, groups, and what would take more than half of its slots, wait in the store: entries
   * would be held by it that are for other providers as well. What comes back from the store finds out when it answers.
   */
  #givesWay(nowMs: number): boolean {
    const { route, lane, fromStore, planned } = this.#batch;
    if (fromStore === true || planned[this.#next]?.probe !== 'none') return false;
    if (!route.gate.isSilent(nowMs)) return false;
    if (lane === 'direct' && route.gate.inFlight * 2 < route.gate.limit) return false;
    if (!this.#context.routes.anotherHasRoom(route)) return false;
    return this.#finishRest((one) => this.#waitInStore(one, overflowWaitMs, 'the provider does not answer'));
  }

  /** A route that is full waits in memory, unless that would hold up another route's work: then in the store. */
  #overflows(): boolean {
    const { route, lane, fromStore } = this.#batch;
    if (fromStore === true) return false;
    return route.gate.waitingOn(lane) >= route.gate.limit && this.#context.routes.anotherHasRoom(route);
  }

  /** Ends what is not sent yet, where nothing more may be sent now. */
  #stopped(nowMs: number): boolean {
    const batch = this.#batch;
    if (!batch.mayStillSend()) return this.#finishRest(() => ({ kind: 'abandoned' }));
    const deadline = this.#context.deadlines.of(batch.deadlineMs);
    if (deadline === 'over') return this.#finishRest(() => ({ kind: 'dead', reason: 'expired' }));
    if (deadline === 'doubtful')
      return this.#finishRest((planned) => this.#waitInStore(planned, doubtWaitMs, 'the clock is in doubt'));
    const first = batch.planned[this.#next];
    if (first?.probe !== 'none') return false;
    if (batch.route.pause !== null) {
      const { reason } = batch.route.pause;
      return this.#finishRest((planned) => ({
        kind: 'pending',
        pending: this.#pending(planned, this.#endOfLifeMs(), reason, true),
      }));
    }
    const { heldUntilMs, callsHeldUntilMs } = batch.route.gate;
    const heldForMs = (batch.notification.call === null ? heldUntilMs : callsHeldUntilMs) - nowMs;
    if (heldForMs <= 0) return false;
    const waitMs = Math.min(heldForMs, this.#endOfLifeMs() - nowMs);
    const reason = this.#heldBecause(nowMs);
    return this.#finishRest((planned) => this.#waitInStore(planned, waitMs, reason));
  }

  #heldBecause(nowMs: number): string {
    const trouble = this.#batch.route.health.outage(nowMs);
    return trouble?.kind === 'exhausted' ? quotaUsedUp(trouble.reason) : 'provider asked to wait';
  }

  #finishRest(result: (planned: PlannedDelivery) => DeliveryResult): true {
    const rest = this.#batch.planned.slice(this.#next);
    this.#next = this.#batch.planned.length;
    for (const planned of rest) this.#batch.done(planned, result(planned));
    return true;
  }

  #waitInStore(planned: PlannedDelivery, waitMs: number, reason: string): DeliveryResult {
    const { clock, random } = this.#context;
    const delayMs = Math.round(waitMs + Math.min(waitMs / 4, longestSpreadMs) * random());
    return { kind: 'pending', pending: this.#pending(planned, dueAfter(delayMs, clock), reason, false) };
  }

  #endOfLifeMs(): number {
    const { clock } = this.#context;
    return clock.monotonicMs() + this.#batch.deadlineMs - clock.now();
  }

  #pending(planned: PlannedDelivery, dueAtMs: number, lastReason: string, parked: boolean) {
    const { attempts, ambiguousAttempts } = planned;
    return toPending(this.#batch, this.#batch.route.id, planned, {
      attempts,
      ambiguousAttempts,
      dueAtMs,
      lastReason,
      parked,
    });
  }

  /** As many deliveries as the granted slots take. */
  #send(nowMs: number): void {
    const batch = this.#batch;
    const { provider } = batch.route;
    const slice = batch.planned.slice(this.#next, this.#next + this.#granted * provider.batch);
    this.#next += slice.length;
    const calls = Math.ceil(slice.length / provider.batch);
    this.#granted -= calls;
    batch.route.gate.spend(slice.length - calls);
    this.#count(slice.length);
    const sent: Sent = { atMs: this.#context.clock.now(), monotonicMs: nowMs, open: slice.length };
    this.#spans?.sent(slice);
    provider.send(batch.notification, slice, (planned, outcome, httpStatus) => {
      this.#spans?.answered(planned, outcome, httpStatus);
      this.#answered(planned, outcome, sent);
    });
  }

  #answered(planned: PlannedDelivery, outcome: Outcome, sent: Sent): void {
    const batch = this.#batch;
    const context = this.#context;
    let isAsking = false;
    try {
      const nowMs = context.clock.monotonicMs();
      const tookMs = nowMs - sent.monotonicMs;
      context.events.attempted(batch.route, outcome, tookMs);
      if (context.journey.isFollowed) this.#tell(planned, outcome);
      batch.answered?.(outcome);
      // What was cut, timed out or never sent is no answer.
      if (outcome.kind !== 'unavailable' && outcome.kind !== 'refused_locally')
        batch.route.gate.answered(nowMs);
      const settled = context.settler.settle(batch, planned, outcome, sent.atMs, context.clock.now());
      isAsking = settled.kind === 'asking';
      if (settled.kind === 'asking') void settled.result.then((result) => this.#done(planned, result));
      else if (settled.kind === 'probe') this.#probe(settled.route, settled.planned);
      else batch.done(planned, settled);
    } finally {
      sent.open -= 1;
      // The deliveries of one call are answered together: whichever they are, so many calls have ended.
      if (sent.open % batch.route.provider.batch === 0) this.#freed += 1;
      if (!isAsking) this.#count(-1);
      this.#endTurn();
    }
  }

  #tell({ uid, deviceId, attempts, probe }: PlannedDelivery, outcome: Outcome): void {
    const { messageId, receivedAtMs, route, notification, fromStore = false } = this.#batch;
    const special = specialty(notification);
    const isLaneProbe = probe === 'lane';
    this.#context.journey.tell({
      messageId,
      receivedAtMs,
      uid,
      deviceId,
      step: 'answered',
      provider: route.provider.name,
      outcome: outcome.kind,
      reason: 'reason' in outcome ? outcome.reason : null,
      detail: isLaneProbe ? askedOf(route, special) : special,
      attempt: attempts + 1,
      isTold: fromStore || isLaneProbe,
      providerId: outcome.kind === 'accepted' ? outcome.receipt : null,
      atMs: this.#context.clock.now(),
    });
  }

  #done(planned: PlannedDelivery, result: DeliveryResult): void {
    this.#batch.done(planned, result);
    this.#count(-1);
  }

  /** The same delivery once more, on the other lane's route. */
  #probe(route: RouteState, planned: PlannedDelivery): void {
    new BatchRun(this.#context, { ...this.#batch, route, planned: [planned] }, this.#count).advance();
  }
}

/** What one `send` was given. */
interface Sent {
  readonly atMs: number;
  readonly monotonicMs: number;
  /** Deliveries that are not settled yet. */
  open: number;
}

function askedOf({ lane }: RouteState, special: string | null): string {
  return `asked the ${lane} environment${special === null ? '' : `; ${special}`}`;
}

/** What an operator has to know of it beside its message; null: it is that message's own notification. */
function specialty({ kind, conversation }: Notification): string | null {
  if (kind === 'badge') return 'a silent push that only sets the badge';
  return conversation?.kind === 'summary' ? 'a summary of this and earlier messages' : null;
}

/** How long a delivery without room waits in the store before it asks again. */
const overflowWaitMs = 1_000;
const patienceMs = 1_000;
/** Over which what waits for the same moment comes back. */
const longestSpreadMs = 60_000;
