import { randomUUID } from 'node:crypto';
import type { Catalogue } from '../../content/catalogue';
import { testNotification } from '../../content/test-notification';
import type { Clock } from '../../domain/clock';
import type { Device } from '../../domain/device';
import type { Journey } from '../../domain/journey';
import type { Notification } from '../../domain/notification';
import type { Outcome, OutcomeKind, TestPushResult } from '../../domain/outcome';
import type { Recipient } from '../../domain/people';
import type { Recipients } from '../../store/ports/recipients';
import { deliveryId } from '../plan/delivery-id';
import type { Dispatcher } from '../send/dispatcher';
import type { DeliveryResult, PlannedDelivery } from '../send/planned-delivery';
import { Results, type ResultKeeper } from '../send/result-keeper';
import type { Routes, RouteState } from '../routes/routes';
import { isThrottled, throttledReason } from '../send/throttled-devices';

export interface TestPushContext {
  readonly recipients: Recipients;
  readonly routes: Routes;
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly results: ResultKeeper;
  readonly journey: Journey;
  readonly clock: Clock;
  readonly catalogueFor: (device: Device, recipient: Recipient) => Catalogue;
}

/** Sends to every device of a user at once, one attempt each, whatever the user has muted, and tells what the providers said. */
export async function sendTestPush(context: TestPushContext, uid: string): Promise<TestPushResult[]> {
  const [recipient] = await context.recipients.find([{ uids: [uid], conversation: null }]);
  if (recipient === undefined) return [];
  return Promise.all(recipient.devices.map((device) => sendTo(context, recipient, device)));
}

async function sendTo(
  context: TestPushContext,
  recipient: Recipient,
  device: Device,
): Promise<TestPushResult> {
  const startedAtMs = context.clock.now();
  const fromMs = context.clock.monotonicMs();
  const route = context.routes.find(device.app, device.provider, device.lane);
  const result = (outcome: OutcomeKind, reason: string | null): TestPushResult => ({
    deviceId: device.deviceId,
    provider: device.provider,
    outcome,
    reason,
    latencyMs: Math.round(context.clock.monotonicMs() - fromMs),
  });
  if (route === undefined) return result('misconfigured', 'no credential for this app and lane');
  if (device.token === null) return result('rejected', 'the device has no alert token');
  if (isThrottled(device, startedAtMs)) return result('throttled', throttledReason);
  const notification = testNotification(context.catalogueFor(device, recipient), startedAtMs + testTtlMs);
  const planned = plan(device, device.token);
  tellPlanned(context, planned, startedAtMs);
  const { outcome, reason } = await attempt(context, route, planned, notification, startedAtMs);
  return result(outcome, reason);
}

/** One attempt, through the same slots and with the same consequences as any other; it is never tried again. */
function attempt(
  { dispatcher, results }: TestPushContext,
  route: RouteState,
  planned: PlannedDelivery,
  notification: Notification,
  startedAtMs: number,
): Promise<Pick<TestPushResult, 'outcome' | 'reason'>> {
  const outcomes: Outcome[] = [];
  const { id } = planned;
  const deadlineMs = startedAtMs + testTtlMs;
  return new Promise((resolve) => {
    dispatcher.dispatch({
      route,
      notification,
      bodyId: id,
      messageId: id,
      lane: 'direct',
      fromStore: true,
      receivedAtMs: startedAtMs,
      deadlineMs,
      planned: [planned],
      trace: null,
      mayStillSend: () => true,
      answered: (outcome) => outcomes.push(outcome),
      done: (_, result) => {
        const last = result.kind === 'pending' || result.kind === 'dead' ? notRetried : result;
        results.take(new Results(), { messageId: id, receivedAtMs: startedAtMs }, planned, route.id, last);
        resolve(told(outcomes) ?? { outcome: 'unavailable', reason: reasonOf(result) });
      },
    });
  });
}

/** As a push of the app server, which it is. */
function tellPlanned({ journey }: TestPushContext, { id, uid }: PlannedDelivery, atMs: number): void {
  if (!journey.isFollowed) return;
  journey.tell({
    messageId: id,
    receivedAtMs: atMs,
    origin: { source: 'push', fromUid: null, channelId: null, channelType: null, recipients: 1 },
    uid,
    deviceId: null,
    step: 'planned',
    reason: null,
    detail: 'a test push',
    atMs,
  });
}

/** Where the other lane was asked as well, what it says counts only if it takes the device token. */
function told(outcomes: readonly Outcome[]): Pick<TestPushResult, 'outcome' | 'reason'> | null {
  const last = outcomes.at(-1);
  const outcome = last?.kind === 'accepted' ? last : outcomes[0];
  if (outcome === undefined) return null;
  return { outcome: outcome.kind, reason: 'reason' in outcome ? outcome.reason : null };
}

/** Why it was not accepted. */
function reasonOf(result: DeliveryResult): string | null {
  if (result.kind === 'pending') return result.pending.lastReason;
  return 'reason' in result ? result.reason : null;
}

function plan(device: Device, token: string): PlannedDelivery {
  const { uid, deviceId, app, platform, lane } = device;
  const id = deliveryId(app, randomUUID(), uid, deviceId, 'alert');
  return {
    id,
    uid,
    deviceId,
    tokenKind: 'alert',
    token,
    platform,
    lane,
    badge: null,
    device,
    recipient: 0,
    attempts: 0,
    ambiguousAttempts: 0,
    // A paused credential is tried as well: whoever has just mended it wants to know.
    probe: 'credential',
  };
}

const notRetried: DeliveryResult = { kind: 'dropped', reason: 'not_retried' };
const testTtlMs = 3_600_000;
