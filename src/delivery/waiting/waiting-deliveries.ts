/*
 * Open this file first: it claims what is due from the store, route by route. `waiting-sender.ts` attempts what was claimed, by the rules
 * as they are then. `late-conversations.ts` lets a conversation with many old messages ring once, and `read-marks.ts` none that was read
 * meanwhile. `moved-devices.ts` finds devices that have registered on another route, `clock-steps.ts` tells that the clock was set.
 */

import type { Device } from '../../domain/device';
import { ClockSteps } from './clock-steps';
import { MovedDevices } from './moved-devices';
import { Running } from '../../shared/running';
import type { Parked } from '../../store/ports/parked';
import type { ClaimedDelivery, Retries } from '../../store/ports/retries';
import type { RoutePauses } from '../routes/route-pauses';
import { isShut, type Routes, type RouteState } from '../routes/routes';
import type { PlannedDelivery } from '../send/planned-delivery';
import { WaitingSender, type WaitingSenderContext } from './waiting-sender';

export interface WaitingContext extends WaitingSenderContext {
  readonly retries: Retries;
  readonly parked: Parked;
  readonly routes: Routes;
  readonly pauses: RoutePauses;
}

/**
 * Brings deliveries that wait in the store back to the providers: each route by itself, and only as many as it has
 * room for, so that one slow or broken provider holds up nobody else.
 *
 * stopped → running (looks every half second, and at once while there is more) → draining (claims nothing; what was
 * claimed finishes) → stopped. What a crash leaves leased comes back when its lease runs out.
 */
export class WaitingDeliveries {
  #timer: NodeJS.Timeout | null = null;
  #running = false;
  #adopted = false;
  #synchronisedAtMs = Number.NEGATIVE_INFINITY;
  readonly #steps: ClockSteps;
  readonly #moved: MovedDevices;
  readonly #sender: WaitingSender;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #runs: Running;
  /** By route: deliveries claimed and not settled yet. */
  readonly #claimed = new Map<string, number>();
  /** Routes that had no room for all that is due. */
  readonly #wanting = new Set<string>();
  readonly #context: WaitingContext;

