import { Catalogues } from '../../content/catalogues';
import { MessageReader } from '../../content/message-content';
import { Deadlines } from '../../shared/deadlines';
import { Dispatcher } from '../send/dispatcher';
import { encodeBody } from '../../domain/body';
import type { Device } from '../../domain/device';
import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { DeadLetter } from '../../domain/dead-letter';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { Provider } from '../../providers/provider';
import type { ClaimedDelivery, PendingSettlement } from '../../store/ports/retries';
import { DeadLetterWriter } from '../send/dead-letter-writer';
import { EndedCalls } from '../plan/ended-calls';
import { FanOut } from '../plan/fan-out';
import { RecipientLookUp } from '../plan/recipient-look-up';
import { createDeviceRule } from '../rules/device-rules';
import { createMessageRules } from '../rules/message-rules';
import { Renderer } from '../plan/renderer';
import type { DeliveryOptions } from '../options';
import type { Profiles } from '../../store/ports/people';
import { ResultKeeper } from '../send/result-keeper';
import type { Journey } from '../../domain/journey';
import type { Message } from '../../domain/message';
import { WaitingDeliveries, type WaitingContext } from './waiting-deliveries';
import { RoutePauses } from '../routes/route-pauses';
import { Routes } from '../routes/routes';
import { Settler, type SettlerContext } from '../send/settler';
import { DecodedEvents } from '../plan/decoded-event';
import { nextTurn } from '../../runtime/slice';
import { plainSenders } from '../../../test/helpers/content-rules';

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

/** Bodies named `m…` are messages, others pushes of the app server's own. */
function bodyOf(bodyId: string): Buffer {
  if (!bodyId.startsWith('m')) return body;
  const message = {
    messageId: bodyId,
    messageSeq: 1,
    clientMsgNo: '',
    fromUid: 'alice',
    channelId: 'team',
    channelType: 2,
    topic: '',
    setting: 0,
    noPersist: false,
    redDot: true,
    syncOnce: false,
    expireSeconds: 0,
    timestampSeconds: 0,
    payload: Buffer.from('{"type":1,"content":"hello"}').toString('base64'),
  } satisfies Message;
  return encodeBody({ kind: 'message', message });
}

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
  readonly #asked = new Map<string, () => void>();
  #changed: () => void = () => {};
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(...pending: readonly PendingDelivery[]): void {
    for (const one of pending) this.stored.set(one.id, one);
  }

  /** Claimed and not settled. */
  get claimed(): number {
    return this.#leased.size;
  }

  /** By another relay. */
  lease(id: string): void {
    this.#leased.add(id);
  }

  /** Resolves at the next question of that name. */
  asked(name: 'claimOne' | 'counts'): Promise<void> {
    return new Promise((resolve) => this.#asked.set(name, resolve));
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
    claimOne: async () => {
      this.#asked.get('claimOne')?.();
      return this.#claim(1, (one) => one.parked)[0] ?? null;
    },
    claimExpired: async (_: string, max: number) => this.#claim(max, (one) => one.parked && this.#isDue(one)),
    release: async (_: string, max: number) => {
      const parked = this.#free((one) => one.parked).slice(0, max);
      for (const one of parked) this.put({ ...one, parked: false, dueAtMs: this.#now() });
      return parked.length;
    },
    counts: async () => {
      this.#asked.get('counts')?.();
      return this.#counts(true);
    },
  };

  #isDue(one: PendingDelivery): boolean {
    return one.dueAtMs <= this.#now();
  }

  #free(wanted: (one: PendingDelivery) => boolean): PendingDelivery[] {
    return [...this.stored.values()].filter((one) => wanted(one) && !this.#leased.has(one.id));
  }

  #claim(max: number, wanted: (one: PendingDelivery) => boolean): ClaimedDelivery[] {
    const claimed = this.#free(wanted).slice(0, max);
    for (const { id } of claimed) this.#leased.add(id);
    return claimed.map((pending) => ({ pending, body: bodyOf(pending.bodyId) }));
  }

  #counts(parked: boolean): Record<string, number> {
    const count = [...this.stored.values()].filter((one) => one.parked === parked).length;
    return count === 0 ? {} : { [routeName]: count };
  }
}

