import type { ProviderName, ProviderLane } from '../domain/provider-table';
import type { Delivery, Notification } from '../domain/notification';
import type { Outcome } from '../domain/outcome';

/** `httpStatus`: of the answer; absent where there was none, or nobody but an SDK saw it. */
export type Settle<D extends Delivery> = (delivery: D, outcome: Outcome, httpStatus?: number) => void;

/**
 * One provider of one app, e.g. APNs of `default`.
 *
 * `send` takes one notification and the deliveries that share it, and makes one call of each `batch` of them, in order. It
 * calls `settle` once for each delivery, with the very object, as its answer comes, in any order, and never before `send` has
 * returned: whoever sends more when one is settled would otherwise call itself thousands of times deep.
 * It never throws and never retries, except for the two things no one else can do: a request that the peer did not process
 * (REFUSED_STREAM, above GOAWAY's last id) is sent again immediately, and an expired provider credential is renewed and the
 * request repeated once.
 * Every attempt ends within `timeoutMs`; past it the outcome is `unavailable` and `ambiguous`.
 */
export interface Provider {
  readonly name: ProviderName;
  readonly app: string;
  /** Those that have a credential. */
  readonly lanes: readonly ProviderLane[];
  /** Deliveries that one call takes, 1 or more: what is in flight is counted in calls. */
  readonly batch: number;
  /** What an app needs to get a token of it: the public VAPID key. Absent: nothing. */
  readonly publicKey?: string;
  send<D extends Delivery>(notification: Notification, deliveries: readonly D[], settle: Settle<D>): void;
  /**
   * What the provider says to a call that reaches no phone, made as `send` makes its own: it shows whether the credential is
   * accepted. `lane` is one of `lanes`, or, where each device token has its own, the lane of one. Never rejects.
   */
  check(lane: ProviderLane): Promise<Outcome>;
  /** Waits for what is in flight, at most until `deadlineMs` from now; then cuts it (each cut one settles as ambiguous). */
  close(deadlineMs: number): Promise<void>;
}
