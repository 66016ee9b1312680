import type { Clock, Random } from '../../domain/clock';
import type { Outcome } from '../../domain/outcome';
import type { DeliveryEvents } from '../../observability/delivery-events';
import { doubtWaitMs, type Deadlines } from '../plan/deadlines';
import type { DeliveryOptions } from '../options';
import { toPending, type DeliveryResult, type DispatchBatch, type PlannedDelivery } from './planned-delivery';
import type { Routes, RouteState } from '../routes/routes';
import type { Settler } from './settler';
import { withoutThrottled } from './throttled-devices';

export interface DispatcherContext {
  readonly options: DeliveryOptions;
  readonly routes: Routes;
  readonly settler: Settler;
  readonly events: DeliveryEvents;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sends batches within the slots of their route, and tells each delivery's result. Holds no queue of its own. */
export class Dispatcher {
  #inFlight = 0;
  #idleListeners: (() => void)[] = [];

  constructor(private readonly context: DispatcherContext) {}

  /** Deliveries at the providers now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  dispatch(batch: DispatchBatch): void {
    new BatchRun(this.context, withoutThrottled(batch, this.context), this.#count).advance();
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

/** A batch on its way: what is not sent yet, and how much of it is in flight. */
class BatchRun {
  #next = 0;
  #inFlight = 0;
  #queued = false;
  #patience: NodeJS.Timeout | null = null;

  constructor(
    private readonly context: DispatcherContext,
    private readonly batch: DispatchBatch,
    private readonly count: (change: number) => void,
  ) {}

