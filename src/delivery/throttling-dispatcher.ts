import type { Device } from '../domain/device';
import { Dispatcher, type DispatcherContext } from './dispatcher';
import { toPending, type DeliveryResult, type DispatchBatch, type PlannedDelivery } from './planned-delivery';

/**
 * Sends nothing to a device that its provider asked to leave in peace. The device's record says so, which replicas share;
 * such deliveries wait in the store until then, and no attempt is counted. Everything else goes its way.
 */
export class ThrottlingDispatcher extends Dispatcher {
  constructor(private readonly parts: DispatcherContext) {
    super(parts);
  }

  override dispatch(batch: DispatchBatch): void {
    const nowMs = this.parts.clock.now();
    if (!batch.planned.some(({ device }) => isThrottled(device, nowMs))) return super.dispatch(batch);
    const free: PlannedDelivery[] = [];
    for (const planned of batch.planned) {
      if (isThrottled(planned.device, nowMs)) batch.done(planned, this.#later(batch, planned, nowMs));
      else free.push(planned);
    }
    if (free.length > 0) super.dispatch({ ...batch, planned: free });
  }

  /** A credential probe gives its turn to another delivery: what waits for its time is no longer parked. */
  #later(batch: DispatchBatch, planned: PlannedDelivery, nowMs: number): DeliveryResult {
    const waitMs = (planned.device.throttledUntilMs ?? nowMs) - nowMs;
    const dueAtMs = nowMs + Math.ceil(waitMs * (1 + this.parts.random() / 4));
    if (dueAtMs >= batch.deadlineMs)
      return { kind: 'dead', reason: `expired before the next attempt (${throttledReason})` };
    const { attempts, ambiguousAttempts } = planned;
    const change = { attempts, ambiguousAttempts, dueAtMs, lastReason: throttledReason, parked: false };
    return { kind: 'pending', pending: toPending(batch, batch.route.id, planned, change) };
  }
}

export function isThrottled(device: Device, nowMs: number): boolean {
  return device.throttledUntilMs !== null && device.throttledUntilMs > nowMs;
}

export const throttledReason = 'the provider asked to leave the device in peace';
