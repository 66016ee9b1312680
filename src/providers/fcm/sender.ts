import type { Delivery } from '../../domain/notification';
import type { Settle } from '../provider';
import type { FcmRequest } from './message';

/** How pushes reach Google: over the relay's own transport, or through firebase-admin. */
export interface FcmSender {
  /** Calls `settle` once, with the very delivery, after it has returned. `startedAtMs` is of the monotonic clock. */
  send<D extends Delivery>(
    delivery: D,
    message: FcmRequest,
    badge: number | null,
    startedAtMs: number,
    settle: Settle<D>,
  ): void;
  /** As with `Provider`. */
  close(deadlineMs: number): Promise<void>;
}
