import type { Counter } from 'prom-client';
import type { Device } from '../domain/device';
import type { Feedback } from '../feedback/feedback';
import type { ProviderName, TokenKind } from '../domain/provider-table';
import type { GatedLines } from './log-gate';

/** What the events say of a route; the delivery side's own state fits it. */
export interface RouteLabels {
  readonly id: string;
  readonly app: string;
  /** Metrics and log call it the environment. */
  readonly lane: string;
  readonly provider: { readonly name: ProviderName };
}

/** Whom a delivery is for. Metrics never say it; the log does. */
export interface DeliveryLabels {
  readonly uid: string;
  readonly deviceId: string;
  readonly tokenKind: TokenKind;
  readonly token: string;
}

export function labels(route: RouteLabels) {
  return { provider: route.provider.name, app: route.app, environment: route.lane };
}

export function onRoute({ provider, app, lane }: RouteLabels) {
  return { provider: provider.name, app, lane };
}

/** What happens to devices and their tokens. */
export function deviceEvents(context: {
  readonly line: GatedLines;
  readonly forgotten: Counter<'provider' | 'reason'>;
  readonly feedback: Feedback;
}) {
  const { line, forgotten, feedback } = context;
  const tellForgotten = line('device_forgotten', 'device token removed: the provider reported it as dead');
  const tellSuspended = line('device_suspended', 'device suspended: the provider rejects its pushes');
  return {
    /** Resolves when the app's server is told, or will be. */
    deviceTokenForgotten: (
      route: RouteLabels,
      { uid, deviceId, tokenKind, token }: DeliveryLabels,
      reason: string,
    ): Promise<void> => {
      forgotten.inc({ provider: route.provider.name, reason });
      tellForgotten({ ...labels(route), reason, uid, deviceId, token });
      return feedback.tell({ type: 'device.forgotten', ...onRoute(route), uid, deviceId, tokenKind, reason });
    },
    /** It gets no pushes until then. Resolves as above. */
    deviceSuspended: (
      { provider, app, lane, uid, deviceId }: Device,
      reason: string,
      untilMs: number,
    ): Promise<void> => {
      tellSuspended({ provider, app, environment: lane, reason, uid, deviceId });
      return feedback.tell({ type: 'device.suspended', provider, app, lane, uid, deviceId, reason, untilMs });
    },
    /** Without a sign of life for `devices.expire_after`. Resolves as above. */
    deviceExpired: ({ provider, app, lane, uid, deviceId, token }: Device): Promise<void> =>
      feedback.tell({
        type: 'device.forgotten',
        provider,
        app,
        lane,
        uid,
        deviceId,
        tokenKind: token === null ? 'voip' : 'alert',
        reason: 'expired',
      }),
  };
}
