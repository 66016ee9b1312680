import type { Counter } from 'prom-client';
import type { Device } from '../domain/device';
import type { Feedback } from '../feedback/feedback';
import type { Logger } from '../domain/logger';
import type { ProviderName, TokenKind } from '../domain/provider-table';
import type { LogGate } from './log-gate';

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

/** A line, unless its gate holds it back. */
export function gatedLines(logger: Logger) {
  return (gate: LogGate, level: 'info' | 'warn' | 'error', fields: object, message: string): void => {
    const passed = gate.pass();
    if (passed !== null) logger[level]({ ...fields, ...passed }, message);
  };
}

/** What happens to devices and their tokens. */
export function deviceEvents(context: {
  readonly logger: Logger;
  readonly forgotten: Counter<'provider' | 'reason'>;
  readonly feedback: Feedback;
  readonly createGate: () => LogGate;
}) {
  const { logger, forgotten, feedback, createGate } = context;
  const gates = { forgotten: createGate(), suspended: createGate() };
  const gated = gatedLines(logger);
  return {
    /** Resolves when the app's server is told, or will be. */
    deviceTokenForgotten: (
      route: RouteLabels,
      { uid, deviceId, tokenKind, token }: DeliveryLabels,
      reason: string,
    ): Promise<void> => {
      forgotten.inc({ provider: route.provider.name, reason });
      const fields = { ...labels(route), reason, uid, deviceId, token };
      gated(gates.forgotten, 'info', fields, 'device token removed: the provider reported it as dead');
      return feedback.tell({ type: 'device.forgotten', ...onRoute(route), uid, deviceId, tokenKind, reason });
    },
    /** It gets no pushes until then. Resolves as above. */
    deviceSuspended: (
      { provider, app, lane, uid, deviceId }: Device,
      reason: string,
      untilMs: number,
    ): Promise<void> => {
      const fields = { provider, app, environment: lane, reason, uid, deviceId };
      gated(gates.suspended, 'warn', fields, 'device suspended: the provider rejects its pushes');
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
