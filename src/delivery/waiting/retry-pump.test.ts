import { Deadlines } from '../plan/deadlines';
import { Dispatcher } from '../send/dispatcher';
import { encodeBody } from '../../domain/body';
import type { Device } from '../../domain/device';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { DeadLetter } from '../../domain/dead-letter';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { Provider } from '../../providers/provider';
import type { ClaimedDelivery, PendingSettlement } from '../../store/ports/retries';
import { DeadLetterWriter } from '../send/dead-letter-writer';
import type { FanOut } from '../plan/fan-out';
import { RetryPump, type RetryPumpContext } from './retry-pump';
import { RoutePauses } from '../routes/route-pauses';
import { Routes } from '../routes/routes';
import { Settler, type SettlerContext } from '../send/settler';
import { Works } from '../plan/work';

const routeName = 'apns/production/default';
const startMs = 1_767_000_000_000;
const body = encodeBody({
  kind: 'push',
  push: {
    id: 'p',
    app: null,
    title: 'title',
    body: 'body',
    data: {},
    imageUrl: null,
    sound: null,
    collapseId: null,
    ttlSeconds: null,
    priority: 'high',
    silent: false,
  },
});

function waiting(id: string, changes: Partial<PendingDelivery> = {}): PendingDelivery {
  return {
    id,
    bodyId: 'b',
    route: routeName,
    uid: id,
    deviceId: 'phone',
    tokenKind: 'alert',
    attempts: 1,
    ambiguousAttempts: 0,
    dueAtMs: startMs,
    receivedAtMs: startMs,
    lastReason: 'Shutdown',
    parked: false,
    ...changes,
  };
}

/** A store of waiting deliveries in memory; leases never run out. */
class WaitingStore {
  readonly stored = new Map<string, PendingDelivery>();
  readonly #leased = new Set<string>();
  #changed: () => void = () => {};

  constructor(private readonly now: () => number) {}

  put(...pending: readonly PendingDelivery[]): void {
    for (const one of pending) this.stored.set(one.id, one);
  }

  /** Resolves when what is stored fits. */
  async until(fits: (stored: readonly PendingDelivery[]) => boolean): Promise<readonly PendingDelivery[]> {
    while (!fits([...this.stored.values()])) await new Promise<void>((resolve) => (this.#changed = resolve));
    return [...this.stored.values()];
  }

  readonly retries = {
    claimDue: async (_: string, max: number) => this.#claim(max, (one) => !one.parked && this.#isDue(one)),
    counts: async () => this.#counts(false),
    settle: async (settlements: readonly PendingSettlement[]) => {
      for (const { pending, next } of settlements) {
        this.#leased.delete(pending.id);
        this.stored.delete(pending.id);
        if (next !== null) this.stored.set(next.id, next);
      }
      this.#changed();
    },
  };

  readonly parked = {
    claimOne: async () => this.#claim(1, (one) => one.parked)[0] ?? null,
    claimExpired: async (_: string, max: number) => this.#claim(max, (one) => one.parked && this.#isDue(one)),
    release: async (_: string, max: number) => {
      const parked = this.#free((one) => one.parked).slice(0, max);
      for (const one of parked) this.put({ ...one, parked: false, dueAtMs: this.now() });
      return parked.length;
    },
    counts: async () => this.#counts(true),
  };

  #isDue(one: PendingDelivery): boolean {
    return one.dueAtMs <= this.now();
  }

  #free(wanted: (one: PendingDelivery) => boolean): PendingDelivery[] {
    return [...this.stored.values()].filter((one) => wanted(one) && !this.#leased.has(one.id));
  }

  #claim(max: number, wanted: (one: PendingDelivery) => boolean): ClaimedDelivery[] {
    const claimed = this.#free(wanted).slice(0, max);
    for (const { id } of claimed) this.#leased.add(id);
    return claimed.map((pending) => ({ pending, body }));
  }

  #counts(parked: boolean): Record<string, number> {
    const count = [...this.stored.values()].filter((one) => one.parked === parked).length;
    return count === 0 ? {} : { [routeName]: count };
  }
}

