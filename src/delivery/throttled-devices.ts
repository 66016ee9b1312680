import type { Clock, Random } from '../domain/clock';
import type { Device } from '../domain/device';
import { toPending, type DeliveryResult, type DispatchBatch, type PlannedDelivery } from './planned-delivery';

export interface ThrottledContext {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Nothing is sent to a device that its provider asked to leave in peace. The device's record says so, which replicas share;
 * such deliveries wait in the store until then, and no attempt is counted. What is left of the batch is returned.
 */
export function withoutThrottled(batch: DispatchBatch, context: ThrottledContext): DispatchBatch {
  if (batch.planned.every(({ device }) => device.throttledUntilMs === null)) return batch;
  const nowMs = context.clock.now();
  const free: PlannedDelivery[] = [];
  for (const planned of batch.planned) {
    if (isThrottled(planned.device, nowMs)) batch.done(planned, later(batch, planned, nowMs, context));
    else free.push(planned);
  }
  return { ...batch, planned: free };
}

/** A credential probe gives its turn to another delivery: what waits for its time is no longer parked. */
function later(
  batch: DispatchBatch,
  planned: PlannedDelivery,
  nowMs: number,
  { random }: ThrottledContext,
): DeliveryResult {
  const untilMs = planned.device.throttledUntilMs ?? nowMs;
  const dueAtMs = Math.min(Math.ceil(untilMs + ((untilMs - nowMs) * random()) / 4), batch.deadlineMs - 1);
  if (dueAtMs < untilMs)
    return { kind: 'dead', reason: `expired before the next attempt (${throttledReason})` };
  const { attempts, ambiguousAttempts } = planned;
  const change = { attempts, ambiguousAttempts, dueAtMs, lastReason: throttledReason, parked: false };
  return { kind: 'pending', pending: toPending(batch, batch.route.id, planned, change) };
}

export function isThrottled(device: Device, nowMs: number): boolean {
  return device.throttledUntilMs !== null && device.throttledUntilMs > nowMs;
}

export const throttledReason = 'the provider asked to leave the device in peace';
