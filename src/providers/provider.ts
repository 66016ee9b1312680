import type { ApnsEnvironment, ProviderName } from '../domain/device';
import type { Delivery, Notification } from '../domain/notification';
import type { Outcome } from '../domain/outcome';

/**
 * One provider of one app, e.g. APNs of `default`.
 *
 * `send` takes one notification and the deliveries that share it, and calls `settle` once for each delivery, with the
 * very object, as its answer comes, in any order, and never before `send` has returned. It never throws and never retries, but for the two things no one else can do: a request
 * that the peer did not process (REFUSED_STREAM, above GOAWAY's last id) is sent again at once, and an expired provider
 * credential is renewed and the request repeated once.
 * Every attempt ends within `timeoutMs`; past it the outcome is `unavailable` and `ambiguous`.
 */
export interface Provider {
  readonly name: ProviderName;
  readonly app: string;
  /** Environments that have a credential. FCM has only `production`. */
  readonly environments: readonly ApnsEnvironment[];
  send<D extends Delivery>(
    notification: Notification,
    deliveries: readonly D[],
    settle: (delivery: D, outcome: Outcome) => void,
  ): void;
  /** Waits for what is in flight, at most until `deadlineMs` from now; then cuts it (each cut one settles as ambiguous). */
  close(deadlineMs: number): Promise<void>;
}