/** Everything between the store and the provider as it is; both ends stand in memory. */
function makePump(answer: (delivery: Delivery) => Outcome) {
  const clock = { time: startMs, now: () => clock.time, monotonicMs: () => clock.time };
  const store = new WaitingStore(clock.now);
  const letters: DeadLetter[] = [];
  const sent: string[] = [];
  const shared = new Map<string, string>();
  const counts: (number | undefined)[] = [];
  const throttledUntil = new Map<string, number>();
  /** By uid: why nothing can go out to its device any more. */
  const targets = new Map<string, string>();
  const recorded: unknown[] = [];
  const provider: Provider = {
    name: 'apns',
    app: 'default',
    environments: ['production'],
    send: (_, deliveries, settle) => {
      for (const delivery of deliveries) {
        sent.push(delivery.id);
        setImmediate(() => settle(delivery, answer(delivery)));
      }
    },
    close: async () => {},
  };
  const options = {
    maxAgeMs: 3_600_000,
    ttlMs: 3_600_000,
    maxInFlight: { apns: 10, fcm: 10 },
    maxInFlightPerEntry: 10,
    directPerBulk: 4,
    claimTimeMs: 30_000,
    retry: {
      floors: { apns: { throttledMs: 30_000, unavailableMs: 5_000, ambiguousMs: 2_000 } },
      throttledBaseMs: 1,
      unavailableBaseMs: 1,
      capMs: 900_000,
      maxAttempts: 12,
      maxAmbiguousAttempts: 3,
    },
  } as unknown as RetryPumpContext['options'];
  const dropped: string[] = [];
  const events = new Proxy(
    {},
    { get: (_, name) => (reason: string) => void (name === 'dropped' && dropped.push(reason)) },
  ) as RetryPumpContext['events'];
  const base = { options, events, clock, random: () => 0, deadlines: new Deadlines(clock) };
  const routes = new Routes([provider], options, () => null);
  const sharedState = {
    get: async (key: string) => shared.get(key) ?? null,
    set: async (key: string, value: string) => void shared.set(key, value),
    setIfAbsent: async (key: string, value: string) => {
      const found = shared.get(`${key}@${clock.time}`) ?? null;
      shared.set(`${key}@${clock.time}`, value);
      return found;
    },
  } as never;
  const pauses = new RoutePauses({ ...base, sharedState, probeIntervalMs: 60_000 });
  const hygiene = {
    accepted: () => {},
    throttled: (planned: Delivery, untilMs: number) => recorded.push([planned.uid, untilMs]),
  } as unknown as SettlerContext['hygiene'];
  const settler = new Settler({ ...base, routes, pauses, hygiene });
  const deviceOf = (uid: string) =>
    ({
      uid,
      deviceId: 'phone',
      app: 'default',
      provider: 'apns',
      environment: 'production',
      throttledUntilMs: throttledUntil.get(uid) ?? null,
    }) as Device;
  const devices = {
    listMany: async (uids: readonly string[]) => uids.map((uid) => [deviceOf(uid)]),
  } as never;
  const fanOut = {
    namesOf: async () => ({ sender: null, channel: null }),
    replan: (_: unknown, device: Device, pending: PendingDelivery, probe: 'none' | 'credential') => {
      const none = targets.get(pending.uid);
      if (none !== undefined) return none;
      counts.push(pending.summaryOf);
      const { id, uid, deviceId, attempts, ambiguousAttempts } = pending;
      const planned = { id, uid, deviceId, device, attempts, ambiguousAttempts, probe, recipient: 0 };
      const notification = {} as Notification;
      return { route: routes.byId(routeName), notification, planned: [planned] };
    },
  } as unknown as FanOut;
  const deadLetters = new DeadLetterWriter({
    ...base,
    devices,
    deadLetters: { add: async (added: readonly DeadLetter[]) => void letters.push(...added) } as never,
    bodyBytes: 1_000,
  });
  const pump = new RetryPump({
    ...base,
    retries: store.retries as never,
    parked: store.parked,
    devices,
    works: new Works(options),
    fanOut,
    dispatcher: new Dispatcher({ ...base, routes, settler }),
    deadLetters,
    routes,
    pauses,
  });
  const route = routes.byId(routeName);
  if (route === undefined) throw new Error('no route');
  return {
    pump,
    clock,
    store,
    letters,
    sent,
    route,
    pauses,
    counts,
    throttledUntil,
    recorded,
    targets,
    dropped,
  };
}

const accepted = (): Outcome => ({ kind: 'accepted', receipt: 'r' });
const refused = (): Outcome => ({ kind: 'misconfigured', reason: 'InvalidProviderToken' });

