import type { Delivery, Notification } from '../../domain/notification';
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
  kind: 'alert',
  title: 'wukongim-push-relay',
  subtitle: null,
  body: 'A check of the credential',
  parts: null,
  imageUrl: null,
  sound: null,
  threadId: null,
  collapseId: null,
  androidChannelId: null,
  conversation: null,
  call: null,
  category: null,
  level: 'normal',
  wakesApp: false,
  read: null,
  data: {},
  priority: 'normal',
};
