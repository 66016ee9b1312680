import type { Clock, Random } from '../../domain/clock';
import type { Device } from '../../domain/device';
import type { Deadlines } from '../../shared/deadlines';
import { toPending, type DeliveryResult, type DispatchBatch, type PlannedDelivery } from './planned-delivery';
import { deviceWaitAtMostMs } from './retry-schedule';

export interface ThrottledContext {
  readonly deadlines: Deadlines;
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
  { clock, random, deadlines }: ThrottledContext,
): DeliveryResult {
  const waitMs = Math.max(0, (planned.device.throttledUntilMs ?? nowMs) - nowMs);
  if (deadlines.of(batch.deadlineMs - waitMs) === 'over')
    return { kind: 'dead', reason: `expired before the next attempt (${throttledReason})` };
  const leftMs = Math.max(waitMs, batch.deadlineMs - nowMs - 1);
  const dueAtMs = clock.monotonicMs() + Math.min(Math.ceil(waitMs * (1 + random() / 4)), leftMs);
  const { attempts, ambiguousAttempts } = planned;
  const change = { attempts, ambiguousAttempts, dueAtMs, lastReason: throttledReason, parked: false };
  return { kind: 'pending', pending: toPending(batch, batch.route.id, planned, change) };
}

/** A time that lies further ahead than a device is ever left in peace was set by a clock that was wrong. */
export function isThrottled(device: Device, nowMs: number): boolean {
  const restMs = (device.throttledUntilMs ?? nowMs) - nowMs;
  return restMs > 0 && restMs <= deviceWaitAtMostMs;
}

export const throttledReason = 'the provider asked to leave the device in peace';