  constructor(context: WaitingContext) {
    this.#context = context;

    this.#runs = new Running(context.events.claimFailed);
    this.#steps = new ClockSteps(context.clock);
    this.#moved = new MovedDevices(context);
    this.#sender = new WaitingSender(context, () => this.#running);
    context.pauses.onResumed((route) => void this.#release(route));
  }

  start(): void {
    this.#running = true;
    this.#schedule(0);
  }

  /** What was claimed is finished by the dispatcher's own end (see DeliveryEngine.stop). */
  async stop(): Promise<void> {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.#busy.values());
  }

  /** Resolves when everything claimed is settled. */
  settled(): Promise<void> {
    return this.#runs.ended();
  }

  #schedule(waitMs: number): void {
    if (!this.#running) return;
    this.#timer = setTimeout(() => void this.#tick(), waitMs);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    try {
      if (this.#steps.seen()) this.#context.pauses.probeAtOnce();
      if (!this.#adopted) await this.#adopt();
      await this.#synchronise();
      if (this.#moved.areDue) this.#occupy(movedName, () => this.#moved.hasten());
      const { retries, parked, routes } = this.#context;
      const [waiting, resting] = await Promise.all([retries.counts(), parked.counts()]);
      for (const id of new Set([...Object.keys(waiting), ...Object.keys(resting)]))
        this.#visit(id, resting[id] ?? 0);
      for (const route of routes.all())
        if (route.pause !== null) this.#visit(route.id, resting[route.id] ?? 0);
    } catch (error) {
      this.#context.events.claimFailed(error);
    }
    this.#schedule(tickMs);
  }

  /** What an earlier run left parked: its routes begin paused. A store that is away at the start is asked again. */
  async #adopt(): Promise<void> {
    for (const [id, count] of Object.entries(await this.#context.parked.counts())) {
      const route = this.#context.routes.byId(id);
      if (count > 0 && route !== undefined) this.#context.pauses.assumePaused(route);
    }
    this.#adopted = true;
  }

  async #synchronise(): Promise<void> {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs - this.#synchronisedAtMs < synchroniseEveryMs) return;
    this.#synchronisedAtMs = nowMs;
    await this.#context.pauses.synchronise(this.#context.routes);
  }

  /** `before`: as the device was registered until now; null: not at all. */
  registered(before: Device | null, device: Device): void {
    this.#moved.registered(before, device);
  }

  #visit(id: string, parked: number): void {
    this.#occupy(id, () => this.#visitRoute(id, parked));
  }

  /** One run at a time of each name. */
  #occupy(id: string, run: () => Promise<void>): void {
    if (this.#busy.has(id)) return;
    const busy = run()
      .catch((error: unknown) => this.#context.events.claimFailed(error))
      .finally(() => this.#busy.delete(id));
    this.#busy.set(id, busy);
  }

  async #visitRoute(id: string, parked: number): Promise<void> {
    const route = this.#context.routes.byId(id);
    if (parked > 0) void this.#start(await this.#context.parked.claimExpired(id, claimAtMost), route);
    if (route === undefined) {
      void this.#start(await this.#context.retries.claimDue(id, claimAtMost), undefined);
      return;
    }
    if (route.pause !== null) await this.#probe(route, parked);
    else if (parked > 0) await this.#release(route);
    while (this.#running) {
      // What is due on such a route is claimed all the same, and comes back parked, or due when the provider may be asked again, or
      // dead: left alone, it would outlive its deadline without a word.
      const shut = isShut(route, this.#context.clock.monotonicMs());
      const room = shut ? claimAtMost : this.#room(route);
      if (room <= 0) return void this.#wanting.add(id);
      const claimed = await this.#context.retries.claimDue(id, room);
      const started = this.#start(claimed, route);
      if (claimed.length < room) return;
      if (shut) await started;
    }
  }

  /**
   * What is free; and where fresh work leaves nothing free, still a share in the queue, lest what waits waits for ever. What was
   * claimed and is still being planned is not at the gate yet, so it counts by itself: a backlog stays in the store.
   */
  #room({ id, gate }: RouteState): number {
    const claimed = this.#claimed.get(id) ?? 0;
    const free = Math.min(gate.limit - gate.inFlight - gate.waiting, 2 * gate.limit - claimed);
    const share = claimed > 0 ? 0 : Math.ceil(gate.limit / 10);
    return Math.min(claimAtMost, Math.max(free, share));
  }

  async #probe(route: RouteState, parked: number): Promise<void> {
    // With nothing parked, the next delivery that comes along is: it is parked, and found here.
    if (parked === 0 || !(await this.#context.pauses.mayProbe(route))) return;
    const { pauses, events } = this.#context;
    const claimed = await this.#context.parked.claimOne(route.id);
    if (claimed === null) return pauses.probeEnded(route);
    events.routeProbed(route);
    void this.#start([claimed], route, 'credential')
      .then(() => pauses.probeEnded(route))
      .catch(events.claimFailed);
  }

  async #release(route: RouteState): Promise<void> {
    try {
      while (route.pause === null && (await this.#context.parked.release(route.id, releaseAtMost)) > 0);
    } catch (error) {
      this.#context.events.claimFailed(error);
    }
  }

  #start(
    claimed: readonly ClaimedDelivery[],
    route: RouteState | undefined,
    probe: PlannedDelivery['probe'] = 'none',
  ): Promise<void> {
    if (claimed.length === 0) return Promise.resolve();
    const run = this.#sender
      .send(claimed, route, probe)
      .catch((error: unknown) => this.#context.events.claimFailed(error))
      .finally(() => {
        if (route === undefined) return;
        this.#count(route, -claimed.length);
        if (this.#running && this.#wanting.delete(route.id)) this.#visit(route.id, 0);
      });
    if (route !== undefined) this.#count(route, claimed.length);
    this.#runs.add(run);
    return run;
  }

  #count({ id }: RouteState, change: number): void {
    this.#claimed.set(id, (this.#claimed.get(id) ?? 0) + change);
  }
}

/** No route has it. */
const movedName = 'moved devices';
const tickMs = 500;
const synchroniseEveryMs = 5_000;
const claimAtMost = 256;
const releaseAtMost = 500;