/** Everything between the store and the provider as it is; both ends stand in memory. */
function makeWaiting(answer: (delivery: Delivery) => Outcome) {
  const clock = { time: startMs, now: () => clock.time, monotonicMs: () => clock.time };
  const store = new WaitingStore(clock.now);
  const letters: DeadLetter[] = [];
  const sent: string[] = [];
  const shared = new Map<string, string>();
  const shown: (string | null)[] = [];
  const throttledUntil = new Map<string, number>();
  /** By uid: what its device is by now. */
  const changes = new Map<string, Partial<Device>>();
  const recorded: unknown[] = [];
  /** When the store answers who has which device. */
  const slowLookUp: { until: Promise<void> } = { until: Promise.resolve() };
  let sends = 0;
  const provider: Provider = {
    name: 'apns',
    app: 'default',
    lanes: ['production'],
    batch: 1,
    check: () => Promise.reject(new Error('nobody checks it')),
    send: (notification, deliveries, settle) => {
      sends += 1;
      for (const delivery of deliveries) {
        shown.push(notification.body);
        sent.push(delivery.uid);
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
    suspendForMs: 86_400_000,
    retry: {
      floors: { apns: { throttledMs: 30_000, unavailableMs: 5_000, ambiguousMs: 2_000 } },
      throttledBaseMs: 1,
      unavailableBaseMs: 1,
      capMs: 900_000,
      maxAttempts: 12,
      maxAmbiguousAttempts: 3,
    },
  } as unknown as DeliveryOptions;
  const dropped: string[] = [];
  const events = new Proxy(
    {},
    { get: (_, name) => (reason: string) => void (name === 'dropped' && dropped.push(reason)) },
  ) as WaitingContext['events'];
  const base = { options, events, clock, random: () => 0, deadlines: new Deadlines(clock) };
  const routes = new Routes([provider], options, () => null);
  const sharedState = {
    get: async (key: string) => shared.get(key) ?? null,
    set: async (key: string, value: string) => void shared.set(key, value).set(`${key}@${clock.time}`, value),
    setIfAbsent: async (key: string, value: string) => {
      const found = shared.get(`${key}@${clock.time}`) ?? null;
      shared.set(`${key}@${clock.time}`, value);
      return found;
    },
    delete: async (key: string) => {
      for (const name of shared.keys()) if (name.split('@')[0] === key) shared.delete(name);
    },
  } as never;
  const pauses = new RoutePauses({ ...base, sharedState, probeIntervalMs: 60_000 });
  const hygiene = {
    accepted: () => {},
    movedTo: () => Promise.resolve(null),
    throttled: (planned: Delivery, untilMs: number) => recorded.push([planned.uid, untilMs]),
  } as unknown as SettlerContext['hygiene'];
  const settler = new Settler({ ...base, routes, pauses, hygiene });
  const deviceOf = (uid: string) =>
    ({
      uid,
      deviceId: 'phone',
      app: 'default',
      provider: 'apns',
      lane: 'production',
      token: `token of ${uid}`,
      locale: null,
      preview: null,
      suspendedUntilMs: null,
      throttledUntilMs: throttledUntil.get(uid) ?? null,
      ...changes.get(uid),
    }) as Device;
  const devices = {
    listMany: async (uids: readonly string[]) => uids.map((uid) => [deviceOf(uid)]),
  } as never;
  const journey: Journey = { isFollowed: false, tell: () => {} };
  const lookUp = new RecipientLookUp(
    {
      recipients: {
        find: async (questions) => {
          await slowLookUp.until;
          return questions
            .flatMap(({ uids }) => uids)
            .map((uid) => ({ uid, devices: [deviceOf(uid)], preferences: null, mute: null }));
        },
      },
      profiles: {
        getUsers: async (uids: readonly string[]) => uids.map(() => null),
        getChannel: async () => null,
      } as unknown as Profiles,
      givenNames: {
        findAliases: (questions) => Promise.resolve(questions.map(() => [])),
        getMembers: (members) => Promise.resolve(members.map(() => null)),
      },
    },
    null,
    null,
  );
  const endedCalls = new EndedCalls({ get: async () => null });
  const noRecalls = {
    of: (events: readonly unknown[]) => Promise.resolve(events.map(() => 'current')),
  } as never;
  const fanOut = new FanOut({
    ...base,
    messageRules: createMessageRules({ noPersist: true, noRedDot: true, commands: true, channelTypes: [] }),
    deviceRule: createDeviceRule(() => 'UTC'),
    routes,
    lookUp,
    journey,
    renderer: new Renderer(new Catalogues({}), { locale: 'en', preview: 'full', apps: new Map() }),
    storm: null,
    recalls: noRecalls,
    badgeStorm: null,
    badges: null,
    badgeNumbers: null,
    duplicateMarks: {} as never,
    ringingCalls: {} as never,
    endedCalls,
  });
  const deadLetters = new DeadLetterWriter({
    ...base,
    devices,
    deadLetters: { add: async (added: readonly DeadLetter[]) => void letters.push(...added) } as never,
    bodyBytes: 1_000,
  });
  const deliveries = new WaitingDeliveries({
    ...base,
    retries: store.retries as never,
    parked: store.parked,
    decoded: new DecodedEvents(
      options,
      new MessageReader({ types: {}, unknown: 'neutral', callTypes: [], callCommands: [], ...plainSenders }),
    ),
    lookUp,
    recalls: noRecalls,
    sharedState: { getMany: async (keys) => keys.map(() => null) },
    fanOut,
    endedCalls,
    dispatcher: new Dispatcher({ ...base, routes, settler, journey, spans: null }),
    deadLetters,
    results: new ResultKeeper({ ...base, deadLetters, journey }),
    routes,
    pauses,
  });
  const route = routes.byId(routeName);
  if (route === undefined) throw new Error('no route');
  return {
    deliveries,
    slowLookUp,
    clock,
    store,
    letters,
    sent,
    route,
    pauses,
    shown,
    throttledUntil,
    recorded,
    changes,
    dropped,
    sends: () => sends,
  };
}

const accepted = (): Outcome => ({ kind: 'accepted', receipt: 'r' });
const refused = (): Outcome => ({ kind: 'misconfigured', reason: 'InvalidProviderToken' });

describe('WaitingDeliveries', () => {
  let made: ReturnType<typeof makeWaiting>;
  const make = (answer: (delivery: Delivery) => Outcome): ReturnType<typeof makeWaiting> =>
    (made = makeWaiting(answer));
  afterEach(() => made.deliveries.stop());

  it('parks what comes due on a paused route', async () => {
    const { deliveries, store, pauses, route, sent } = make(refused);
    pauses.refused(route, 'InvalidProviderToken');
    store.put(...Array.from({ length: 600 }, (_, index) => waiting(`p${index}`)));
    deliveries.start();
    const parked = await store.until((all) => all.length === 600 && all.every((one) => one.parked));
    expect(parked[0]).toMatchObject({ dueAtMs: startMs + 3_600_000, attempts: 1 });
    expect(sent.length).toBeLessThanOrEqual(1);
  });

  it('claims no more than it can send soon, however long the store takes to find the devices', async () => {
    const { deliveries, store, slowLookUp, sent } = make(accepted);
    let answer = (): void => {};
    slowLookUp.until = new Promise((resolve) => (answer = resolve));
    store.put(...Array.from({ length: 2_000 }, (_, index) => waiting(`p${index}`)));
    deliveries.start();
    while (store.claimed === 0) await nextTurn();
    for (let turn = 0; turn < 100; turn += 1) await nextTurn();
    // Twice what the route sends at a time, which is 10.
    expect(store.claimed).toBeLessThanOrEqual(20);
    answer();
    // Each batch that ends makes room for the next, without a tick of 500 ms in between.
    await store.until((all) => all.length === 0);
    expect(sent).toHaveLength(2_000);
  });

  it('makes dead letters at their deadline of what is due on a paused or held route', async () => {
    const { deliveries, store, pauses, route, clock, letters, sent } = make(refused);
    pauses.refused(route, 'InvalidProviderToken');
    route.gate.hold(startMs + 10_000_000);
    store.put(waiting('p1'), waiting('p2', { parked: true, dueAtMs: startMs + 3_600_000 }));
    clock.time = startMs + 3_600_000;
    deliveries.start();
    await store.until((all) => all.length === 0);
    expect(letters.flatMap(({ recipients }) => recipients.map(({ uid }) => uid)).sort()).toEqual([
      'p1',
      'p2',
    ]);
    expect(sent).toEqual([]);
  });

  it('lets wait until it may be asked what is due on a held route, and buries what is too late before', async () => {
    const { clock, deliveries, store, route, letters, sent } = make(accepted);
    route.gate.hold(startMs + 600_000);
    store.put(waiting('late', { receivedAtMs: startMs - 3_300_000, bodyId: 'old' }), waiting('p1'));
    deliveries.start();
    const left = await store.until((all) => all.every(({ dueAtMs }) => dueAtMs > startMs));
    const rest = { attempts: 1, parked: false, lastReason: 'provider asked to wait' };
    const p1 = { ...rest, uid: 'p1', dueAtMs: startMs + 600_000 };
    expect(left).toMatchObject([{ ...rest, uid: 'late', dueAtMs: startMs + 300_000 }, p1]);
    expect(letters).toEqual([]);
    clock.time = startMs + 300_000;
    expect(await store.until((all) => all.length === 1)).toMatchObject([p1]);
    expect(letters).toHaveLength(1);
    expect(sent).toEqual([]);
  });

  it('opens a paused route for one delivery, not for all, when nothing is parked', async () => {
    const { deliveries, store, pauses, route, sent } = make(refused);
    pauses.refused(route, 'InvalidProviderToken');
    deliveries.start();
    store.put(...['p1', 'p2', 'p3'].map((id) => waiting(id)));
    await store.until((all) => all.every((one) => one.parked && one.lastReason === 'InvalidProviderToken'));
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await store.until((all) => all.every((one) => one.parked));
    expect(route.pause).not.toBeNull();
    expect(sent).toHaveLength(1);
  });

  it('opens the route wholly once a probe got through', async () => {
    const { deliveries, store, pauses, route, sent } = make(accepted);
    pauses.refused(route, 'InvalidProviderToken');
    store.put(...['p1', 'p2', 'p3'].map((id) => waiting(id, { parked: true, dueAtMs: startMs + 3_600_000 })));
    deliveries.start();
    await store.until((all) => all.length === 0);
    expect(route.pause).toBeNull();
    expect(sent.sort()).toEqual(['p1', 'p2', 'p3']);
  });

  it('closes what a storm held back before it goes out, and keeps its count, however often it is tried', async () => {
    let attempts = 0;
    const { deliveries, store, clock, shown } = make(() =>
      (attempts += 1) === 1
        ? { kind: 'unavailable', reason: 'Shutdown', ambiguous: false, retryAfterMs: null }
        : accepted(),
    );
    store.put(waiting('p1', { bodyId: 'm1', summaryOf: 3, collects: 7, attempts: 0 }));
    deliveries.start();
    const [again] = await store.until((all) => all[0]?.attempts === 1);
    expect(again).toMatchObject({ lastReason: 'Shutdown', summaryOf: 3 });
    expect(again).not.toHaveProperty('collects');
    clock.time += 5_000;
    await store.until((all) => all.length === 0);
    expect(shown).toEqual(['3 new messages', '3 new messages']);
  });

  it('says what became of a device that nothing can go out to any more', async () => {
    const { deliveries, store, changes, dropped, letters } = make(accepted);
    changes
      .set('p1', { suspendedUntilMs: startMs + 1_000 })
      .set('p2', { token: null })
      .set('p3', { app: 'other' });
    store.put(waiting('p1'), waiting('p2'), waiting('p3'));
    deliveries.start();
    await store.until((all) => all.length === 0);
    expect(dropped.sort()).toEqual(['device_gone', 'suspended']);
    expect(letters.map(({ reason }) => reason)).toEqual(['no credential for apns production of app other']);
  });

  it('lets wait what is for a throttled device, and counts no attempt', async () => {
    const { deliveries, store, sent, throttledUntil } = make(accepted);
    throttledUntil.set('p1', startMs + 90_000);
    store.put(waiting('p1'), waiting('p2'));
    deliveries.start();
    const left = await store.until((all) => all.length === 1 && (all[0]?.dueAtMs ?? 0) > startMs);
    expect(left).toMatchObject([{ uid: 'p1', dueAtMs: startMs + 90_000, attempts: 1, parked: false }]);
    expect(sent).toEqual(['p2']);
  });

  it('notes for all replicas which device the provider wants left in peace', async () => {
    const { deliveries, store, recorded, route } = make(() => ({
      kind: 'throttled',
      reason: 'TooManyRequests',
      scope: 'device',
      retryAfterMs: 120_000,
    }));
    store.put(waiting('p1'));
    deliveries.start();
    await store.until((all) => all[0]?.attempts === 2);
    expect(recorded).toEqual([['p1', startMs + 120_000]]);
    expect(route.gate.heldUntilMs).toBe(0);
  });

  it('probes a paused credential with another delivery where the first is for a throttled device', async () => {
    const { deliveries, store, pauses, route, throttledUntil, sent } = make(accepted);
    pauses.refused(route, 'InvalidProviderToken');
    throttledUntil.set('p1', startMs + 3_000_000);
    const deadline = { parked: true, dueAtMs: startMs + 3_600_000 };
    store.put(waiting('p1', deadline), waiting('p2', deadline));
    deliveries.start();
    await store.until((all) => all.length === 1);
    expect(sent).toEqual(['p2']);
    expect(route.pause).toBeNull();
  });

  it('probes with the next delivery that comes along where another relay has the parked one', async () => {
    const { deliveries, store, pauses, route, sent } = make(accepted);
    pauses.refused(route, 'InvalidProviderToken');
    const deadline = { parked: true, dueAtMs: startMs + 3_600_000 };
    store.put(waiting('p1', deadline));
    store.lease('p1');
    deliveries.start();
    await store.asked('claimOne');
    store.put(waiting('p2', deadline));
    await store.until((all) => all.length === 1);
    expect(sent).toEqual(['p2']);
    expect(route.pause).toBeNull();
  });

  it('keeps the interval of probes where the provider answers nothing', async () => {
    const { deliveries, store, clock, pauses, route, sent } = make(() => ({
      kind: 'unavailable',
      reason: 'timeout',
      ambiguous: true,
      retryAfterMs: null,
    }));
    pauses.refused(route, 'InvalidProviderToken');
    const deadline = { parked: true, dueAtMs: startMs + 3_600_000 };
    store.put(waiting('p1', deadline), waiting('p2', deadline));
    deliveries.start();
    await store.until((all) => all.some((one) => one.lastReason === 'timeout'));
    await store.asked('counts');
    await store.asked('counts');
    expect(sent).toHaveLength(1);
    clock.time += 60_000;
    await store.until(() => sent.length === 2);
  });

  it('sends deliveries of one notification together', async () => {
    const { deliveries, store, sent, sends } = make(accepted);
    store.put(...['p1', 'p2', 'p3', 'p4', 'p5'].map((id) => waiting(id)));
    deliveries.start();
    await store.until((all) => all.length === 0);
    expect(sent).toHaveLength(5);
    expect(sends()).toBe(1);
  });

  it('asks the rules again before every attempt', async () => {
    const { deliveries, store, sent, dropped } = make(accepted);
    store.put(waiting('alice', { bodyId: 'm1' }), waiting('bob', { bodyId: 'm1' }));
    deliveries.start();
    await store.until((all) => all.length === 0);
    expect(sent).toEqual(['bob']);
    expect(dropped).toEqual(['sender']);
  });

  it('rings with the next newest of a conversation after an outage where the newest is given up', async () => {
    const { deliveries, store, clock, sent, letters } = make(({ id }) =>
      sent.length === 1
        ? { kind: 'rejected', reason: `not ${id}`, blame: 'payload' }
        : { kind: 'accepted', receipt: 'r' },
    );
    const late = (id: string, ageMs: number) =>
      waiting(id, { uid: 'bob', bodyId: `m-${id}`, receivedAtMs: startMs - ageMs });
    store.put(late('oldest', 500_000), late('older', 400_000), late('newest', 300_000));
    deliveries.start();
    await store.until((all) => all.length === 2 && all.every((one) => one.dueAtMs > startMs));
    clock.time += 2_000;
    await store.until((all) => all.length === 1 && all.every((one) => one.dueAtMs > clock.time));
    clock.time += 2_000;
    await store.until((all) => all.length === 0);
    expect(sent).toHaveLength(2);
    expect(letters).toHaveLength(1);
  });
});
