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
});
