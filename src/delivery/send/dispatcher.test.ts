import type { Device } from '../../domain/device';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { Provider } from '../../providers/provider';
import { Deadlines } from '../../shared/deadlines';
import { RateBudget } from '../routes/rate-budget';
import { RoutePauses } from '../routes/route-pauses';
import { Routes } from '../routes/routes';
import { longestDelayMs } from '../../store/longest-delay';
import { Dispatcher, type DispatcherContext } from './dispatcher';
import { longestRestMs, type DeliveryResult, type PlannedDelivery } from './planned-delivery';
import { Settler, type SettlerContext } from './settler';

const accepted: Outcome = { kind: 'accepted', receipt: 'r' };
const nowMs = 1_767_000_000_000;

/** A provider of many tokens per call: it answers each call as a whole, when the test asks it to. */
class BatchProvider implements Provider {
  readonly name = 'fcm';
  readonly app = 'default';
  readonly lanes = ['production'] as const;
  readonly calls: number[] = [];
  sends = 0;
  readonly #answers: (() => void)[] = [];
  readonly #outcome: Outcome;

  constructor(
    readonly batch: number,
    outcome: Outcome = accepted,
  ) {
    this.#outcome = outcome;
  }

  send<D extends Delivery>(
    _: Notification,
    deliveries: readonly D[],
    settle: (delivery: D, outcome: Outcome) => void,
  ): void {
    this.sends += 1;
    for (let from = 0; from < deliveries.length; from += this.batch) {
      const call = deliveries.slice(from, from + this.batch);
      this.calls.push(call.length);
      const answer = () => call.forEach((delivery) => settle(delivery, this.#outcome));
      if (this.#outcome.kind === 'refused_locally') queueMicrotask(answer);
      else this.#answers.push(answer);
    }
  }

  get open(): number {
    return this.#answers.length;
  }

  /** Answers up to `calls` calls in one turn, and resolves in the next. */
  answer(calls: number): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => this.#answers.splice(0, calls).forEach((answer) => answer()));
      setImmediate(resolve);
    });
  }

