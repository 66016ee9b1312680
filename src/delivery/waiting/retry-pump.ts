import type { Clock } from '../../domain/clock';
import { ClockSteps } from '../../domain/clock-steps';
import type { Device } from '../../domain/device';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { DeliveryEvents, RecipientResult } from '../../observability/delivery-events';
import type { Devices } from '../../store/ports/devices';
import type { Parked } from '../../store/ports/parked';
import type { ClaimedDelivery, PendingSettlement, Retries } from '../../store/ports/retries';
import type { Deadlines } from '../plan/deadlines';
import { Deaths, type DeadLetterWriter } from '../send/dead-letter-writer';
import type { Dispatcher } from '../send/dispatcher';
import type { FanOut } from '../plan/fan-out';
import { LateConversations } from './late-conversations';
import type { DeliveryOptions } from '../options';
import type { DeliveryResult, PlannedDelivery } from '../send/planned-delivery';
import type { RoutePauses } from '../routes/route-pauses';
import type { Routes, RouteState } from '../routes/routes';
import { SettlementWriter } from '../inbox/settlement-writer';
import { closedSummary, joinSummaries } from '../plan/storm-summary';
import type { Work, Works } from '../plan/work';

export interface RetryPumpContext {
  readonly options: DeliveryOptions;
  readonly retries: Retries;
  readonly parked: Parked;
  readonly devices: Devices;
  readonly works: Works;
  readonly fanOut: FanOut;
  readonly dispatcher: Dispatcher;
  readonly deadLetters: DeadLetterWriter;
  readonly routes: Routes;
  readonly pauses: RoutePauses;
  readonly deadlines: Deadlines;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/**
 * Brings deliveries that wait in the store back to the providers: each route by itself, and only as many as it has
 * room for, so that one slow or broken provider holds up nobody else.
 *
 * stopped → running (looks every half second, and at once while there is more) → draining (claims nothing; what was
 * claimed finishes) → stopped. What a crash leaves leased comes back when its lease runs out.
 */
export class RetryPump {
  #timer: NodeJS.Timeout | null = null;
  #running = false;
  #adopted = false;
  #synchronisedAtMs = Number.NEGATIVE_INFINITY;
  readonly #steps: ClockSteps;
  readonly #settlements: SettlementWriter<PendingSettlement>;
  readonly #late: LateConversations;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #work = new Set<Promise<void>>();
  /** By route: deliveries claimed and not settled yet. */
  readonly #claimed = new Map<string, number>();

  constructor(private readonly context: RetryPumpContext) {
    const { retries, events } = context;
    this.#steps = new ClockSteps(context.clock);
    this.#settlements = new SettlementWriter(
      (settlements) => retries.settle(settlements),
      events.settleFailed,
    );
    this.#late = new LateConversations(context.works, context.deadlines);
    context.pauses.onResumed((route) => void this.#release(route));
  }

  start(): void {
    this.#running = true;
    this.#schedule(0);
  }

  /** What was claimed is finished by the dispatcher's own end (see Delivery.stop). */
  async stop(): Promise<void> {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.#busy.values());
  }

  /** Resolves when everything claimed is settled. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #schedule(waitMs: number): void {
    if (!this.#running) return;
    this.#timer = setTimeout(() => void this.#tick(), waitMs);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    try {
      if (this.#steps.seen()) this.context.pauses.probeAtOnce();
      if (!this.#adopted) await this.#adopt();
      await this.#synchronise();
      const [waiting, parked] = await Promise.all([
        this.context.retries.counts(),
        this.context.parked.counts(),
      ]);
      for (const id of new Set([...Object.keys(waiting), ...Object.keys(parked)]))
        this.#visit(id, parked[id] ?? 0);
      for (const route of this.context.routes.all())
        if (route.pause !== null) this.#visit(route.id, parked[route.id] ?? 0);
    } catch (error) {
      this.context.events.claimFailed(error);
    }
    this.#schedule(tickMs);
  }

  /** What an earlier run left parked: its routes begin paused. A store that is away at the start is asked again. */
  async #adopt(): Promise<void> {
    for (const [id, count] of Object.entries(await this.context.parked.counts())) {
      const route = this.context.routes.byId(id);
      if (count > 0 && route !== undefined) this.context.pauses.assumePaused(route);
    }
    this.#adopted = true;
  }

  async #synchronise(): Promise<void> {
    const nowMs = this.context.clock.monotonicMs();
    if (nowMs - this.#synchronisedAtMs < synchroniseEveryMs) return;
    this.#synchronisedAtMs = nowMs;
    await this.context.pauses.synchronise(this.context.routes);
  }

