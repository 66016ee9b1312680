import type { ApnsEnvironment } from '../../domain/provider-table';
import type { Delivery } from '../../domain/notification';
import type { Settle } from '../provider';
import type { ApnsCredential } from './options';
import type { ApnsPayload } from './payload';

/** How the pushes of one environment reach Apple: over the relay's own transport, or through @parse/node-apn. */
export interface ApnsSender {
  /** Calls `settle` once, with the very delivery, after it has returned. `startedAtMs` is of the monotonic clock. */
  send<D extends Delivery>(
    delivery: D,
    payload: ApnsPayload,
    badge: number | null,
    startedAtMs: number,
    settle: Settle<D>,
  ): void;
  /** As with `Provider`. */
  close(deadlineMs: number): Promise<void>;
}

/** The senders of the environments that a credential is good for. */
export type CreateApnsSenders = (credential: ApnsCredential) => ReadonlyMap<ApnsEnvironment, ApnsSender>;
