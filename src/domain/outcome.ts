import type { ProviderName } from './provider-table';

/**
 * What a provider said about one attempt. A value, never an exception; `settle` alone acts on it.
 *
 * - accepted: the provider took it (it does not mean the phone rang). `receipt` is the provider's own id.
 * - unregistered: the device token is dead; `asOfMs` is when the provider learnt it (APNs 410 only).
 * - rejected: this delivery will never be accepted as it is. `blame` says whose fault:
 *   `device_token` (malformed, or of the other environment), `topic` (token of another app or project),
 *   `payload` (our request is wrong).
 * - throttled: come back later; `scope` says who is slowed down.
 * - exhausted: a quota of the credential, a daily one as a rule, is used up until `untilMs` (ms since the epoch). It is no
 *   fault of the delivery and counts as no attempt.
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
  | { readonly kind: 'exhausted'; readonly reason: string; readonly untilMs: number }
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

export const outcomeKinds = [
  'accepted',
  'unregistered',
  'rejected',
  'throttled',
  'exhausted',
  'unavailable',
  'refused_locally',
  'misconfigured',
] as const satisfies readonly Outcome['kind'][];

export type OutcomeKind = Outcome['kind'];

/** One device's answer to a test push. */
export interface TestPushResult {
  readonly deviceId: string;
  readonly provider: ProviderName;
  readonly outcome: OutcomeKind;
  readonly reason: string | null;
  /** From the call to the answer. */
  readonly latencyMs: number;
}

/**
 * What a vendor reports of a device token after it has accepted a push. unregistered: the app is gone. suspended: the token stays,
 * and pushes to it are of no use for a while. throttled: it takes no more pushes for now.
 */
export interface ReceiptVerdict {
  readonly token: string;
  readonly kind: 'unregistered' | 'suspended' | 'throttled';
  /** Short and of few values: it becomes a label. */
  readonly reason: string;
  /** When the vendor learnt it, ms since the epoch: a later registration is not meant. */
  readonly asOfMs: number;
}

/** What a verdict changed. ignored: the token is nobody's, of another app, or registered since. */
export type ReceiptResult = 'forgotten' | 'suspended' | 'throttled' | 'ignored';
