import type { DeliveryEvents } from '../../observability/delivery-events';
import type { SharedState } from '../../store/ports/shared-state';
import { RoutePauses } from './route-pauses';
import type { Routes, RouteState } from './routes';

/** A replica that shares what it knows with others. */
function makeReplica(shared: Map<string, string>) {
  const sharedState: Pick<SharedState, 'get' | 'set'> = {
    get: async (key) => shared.get(key) ?? null,
    set: async (key, value) => void shared.set(key, value),
  };
  const events = new Proxy({}, { get: () => () => {} }) as DeliveryEvents;
  const clock = { now: () => 1_000, monotonicMs: () => 1_000 };
  const pauses = new RoutePauses({
    sharedState: sharedState as SharedState,
    probeIntervalMs: 60_000,
    events,
    clock,
  });
  const route = { id: 'apns/production/default', pause: null } as RouteState;
  const routes = { all: () => [route] } as unknown as Routes;
  const synchronise = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    await pauses.synchronise(routes);
  };
  return { pauses, route, synchronise };
}

describe('RoutePauses', () => {
  it('shares a pause, and its end', async () => {
    const shared = new Map<string, string>();
    const [one, other] = [makeReplica(shared), makeReplica(shared)];
    one.pauses.refused(one.route, 'InvalidProviderToken');
    await other.synchronise();
    expect(other.route.pause).toMatchObject({ reason: 'InvalidProviderToken' });
    other.pauses.answered(other.route, { kind: 'accepted', receipt: 'r' });
    await one.synchronise();
    expect([one.route.pause, other.route.pause]).toEqual([null, null]);
  });

  it('stays paused when what was shared has lapsed: that says nothing of the credential', async () => {
    const shared = new Map<string, string>();
    const [one, other] = [makeReplica(shared), makeReplica(shared)];
    one.pauses.refused(one.route, 'InvalidProviderToken');
    await other.synchronise();
    shared.clear();
    await one.synchronise();
    await other.synchronise();
    expect([one.route.pause, other.route.pause]).toMatchObject([
      { reason: 'InvalidProviderToken' },
      { reason: 'InvalidProviderToken' },
    ]);
    one.pauses.answered(one.route, { kind: 'accepted', receipt: 'r' });
    await other.synchronise();
    expect(other.route.pause).toBeNull();
  });

  it('does not end a pause of its own by what others found before', async () => {
    const shared = new Map<string, string>();
    const [one, other] = [makeReplica(shared), makeReplica(shared)];
    one.pauses.refused(one.route, 'InvalidProviderToken');
    await one.synchronise();
    one.pauses.resume(one.route);
    other.pauses.assumePaused(other.route);
    await other.synchronise();
    expect(other.route.pause).not.toBeNull();
  });

  it('measures a pause by the monotonic clock, whatever is done to the other', async () => {
    const times = { wallMs: 1_000_000_000, monotonicMs: 5_000 };
    const lengths: number[] = [];
    const pauses = new RoutePauses({
      sharedState: { set: async () => {} } as unknown as SharedState,
      probeIntervalMs: 60_000,
      events: {
        routePaused: () => {},
        routeResumed: (_: unknown, pausedForMs: number) => void lengths.push(pausedForMs),
      } as unknown as DeliveryEvents,
      clock: { now: () => times.wallMs, monotonicMs: () => times.monotonicMs },
    });
    const route = { id: 'apns/production/default', pause: null } as RouteState;
    for (const stepMs of [8 * 3_600_000, -8 * 3_600_000]) {
      pauses.refused(route, 'InvalidProviderToken');
      times.wallMs += stepMs;
      times.monotonicMs += 700;
      pauses.resume(route);
    }
    expect(lengths).toEqual([700, 700]);
  });

  it('tells of a refusal that confirms what it only assumed, once', async () => {
    const told: unknown[] = [];
    const events = new Proxy(
      {},
      { get: (_, name) => (__: unknown, reason: unknown) => void told.push([name, reason]) },
    ) as DeliveryEvents;
    const sharedState = { set: async () => {} } as unknown as SharedState;
    const clock = { now: () => 1_000, monotonicMs: () => 1_000 };
    const pauses = new RoutePauses({ sharedState, probeIntervalMs: 60_000, events, clock });
    const route = { id: 'apns/production/default', pause: null } as RouteState;
    pauses.assumePaused(route);
    expect(told).toEqual([]);
    for (let times = 0; times < 2; times++) pauses.refused(route, 'InvalidProviderToken');
    expect(told).toEqual([['routePaused', 'InvalidProviderToken']]);
  });

  it('asks for all routes side by side', async () => {
    const asked: string[] = [];
    let answer = (): void => {};
    const answered = new Promise<null>((resolve) => (answer = () => resolve(null)));
    const sharedState = { get: (key: string) => (asked.push(key), answered) } as unknown as SharedState;
    const events = new Proxy({}, { get: () => () => {} }) as DeliveryEvents;
    const clock = { now: () => 1_000, monotonicMs: () => 1_000 };
    const pauses = new RoutePauses({ sharedState, probeIntervalMs: 60_000, events, clock });
    const routes = {
      all: () => [
        { id: 'a', pause: null },
        { id: 'b', pause: null },
      ],
    } as unknown as Routes;
    const done = pauses.synchronise(routes);
    expect(asked).toEqual(['pause:a', 'pause:b']);
    answer();
    await done;
  });
});