describe('RetryPump', () => {
  let made: ReturnType<typeof makePump>;
  const make = (answer: (delivery: Delivery) => Outcome): ReturnType<typeof makePump> =>
    (made = makePump(answer));
  afterEach(() => made.pump.stop());

  it('parks what comes due on a paused route', async () => {
    const { pump, store, pauses, route, sent } = make(refused);
    pauses.refused(route, 'InvalidProviderToken');
    store.put(...Array.from({ length: 600 }, (_, index) => waiting(`p${index}`)));
    pump.start();
    const parked = await store.until((all) => all.length === 600 && all.every((one) => one.parked));
    expect(parked[0]).toMatchObject({ dueAtMs: startMs + 3_600_000, attempts: 1 });
    expect(sent.length).toBeLessThanOrEqual(1);
  });

  it('makes dead letters at their deadline of what is due on a paused or held route', async () => {
    const { pump, store, pauses, route, clock, letters, sent } = make(refused);
    pauses.refused(route, 'InvalidProviderToken');
    route.gate.hold(startMs + 10_000_000);
    store.put(waiting('p1'), waiting('p2', { parked: true, dueAtMs: startMs + 3_600_000 }));
    clock.time = startMs + 3_600_000;
    pump.start();
    await store.until((all) => all.length === 0);
    expect(letters.flatMap(({ recipients }) => recipients.map(({ uid }) => uid)).sort()).toEqual([
      'p1',
      'p2',
    ]);
    expect(sent).toEqual([]);
  });

  it('lets wait until it may be asked what is due on a held route, and buries what would be too late then', async () => {
    const { pump, store, route, letters, sent } = make(accepted);
    route.gate.hold(startMs + 600_000);
    store.put(waiting('late', { receivedAtMs: startMs - 3_300_000, bodyId: 'old' }), waiting('p1'));
    pump.start();
    const left = await store.until((all) => all.length === 1 && (all[0]?.dueAtMs ?? 0) > startMs);
    expect(left).toMatchObject([{ id: 'p1', dueAtMs: startMs + 600_000, attempts: 1, parked: false }]);
    expect(letters).toHaveLength(1);
    expect(sent).toEqual([]);
  });

  it('opens a paused route for one delivery, not for all, when nothing is parked', async () => {
    const { pump, store, pauses, route, sent } = make(refused);
    pauses.refused(route, 'InvalidProviderToken');
    pump.start();
    store.put(...['p1', 'p2', 'p3'].map((id) => waiting(id)));
    await store.until((all) => all.every((one) => one.parked && one.lastReason === 'InvalidProviderToken'));
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await store.until((all) => all.every((one) => one.parked));
    expect(route.pause).not.toBeNull();
    expect(sent).toHaveLength(1);
  });

  it('opens the route wholly once a probe got through', async () => {
    const { pump, store, pauses, route, sent } = make(accepted);
    pauses.refused(route, 'InvalidProviderToken');
    store.put(...['p1', 'p2', 'p3'].map((id) => waiting(id, { parked: true, dueAtMs: startMs + 3_600_000 })));
    pump.start();
    await store.until((all) => all.length === 0);
    expect(route.pause).toBeNull();
    expect(sent.sort()).toEqual(['p1', 'p2', 'p3']);
  });

  it('closes what a storm held back before it goes out, and keeps its count, however often it is tried', async () => {
    let attempts = 0;
    const { pump, store, clock, counts } = make(() =>
      (attempts += 1) === 1
        ? { kind: 'unavailable', reason: 'Shutdown', ambiguous: false, retryAfterMs: null }
        : accepted(),
    );
    store.put(waiting('p1', { summaryOf: 3, collects: 7, attempts: 0 }));
    pump.start();
    const [again] = await store.until((all) => all[0]?.attempts === 1);
    expect(again).toMatchObject({ lastReason: 'Shutdown', summaryOf: 3 });
    expect(again).not.toHaveProperty('collects');
    clock.time += 5_000;
    await store.until((all) => all.length === 0);
    expect(counts).toEqual([3, 3]);
  });

  it('says what became of a device that nothing can go out to any more', async () => {
    const { pump, store, targets, dropped, letters } = make(accepted);
    targets.set('p1', 'suspended').set('p2', 'no_device').set('p3', 'not_configured');
    store.put(waiting('p1'), waiting('p2'), waiting('p3'));
    pump.start();
    await store.until((all) => all.length === 0);
    expect(dropped.sort()).toEqual(['device_gone', 'suspended']);
    expect(letters.map(({ reason }) => reason)).toEqual(['no credential for apns production of app default']);
  });

  it('lets wait what is for a throttled device, and counts no attempt', async () => {
    const { pump, store, sent, throttledUntil } = make(accepted);
    throttledUntil.set('p1', startMs + 90_000);
    store.put(waiting('p1'), waiting('p2'));
    pump.start();
    const left = await store.until((all) => all.length === 1 && (all[0]?.dueAtMs ?? 0) > startMs);
    expect(left).toMatchObject([{ id: 'p1', dueAtMs: startMs + 90_000, attempts: 1, parked: false }]);
    expect(sent).toEqual(['p2']);
  });

  it('notes for all replicas which device the provider wants left in peace', async () => {
    const { pump, store, recorded, route } = make(() => ({
      kind: 'throttled',
      reason: 'TooManyRequests',
      scope: 'device',
      retryAfterMs: 120_000,
    }));
    store.put(waiting('p1'));
    pump.start();
    await store.until((all) => all[0]?.attempts === 2);
    expect(recorded).toEqual([['p1', startMs + 120_000]]);
    expect(route.gate.heldUntilMs).toBe(0);
  });

  it('probes a paused credential with another delivery where the first is for a throttled device', async () => {
    const { pump, store, clock, pauses, route, throttledUntil, sent } = make(accepted);
    pauses.refused(route, 'InvalidProviderToken');
    throttledUntil.set('p1', startMs + 3_000_000);
    const deadline = { parked: true, dueAtMs: startMs + 3_600_000 };
    store.put(waiting('p1', deadline), waiting('p2', deadline));
    pump.start();
    await store.until((all) => all.some((one) => one.id === 'p1' && !one.parked));
    clock.time += 60_000;
    await store.until((all) => all.length === 1);
    expect(sent).toEqual(['p2']);
    expect(route.pause).toBeNull();
  });
});
