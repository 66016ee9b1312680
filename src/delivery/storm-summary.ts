import type { Device } from '../domain/device';
import type { PendingDelivery } from '../domain/work';
import { deliveryId } from './delivery-id';
import { workId, type Work } from './work';

/**
 * What a storm held back, no longer collecting: a delivery of its newest message, due now. It has that message's own id at
 * every attempt. A message that is held back from here on begins the next summary.
 */
export function closedSummary(
  work: Work,
  device: Device,
  { collects: _, ...held }: PendingDelivery,
  nowMs: number,
): PendingDelivery {
  const { app, uid, deviceId } = device;
  return { ...held, id: deliveryId(app, workId(work), uid, deviceId, 'alert'), dueAtMs: nowMs };
}
