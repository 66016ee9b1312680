import { randomUUID } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import type { Device, ProviderName } from '../../domain/device';
import type { Notification } from '../../domain/notification';
import type { Outcome, OutcomeKind } from '../../domain/outcome';
import type { Devices } from '../../store/ports/devices';
import { deliveryId } from '../plan/delivery-id';
import type { DispatchBatch, PlannedDelivery } from '../send/planned-delivery';
import type { Routes, RouteState } from '../routes/routes';
import type { Settled, Settler } from '../send/settler';
import { isThrottled, throttledReason } from '../send/throttled-devices';

export interface TestPushResult {
  readonly deviceId: string;
  readonly provider: ProviderName;
  readonly outcome: OutcomeKind;
  readonly reason: string | null;
  /** From the call to the answer. */
  readonly latencyMs: number;
}

export interface TestPushContext {
  readonly devices: Devices;
  readonly routes: Routes;
  readonly settler: Settler;
  readonly clock: Clock;
}

/** Sends to every device of a user at once, one attempt each, and tells what the providers said. */
export async function sendTestPush(context: TestPushContext, uid: string): Promise<TestPushResult[]> {
  const devices = await context.devices.list(uid);
  return Promise.all(devices.map((device) => sendTo(context, device)));
}

async function sendTo(context: TestPushContext, device: Device): Promise<TestPushResult> {
  const startedAtMs = context.clock.now();
  const fromMs = context.clock.monotonicMs();
  const route = context.routes.find(device.app, device.provider, device.environment);
  const result = (outcome: OutcomeKind, reason: string | null): TestPushResult => ({
    deviceId: device.deviceId,
    provider: device.provider,
    outcome,
    reason,
    latencyMs: Math.round(context.clock.monotonicMs() - fromMs),
  });
  if (route === undefined) return result('misconfigured', 'no credential for this app and environment');
  if (device.token === null) return result('rejected', 'the device has no alert token');
  if (isThrottled(device, startedAtMs)) return result('throttled', throttledReason);
  const { outcome, settled } = await attempt(context, route, plan(device, device.token), startedAtMs);
  const last =
    settled.kind === 'probe'
      ? await probe(context, settled.route, settled.planned, outcome, startedAtMs)
      : outcome;
  return result(last.kind, 'reason' in last ? last.reason : null);
}

/** The other environment is asked as for any push; what it says counts for the device only where it takes the token. */
async function probe(
  context: TestPushContext,
  route: RouteState,
  planned: PlannedDelivery,
  before: Outcome,
  startedAtMs: number,
): Promise<Outcome> {
  const { outcome } = await attempt(context, route, planned, startedAtMs);
  return outcome.kind === 'accepted' ? outcome : before;
}

/** One attempt, which is settled like any other, but never tried again: its deadline is now. */
function attempt(
  context: TestPushContext,
  route: RouteState,
  planned: PlannedDelivery,
  startedAtMs: number,
): Promise<{ readonly outcome: Outcome; readonly settled: Settled }> {
  const notification = testNotification(startedAtMs);
  const batch: DispatchBatch = {
    route,
    notification,
    bodyId: planned.id,
    lane: 'direct',
    receivedAtMs: startedAtMs,
    deadlineMs: startedAtMs,
    planned: [planned],
    mayStillSend: () => true,
    done: () => {},
  };
  return new Promise((resolve) => {
    route.provider.send(notification, [planned], (_, outcome) => {
      const settled = context.settler.settle(batch, planned, outcome, startedAtMs, context.clock.now());
      resolve({ outcome, settled });
    });
  });
}

function plan(device: Device, token: string): PlannedDelivery {
  const { uid, deviceId, app, platform, environment } = device;
  const id = deliveryId(app, randomUUID(), uid, deviceId, 'alert');
  return {
    id,
    uid,
    deviceId,
    tokenKind: 'alert',
    token,
    platform,
    environment,
    badge: null,
    device,
    recipient: 0,
    attempts: 0,
    ambiguousAttempts: 0,
    probe: 'none',
  };
}

function testNotification(nowMs: number): Notification {
  return {
    kind: 'alert',
    title: 'Test push',
    subtitle: null,
    body: 'If you can read this, pushes reach this device.',
    imageUrl: null,
    sound: 'default',
    threadId: null,
    collapseId: 'test-push',
    androidChannelId: null,
    conversation: null,
    data: {},
    priority: 'high',
    expiresAtMs: nowMs + testTtlMs,
  };
}

const testTtlMs = 3_600_000;
