import type { PendingDelivery } from '../../../domain/pending-delivery';
import { bodyIdOf, decodePending, onOneLine, pendingArguments } from './pending-record';

const pending: PendingDelivery = {
  id: 'p1',
  bodyId: 'm1',
  route: 'apns/production/default',
  uid: 'a\nb',
  deviceId: 'phone',
  tokenKind: 'alert',
  attempts: 2,
  ambiguousAttempts: 1,
  dueAtMs: 1_767_000_000_000,
  receivedAtMs: 1_767_000_000_000,
  lastReason: 'Shutdown\n',
  parked: false,
};

/** As the scripts put it together. */
function recordOf(one: PendingDelivery): Buffer {
  const [, flag, due, bodyId, route, json] = pendingArguments(one, 0);
  return Buffer.from(`${flag}${due}\n${bodyId}\n${route}\n${json}`);
}

describe('pending records', () => {
  it.each([
    pending,
    { ...pending, parked: true, dueAtMs: Number.MAX_SAFE_INTEGER },
    { ...pending, bodyId: 'a\n%' },
  ])('give back what was stored', (one) => {
    expect(decodePending(recordOf(one))).toEqual(one);
    expect(bodyIdOf(recordOf(one))).toBe(onOneLine(one.bodyId));
  });

  it('believe the head, which scripts rewrite, rather than the rest', () => {
    const parked = recordOf({ ...pending, parked: true });
    const released = Buffer.concat([Buffer.from('w5'), parked.subarray(parked.indexOf('\n'))]);
    expect(decodePending(released)).toEqual({ ...pending, parked: false, dueAtMs: 5 });
  });
});