  check(): Promise<Outcome> {
    return Promise.resolve(this.#outcome);
  }

  async close(): Promise<void> {}
}

function makeDispatcher(
  provider: Provider,
  limit: number,
  perEntry: number,
  messagesPerMinute: number | null = null,
) {
  const clock = { now: () => nowMs, monotonicMs: () => nowMs };
  const options = {
    maxInFlight: { apns: limit, fcm: limit },
    maxInFlightPerEntry: perEntry,
    directPerBulk: 4,
  } as unknown as DispatcherContext['options'];
  const events = new Proxy({}, { get: () => () => {} }) as DispatcherContext['events'];
  const journey = { isFollowed: false, tell: () => {} };
  const base = {
    options,
    events,
    journey,
    spans: null,
    clock,
    random: () => 0,
    deadlines: new Deadlines(clock),
  };
  const routes = new Routes([provider], options, (_, refilled) => {
    if (messagesPerMinute === null) return null;
    const shared = { take: async (_key: string, amount: number) => amount };
    const rate = { messagesPerMinute, rampMs: 0 };
    return new RateBudget(rate, { clock, sharedState: shared, name: 'quota', refilled });
  });
  const route = routes.find('default', 'fcm', 'production');
  if (route === undefined) throw new Error('no route');
  const sharedState = { set: async () => {} } as never;
  const pauses = new RoutePauses({ ...base, sharedState, probeIntervalMs: 60_000 });
  const hygiene = {
    accepted: () => {},
    movedTo: () => Promise.resolve(null),
    forget: () => Promise.resolve({ kind: 'over' }),
  } as unknown as SettlerContext['hygiene'];
  const dispatcher = new Dispatcher({
    ...base,
    routes,
    settler: new Settler({ ...base, routes, pauses, hygiene }),
  });
  const results: DeliveryResult[] = [];
  const dispatch = (
    count: number,
    probe: PlannedDelivery['probe'] = 'none',
    deadlineMs: number = nowMs + 60_000,
    call: object | null = null,
  ) =>
    dispatcher.dispatch({
      route,
      bodyId: 'b',
      messageId: 'm',
      lane: 'bulk',
      trace: null,
      notification: { call } as Notification,
      receivedAtMs: nowMs,
      deadlineMs,
      planned: Array.from({ length: count }, (_, index) => plannedFor(`u${index}`, probe)),
      mayStillSend: () => true,
      done: (_, result) => results.push(result),
    });
  return { dispatcher, dispatch, routes, route, pauses, results };
}

function plannedFor(uid: string, probe: PlannedDelivery['probe']): PlannedDelivery {
  const device = { uid, deviceId: 'phone', provider: 'fcm', throttledUntilMs: null } as Device;
  const address = { tokenKind: 'alert', token: uid, platform: 'android', lane: 'production' } as const;
  const history = { recipient: 0, attempts: 0, ambiguousAttempts: 0, probe };
  return { id: uid, uid, deviceId: 'phone', badge: null, device, ...address, ...history };
}

describe('Dispatcher', () => {
  it('reaches 500 devices of a provider of many tokens per call in one call, with one slot', async () => {
    const provider = new BatchProvider(500);
    const { dispatcher, dispatch, route, results } = makeDispatcher(provider, 2, 2);
    dispatch(500);
    expect(provider.calls).toEqual([500]);
    expect(route.gate.inFlight).toBe(1);
    expect(dispatcher.inFlight).toBe(500);
    await provider.answer(1);
    expect(results).toHaveLength(500);
    expect(route.gate.inFlight).toBe(0);
    expect(dispatcher.inFlight).toBe(0);
  });

  it('counts calls, and not deliveries, against the limits of the route and of the entry', async () => {
    const provider = new BatchProvider(100);
    const { dispatch, route, results } = makeDispatcher(provider, 10, 3);
    dispatch(450);
    expect(provider.calls).toEqual([100, 100, 100]);
    expect(route.gate.inFlight).toBe(3);
    await provider.answer(1);
    expect(provider.calls).toEqual([100, 100, 100, 100]);
    await provider.answer(4);
    expect(provider.calls).toEqual([100, 100, 100, 100, 50]);
    await provider.answer(1);
    expect(results).toHaveLength(450);
    expect(route.gate.inFlight).toBe(0);
  });

  it('uses slots that come free in one turn by one send', async () => {
    const provider = new BatchProvider(1);
    const { dispatch, route, results } = makeDispatcher(provider, 100, 50);
    dispatch(100);
    expect(provider.sends).toBe(1);
    await provider.answer(50);
    expect(provider.sends).toBe(2);
    await provider.answer(50);
    expect(results).toHaveLength(100);
    expect(route.gate.inFlight).toBe(0);
  });

  it('lets batches that wait for one route go on in turn', async () => {
    const provider = new BatchProvider(1);
    const { dispatcher, dispatch, route, results } = makeDispatcher(provider, 10, 10);
    for (let count = 0; count < 5; count += 1) dispatch(20);
    while (provider.open > 0) {
      expect(route.gate.inFlight).toBeLessThanOrEqual(10);
      await provider.answer(3);
    }
    expect(results).toHaveLength(100);
    expect(route.gate.inFlight).toBe(0);
    expect(dispatcher.inFlight).toBe(0);
  });

  it.each(['payload', 'device_token'] as const)(
    'leaves nothing in flight after 10,000 deliveries that the provider is not asked for (%s)',
    async (blame) => {
      const provider = new BatchProvider(1, { kind: 'refused_locally', reason: 'too large', blame });
      const { dispatcher, dispatch, route, results } = makeDispatcher(provider, 200, 200);
      dispatch(10_000);
      while (results.length < 10_000) await new Promise(setImmediate);
      expect(dispatcher.inFlight).toBe(0);
      expect(route.gate.inFlight).toBe(0);
    },
  );

  it('leaves a paused route paused where a probe was never sent', async () => {
    const provider = new BatchProvider(1, { kind: 'refused_locally', reason: 'too large', blame: 'payload' });
    const { dispatch, route, pauses, results } = makeDispatcher(provider, 10, 10);
    pauses.refused(route, 'InvalidProviderToken');
    dispatch(1, 'credential');
    while (results.length === 0) await new Promise(setImmediate);
    expect(route.pause).toMatchObject({ reason: 'InvalidProviderToken' });
  });

  it('spends no quota on what is parked when its turn comes', async () => {
    const provider = new BatchProvider(1);
    // Ten messages at once, and the clock stands still.
    const { dispatch, routes, route, pauses, results } = makeDispatcher(provider, 1, 1, 600);
    for (let count = 0; count < 21; count += 1) dispatch(1);
    expect([provider.open, route.gate.waiting]).toEqual([1, 20]);
    pauses.refused(route, 'InvalidProviderToken');
    route.gate.give(1, 'bulk');
    await new Promise(setImmediate);
    expect(results).toHaveLength(20);
    expect(route.gate.take(1, 'direct')).toBe(1);
    routes.close();
  });

  it('gives back the slot of a delivery whose result nobody could take', async () => {
    let answer = (): void => {};
    const provider: Provider = {
      ...new BatchProvider(1),
      check: () => Promise.resolve(accepted),
      send: (_, deliveries, settle) => (answer = () => deliveries.forEach((one) => settle(one, accepted))),
      close: async () => {},
    };
    const { dispatcher, dispatch, route, results } = makeDispatcher(provider, 10, 10);
    results.push = () => {
      throw new Error('a bug');
    };
    dispatch(1);
    expect(answer).toThrow('a bug');
    await new Promise(setImmediate);
    expect(route.gate.inFlight).toBe(0);
    expect(dispatcher.inFlight).toBe(0);
  });

  it('holds the route until a quota is there again, counts no attempt, and lets wait what will be too old by then', async () => {
    const untilMs = nowMs + 7_200_000;
    const outcome: Outcome = { kind: 'exhausted', reason: 'daily quota', untilMs };
    const provider = new BatchProvider(1, outcome);
    const { dispatch, route, results } = makeDispatcher(provider, 10, 1);
    dispatch(3, 'none', nowMs + 10_000_000);
    await provider.answer(1);
    dispatch(1, 'none', nowMs + 60_000);
    dispatch(1, 'credential', nowMs + 60_000);
    await provider.answer(1);
    expect(provider.calls).toEqual([1, 1]);
    expect(route.gate.heldUntilMs).toBe(untilMs);
    // A store would take a time further ahead for a wrong clock's, and hand it out at once.
    const dueAtMs = nowMs + longestRestMs;
    expect(longestRestMs).toBeLessThan(longestDelayMs);
    const pending = { attempts: 0, parked: false, lastReason: 'quota used up: daily quota' };
    const waits = { kind: 'pending', pending: { ...pending, dueAtMs } };
    const untilItsEnd = { kind: 'pending', pending: { ...pending, dueAtMs: nowMs + 60_000 } };
    expect(results).toMatchObject([waits, waits, waits, untilItsEnd, untilItsEnd]);
    const trouble = { kind: 'exhausted', reason: 'daily quota', untilMs };
    expect(route.health.outage(nowMs)).toMatchObject(trouble);
  });

  it('tries a call though the quota of messages is used up, and no more where a call has met its quota, too', async () => {
    const outcome: Outcome = { kind: 'exhausted', reason: 'daily quota', untilMs: nowMs + 7_200_000 };
    const provider = new BatchProvider(1, outcome);
    const { dispatch, results } = makeDispatcher(provider, 10, 1);
    dispatch(1);
    await provider.answer(1);
    dispatch(1);
    expect(provider.calls).toHaveLength(1);
    dispatch(1, 'none', nowMs + 45_000, {});
    expect(provider.calls).toHaveLength(2);
    await provider.answer(1);
    dispatch(1, 'none', nowMs + 45_000, {});
    expect(provider.calls).toHaveLength(2);
    expect(results.map(({ kind }) => kind)).toEqual(['pending', 'pending', 'pending', 'pending']);
  });
});
