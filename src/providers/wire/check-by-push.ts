import { aboutNoMessage, type Delivery, type Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { ProviderLane } from '../../domain/provider-table';
import type { Provider } from '../provider';

/** Where a check goes: to a device token that no phone has. */
export interface CheckTarget {
  readonly lane: ProviderLane;
  readonly token: string;
}

/** A short push, to be given up within a minute. */
export function checkPush(
  { lane, token }: CheckTarget,
  nowMs: number,
): { readonly notification: Notification; readonly delivery: Delivery } {
  const delivery: Delivery = {
    id: 'd0c7012d-0000-5000-8000-000000000000',
    uid: 'doctor',
    deviceId: 'doctor',
    tokenKind: 'alert',
    token,
    platform: 'android',
    lane,
    badge: null,
  };
  return { notification: { ...notification, expiresAtMs: nowMs + 60_000 }, delivery };
}

/** What the provider says to such a push. */
export function checkByPush(
  provider: Pick<Provider, 'send'>,
  target: CheckTarget,
  nowMs: number,
): Promise<Outcome> {
  const push = checkPush(target, nowMs);
  return new Promise((resolve) =>
    provider.send(push.notification, [push.delivery], (_, outcome) => resolve(outcome)),
  );
}

const notification: Omit<Notification, 'expiresAtMs'> = {
  ...aboutNoMessage,
  kind: 'alert',
  title: 'wukongim-push-relay',
  body: 'A check of the credential',
  sound: null,
  collapseId: null,
  priority: 'normal',
};
