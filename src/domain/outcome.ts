/**
 * What a provider said about one attempt. A value, never an exception; `settle` alone acts on it.
 *
 * - accepted: the provider took it (it does not mean the phone rang). `receipt` is the provider's own id.
 * - unregistered: the device token is dead; `asOfMs` is when the provider learnt it (APNs 410 only).
 * - rejected: this delivery will never be accepted as it is. `blame` says whose fault:
 *   `device_token` (malformed, or of the other environment), `topic` (token of another app or project),
 *   `payload` (our request is wrong).
 * - throttled: come back later; `scope` says who is slowed down.
 * - unavailable: the provider did not do it, or nobody knows (`ambiguous`: it may have been accepted).
 * - refused_locally: the relay did not ask the provider, which could never accept it; nothing is known of the provider.
 * - misconfigured: our credential is wrong; `credential` names what has to be paused and mended.
 */
export type Outcome =
  | { readonly kind: 'accepted'; readonly receipt: string }
  | { readonly kind: 'unregistered'; readonly reason: string; readonly asOfMs: number | null }
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      readonly blame: 'device_token' | 'topic' | 'payload';
    }
  | {
      readonly kind: 'throttled';
      readonly reason: string;
      readonly scope: 'device' | 'project';
      readonly retryAfterMs: number | null;
    }
  | {
      readonly kind: 'unavailable';
      readonly reason: string;
      readonly ambiguous: boolean;
      /** The provider's own wish (Retry-After), when it said one. */
      readonly retryAfterMs: number | null;
    }
  | {
      readonly kind: 'refused_locally';
      readonly reason: string;
      readonly blame: 'device_token' | 'payload';
    }
  | { readonly kind: 'misconfigured'; readonly reason: string };

export type OutcomeKind = Outcome['kind'];
