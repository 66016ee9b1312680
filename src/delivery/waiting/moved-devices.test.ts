import type { Device } from '../../domain/device';
import type { PendingDelivery } from '../../domain/pending-delivery';
import { StoreUnavailableError } from '../../store/ports/errors';
import type { RouteState } from '../routes/routes';
import { MovedDevices } from './moved-devices';

const aDevice = (app: string) =>
  ({ uid: 'bob', deviceId: 'phone', app, provider: 'apns', lane: 'production' }) as Device;

/** A route whose credential is refused, and one that is open. */
const routes: Readonly<Record<string, RouteState>> = {
  old: { id: 'old', pause: { reason: 'refused', sinceMs: 0 }, gate: { heldUntilMs: 0 } } as RouteState,
  new: { id: 'new', pause: null, gate: { heldUntilMs: 0 } } as RouteState,
};

/** Cannot answer while it is away. */
class Waiting {
  isAway = true;
  readonly hastened: string[] = [];

  hasten(route: string, isMeant: (pending: PendingDelivery) => boolean): Promise<number> {
    if (this.isAway) return Promise.reject(new StoreUnavailableError('away'));
    const pending = { uid: 'bob', deviceId: 'phone' } as PendingDelivery;
    if (isMeant(pending)) this.hastened.push(route);
    return Promise.resolve(1);
  }
}

describe('MovedDevices', () => {
  it('looks again for devices for which the store could not answer', async () => {
    let nowMs = 0;
    const retries = new Waiting();
    const clock = { now: () => nowMs, monotonicMs: () => nowMs };
    const moved = new MovedDevices({ retries, routes: { find: (app) => routes[app] }, clock });
    moved.registered(aDevice('old'), aDevice('new'));
    await expect(moved.hasten()).rejects.toThrow('away');
    expect(moved.areDue).toBe(false);
    nowMs = 60_000;
    expect(moved.areDue).toBe(true);
    retries.isAway = false;
    await moved.hasten();
    expect(retries.hastened).toEqual(['old']);
    nowMs = 120_000;
    expect(moved.areDue).toBe(false);
  });
});
