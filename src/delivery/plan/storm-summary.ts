import type { Device } from '../../domain/device';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { ClaimedDelivery } from '../../store/ports/retries';
import { deliveryId } from './delivery-id';
import { messageIdOf, type DecodedEvent } from './decoded-event';

/**
 * What a storm held back, no longer collecting: a delivery of its newest message, due now. It has that message's own id at
 * every attempt. A message that is held back from here on begins the next summary.
 */
export function closedSummary(
  event: DecodedEvent,
  device: Device,
  { collects: _, ...held }: PendingDelivery,
  nowMs: number,
): PendingDelivery {
  const { app, uid, deviceId } = device;
  return { ...held, id: deliveryId(app, messageIdOf(event), uid, deviceId, held.tokenKind), dueAtMs: nowMs };
}

/**
 * A store of several partitions holds one storm's messages in as many rows of one id. Those that come due together are one
 * summary, of the newest; `absorbed` are the others, which leave the store once it is written.
 */
export function joinSummaries(claimed: readonly ClaimedDelivery[]): {
  readonly joined: readonly ClaimedDelivery[];
  readonly absorbed: readonly ClaimedDelivery[];
} {
  const byId = new Map<string, ClaimedDelivery>();
  const absorbed: ClaimedDelivery[] = [];
  const joined: ClaimedDelivery[] = [];
  for (const one of claimed) {
    const { id, collects } = one.pending;
    if (collects === undefined) joined.push(one);
    else {
      const other = byId.get(id);
      if (other === undefined) byId.set(id, one);
      else {
        const [newer, older] = collects >= (other.pending.collects ?? 0) ? [one, other] : [other, one];
        const summaryOf = (newer.pending.summaryOf ?? 0) + (older.pending.summaryOf ?? 0);
        byId.set(id, { ...newer, pending: { ...newer.pending, summaryOf } });
        absorbed.push(older);
      }
    }
  }
  return { joined: [...joined, ...byId.values()], absorbed };
}