  #visit(id: string, parked: number): void {
    if (this.#busy.has(id)) return;
    const visit = this.#visitRoute(id, parked)
      .catch((error: unknown) => this.context.events.claimFailed(error))
      .finally(() => this.#busy.delete(id));
    this.#busy.set(id, visit);
  }

  async #visitRoute(id: string, parked: number): Promise<void> {
    const route = this.context.routes.byId(id);
    if (parked > 0) void this.#start(await this.context.parked.claimExpired(id, claimAtMost), route);
    if (route === undefined) {
      void this.#start(await this.context.retries.claimDue(id, claimAtMost), undefined);
      return;
    }
    if (route.pause !== null) await this.#probe(route, parked);
    else if (parked > 0) await this.#release(route);
    while (this.#running) {
      const shut = this.#isShut(route);
      const room = shut ? claimAtMost : this.#room(route);
      if (room <= 0) return;
      const claimed = await this.context.retries.claimDue(id, room);
      const started = this.#start(claimed, route);
      if (claimed.length < room) return;
      if (shut) await started;
    }
  }

  /**
   * Nothing that is due goes out on it now. It is claimed all the same, and comes back parked, or due when the provider
   * may be asked again, or dead: left alone, it would outlive its deadline without a word.
   */
  #isShut({ pause, gate }: RouteState): boolean {
    return pause !== null || gate.heldUntilMs > this.context.clock.monotonicMs();
  }

  /** What is free; and where fresh work leaves nothing free, still a share in the queue, lest what waits waits for ever. */
  #room({ id, gate }: RouteState): number {
    const free = gate.limit - gate.inFlight - gate.waiting;
    const share = (this.#claimed.get(id) ?? 0) > 0 ? 0 : Math.ceil(gate.limit / 10);
    return Math.min(claimAtMost, Math.max(free, share));
  }

  async #probe(route: RouteState, parked: number): Promise<void> {
    // With nothing parked, the next delivery that comes along is: it is parked, and found here.
    if (parked === 0 || !(await this.context.pauses.mayProbe(route))) return;
    const claimed = await this.context.parked.claimOne(route.id);
    if (claimed === null) return;
    this.context.events.routeProbed(route);
    void this.#start([claimed], route, 'credential');
  }

  async #release(route: RouteState): Promise<void> {
    try {
      while (route.pause === null && (await this.context.parked.release(route.id, releaseAtMost)) > 0);
    } catch (error) {
      this.context.events.claimFailed(error);
    }
  }

  #start(
    claimed: readonly ClaimedDelivery[],
    route: RouteState | undefined,
    probe: PlannedDelivery['probe'] = 'none',
  ): Promise<void> {
    if (claimed.length === 0) return Promise.resolve();
    const work = this.#run(claimed, route, probe)
      .catch((error: unknown) => this.context.events.claimFailed(error))
      .finally(() => {
        this.#work.delete(work);
        if (route !== undefined) this.#count(route, -claimed.length);
      });
    this.#work.add(work);
    if (route !== undefined) this.#count(route, claimed.length);
    return work;
  }

  #count({ id }: RouteState, change: number): void {
    this.#claimed.set(id, (this.#claimed.get(id) ?? 0) + change);
  }

  async #run(
    all: readonly ClaimedDelivery[],
    route: RouteState | undefined,
    probe: PlannedDelivery['probe'],
  ): Promise<void> {
    const { joined: claimed, absorbed } = joinSummaries(all);
    const devices = await this.#devicesOf(claimed);
    const superseded = probe === 'none' ? this.#late.superseded(claimed) : new Set<ClaimedDelivery>();
    await Promise.all(
      claimed.map(async (one, index) => {
        if (superseded.has(one)) return this.#settle(one, { kind: 'dropped', reason: 'superseded' });
        const result = await this.#attempt(one, devices[index] ?? null, route, probe);
        return result === null ? this.#bury(one) : this.#settle(one, result);
      }),
    );
    for (const { pending } of absorbed) await this.#write({ pending, next: null, leased: true });
  }

  async #devicesOf(claimed: readonly ClaimedDelivery[]): Promise<(Device | undefined)[]> {
    const lists = await this.context.devices.listMany(claimed.map((one) => one.pending.uid));
    return claimed.map((one, index) =>
      lists[index]?.find((device) => device.deviceId === one.pending.deviceId),
    );
  }

  #read(one: ClaimedDelivery): Work | null {
    try {
      return this.context.works.read(one.pending.bodyId, one.body, one.pending.receivedAtMs);
    } catch (error) {
      this.context.events.claimFailed(error);
      return null;
    }
  }

  /** Null where its body cannot be read. The work is not kept until the answer: thousands may be on their way. */
  async #attempt(
    one: ClaimedDelivery,
    device: Device | null,
    route: RouteState | undefined,
    probe: PlannedDelivery['probe'],
  ): Promise<DeliveryResult | null> {
    const { pending } = one;
    const work = this.#read(one);
    if (work === null) return null;
    const claimedAtMs = one.claimedAtMs ?? this.context.clock.monotonicMs();
    // Before anything else: no dead letter tells of a user who has been erased.
    if (device === null) return { kind: 'dropped', reason: 'device_gone' };
    if (pending.collects !== undefined)
      return {
        kind: 'pending',
        pending: closedSummary(work, device, pending, this.context.clock.monotonicMs()),
      };
    if (this.context.deadlines.of(work.deadlineMs) === 'over')
      return {
        kind: 'dead',
        reason: pending.lastReason === null ? 'expired' : `expired (${pending.lastReason})`,
      };
    if (route === undefined) return { kind: 'dead', reason: `no credential for ${pending.route}` };
    const names = await this.context.fanOut.namesOf(work);
    // Of a device that has moved, an answer says nothing of the credential that was to be tried.
    const isAtHome = this.context.routes.find(device.app, device.provider, device.environment) === route;
    const group = this.context.fanOut.replan(work, device, pending, isAtHome ? probe : 'none', names);
    if (typeof group === 'string') return withoutTarget(group, device);
    return new Promise((resolve) => {
      this.context.dispatcher.dispatch({
        ...group,
        bodyId: work.bodyId,
        lane: 'bulk',
        fromStore: true,
        receivedAtMs: work.receivedAtMs,
        deadlineMs: work.deadlineMs,
        mayStillSend: () =>
          this.#running &&
          this.context.clock.monotonicMs() - claimedAtMs < this.context.options.claimTimeMs / 2,
        done: (_, result) => resolve(result),
      });
    });
  }

  #write(settlement: PendingSettlement): Promise<void> {
    return new Promise((resolve) => this.#settlements.write(settlement, resolve));
  }

  async #bury(one: ClaimedDelivery): Promise<void> {
    const { receivedAtMs, uid } = one.pending;
    await this.context.deadLetters.writeEntry(
      { receivedAtMs, body: one.body, recipients: [uid] },
      'unreadable body',
    );
    return this.#write({ pending: one.pending, next: null });
  }

  async #settle(one: ClaimedDelivery, result: DeliveryResult): Promise<void> {
    return this.#write({ ...(await this.#settlementOf(one, result)), leased: true });
  }

  async #settlementOf(one: ClaimedDelivery, result: DeliveryResult): Promise<PendingSettlement> {
    const { pending } = one;
    switch (result.kind) {
      case 'accepted':
      case 'dropped':
        if (result.kind === 'dropped') this.context.events.dropped(result.reason);
        return { pending, next: null };
      case 'pending':
        return { pending, next: { ...summaryOf(pending), ...result.pending } };
      case 'dead': {
        const work = this.#read(one);
        if (work !== null)
          await this.context.deadLetters.writeDeliveries(work, deathOf(pending, result.reason));
        return { pending, next: null };
      }
      case 'abandoned':
        return { pending, next: pending };
      default:
        return result;
    }
  }
}

/** As for a message that finds the device like this: only where no credential fits, somebody has to know. */
function withoutTarget(result: RecipientResult, { provider, environment, app }: Device): DeliveryResult {
  return result === 'not_configured'
    ? { kind: 'dead', reason: `no credential for ${provider} ${environment} of app ${app}` }
    : { kind: 'dropped', reason: result === 'no_device' ? 'device_gone' : result };
}

function summaryOf({ summaryOf: count }: PendingDelivery): Pick<PendingDelivery, 'summaryOf'> {
  return count === undefined ? {} : { summaryOf: count };
}

function deathOf(pending: PendingDelivery, reason: string) {
  const deaths = new Deaths();
  deaths.add(reason, pending.route, {
    uid: pending.uid,
    deviceId: pending.deviceId,
    tokenKind: pending.tokenKind,
  });
  return deaths.list();
}

const tickMs = 500;
const synchroniseEveryMs = 5_000;
const claimAtMost = 256;
const releaseAtMost = 500;