  advance(): void {
    const { batch, context } = this;
    if (this.#queued || this.#next >= batch.planned.length) return;
    const nowMs = context.clock.monotonicMs();
    while (!this.#queued && this.#next < batch.planned.length) {
      if (this.#stopped(nowMs) || this.#givesWay(nowMs)) return;
      const room = context.options.maxInFlightPerEntry - this.#inFlight;
      if (room <= 0) return;
      const wanted = Math.min(room, batch.planned.length - this.#next);
      const granted = batch.route.gate.take(wanted, batch.lane);
      if (granted > 0) this.#send(granted, nowMs);
      else if (this.#overflows())
        this.#finishRest((planned) => this.#waitInStore(planned, overflowWaitMs, 'no room'));
      else this.#queue();
    }
  }

  #queue(): void {
    this.#queued = true;
    if (this.batch.lane === 'bulk' && this.batch.fromStore !== true) this.#watch();
    this.batch.route.gate.queue(this.batch.lane, () => {
      this.#queued = false;
      if (this.#patience !== null) clearInterval(this.#patience);
      const nowMs = this.context.clock.monotonicMs();
      if (this.#next < this.batch.planned.length && !this.#stopped(nowMs)) this.#send(1, nowMs);
      else this.batch.route.gate.give(1, this.batch.lane);
      this.advance();
    });
  }

  /** The provider may fall silent while the batch waits for its turn. */
  #watch(): void {
    this.#patience = setInterval(() => {
      if (this.#next < this.batch.planned.length && !this.#givesWay(this.context.clock.monotonicMs())) return;
      if (this.#patience !== null) clearInterval(this.#patience);
    }, patienceMs);
    this.#patience.unref();
  }

  /**
   * While a provider is silent, groups, and what would take more than half of its slots, wait in the store: entries
   * would be held by it that are for other providers as well. What comes back from the store finds out when it answers.
   */
  #givesWay(nowMs: number): boolean {
    const { route, lane, fromStore, planned } = this.batch;
    if (fromStore === true || planned[this.#next]?.probe !== 'none') return false;
    if (!route.gate.isSilent(nowMs)) return false;
    if (lane === 'direct' && route.gate.inFlight * 2 < route.gate.limit) return false;
    if (!this.context.routes.anotherHasRoom(route)) return false;
    return this.#finishRest((one) => this.#waitInStore(one, overflowWaitMs, 'the provider does not answer'));
  }

  /** A route that is full waits in memory, unless that would hold up another route's work: then in the store. */
  #overflows(): boolean {
    const { route, lane, fromStore } = this.batch;
    if (fromStore === true) return false;
    return route.gate.waitingOn(lane) >= route.gate.limit && this.context.routes.anotherHasRoom(route);
  }

  /** Ends what is not sent yet, where nothing more may be sent now. */
  #stopped(nowMs: number): boolean {
    const { batch } = this;
    if (!batch.mayStillSend()) return this.#finishRest(() => ({ kind: 'abandoned' }));
    const deadline = this.context.deadlines.of(batch.deadlineMs);
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
    const heldForMs = batch.route.gate.heldUntilMs - nowMs;
    if (heldForMs > 0)
      return this.#finishRest((planned) => this.#waitInStore(planned, heldForMs, 'provider asked to wait'));
    return false;
  }

  #finishRest(result: (planned: PlannedDelivery) => DeliveryResult): true {
    const rest = this.batch.planned.slice(this.#next);
    this.#next = this.batch.planned.length;
    for (const planned of rest) this.batch.done(planned, result(planned));
    return true;
  }

  #waitInStore(planned: PlannedDelivery, waitMs: number, reason: string): DeliveryResult {
    const { clock, random, deadlines } = this.context;
    const delayMs = Math.round(waitMs * (1 + random() / 4));
    if (deadlines.of(this.batch.deadlineMs - delayMs) === 'over') return { kind: 'dead', reason: 'expired' };
    return { kind: 'pending', pending: this.#pending(planned, clock.monotonicMs() + delayMs, reason, false) };
  }

  #endOfLifeMs(): number {
    const { clock } = this.context;
    return clock.monotonicMs() + this.batch.deadlineMs - clock.now();
  }

  #pending(planned: PlannedDelivery, dueAtMs: number, lastReason: string, parked: boolean) {
    const { attempts, ambiguousAttempts } = planned;
    return toPending(this.batch, this.batch.route.id, planned, {
      attempts,
      ambiguousAttempts,
      dueAtMs,
      lastReason,
      parked,
    });
  }

  #send(granted: number, nowMs: number): void {
    const { batch } = this;
    const started = { atMs: this.context.clock.now(), monotonicMs: nowMs };
    const slice = batch.planned.slice(this.#next, this.#next + granted);
    this.#next += granted;
    this.#inFlight += granted;
    this.count(granted);
    batch.route.provider.send(batch.notification, slice, (planned, outcome) => {
      this.#answered(planned, outcome, started);
    });
  }

  #answered(planned: PlannedDelivery, outcome: Outcome, started: Started): void {
    const { batch, context } = this;
    const nowMs = context.clock.monotonicMs();
    const tookMs = nowMs - started.monotonicMs;
    context.events.attempted(batch.route, planned, outcome, tookMs);
    // What was cut, timed out or never sent says nothing about how long answers take.
    if (outcome.kind !== 'unavailable' && outcome.kind !== 'refused_locally')
      batch.route.gate.answered(batch.lane, tookMs, nowMs);
    const settled = context.settler.settle(batch, planned, outcome, started.atMs, context.clock.now());
    this.#inFlight -= 1;
    if (settled.kind === 'asking') void settled.result.then((result) => this.#done(planned, result));
    else if (settled.kind === 'probe') this.#probe(settled.route, settled.planned);
    else batch.done(planned, settled);
    batch.route.gate.give(1, batch.lane);
    this.advance();
    if (settled.kind !== 'asking') this.count(-1);
  }

  #done(planned: PlannedDelivery, result: DeliveryResult): void {
    this.batch.done(planned, result);
    this.count(-1);
  }

  /** The same delivery once more, on the other environment's route. */
  #probe(route: RouteState, planned: PlannedDelivery): void {
    new BatchRun(this.context, { ...this.batch, route, planned: [planned] }, this.count).advance();
  }
}

interface Started {
  readonly atMs: number;
  readonly monotonicMs: number;
}

/** How long a delivery without room waits in the store before it asks again. */
const overflowWaitMs = 1_000;
const patienceMs = 1_000;
