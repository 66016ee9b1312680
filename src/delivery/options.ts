import type { PerProvider } from '../domain/provider-table';

export interface ProviderRetryFloors {
  /** Least wait after a throttled answer that named none. */
  readonly throttledMs: number;
  /** Least wait after an answer that the provider is unavailable. */
  readonly unavailableMs: number;
  /** Least wait after an attempt of which nobody knows whether it was accepted. */
  readonly ambiguousMs: number;
}

export interface RetryOptions {
  readonly floors: PerProvider<ProviderRetryFloors>;
  readonly throttledBaseMs: number;
  readonly unavailableBaseMs: number;
  readonly capMs: number;
  readonly maxAttempts: number;
  readonly maxAmbiguousAttempts: number;
}

export interface DeliveryOptions {
  readonly retry: RetryOptions;
  /** From reception; past it a delivery becomes a dead letter. */
  readonly maxAgeMs: number;
  /** What the provider may keep a chat message for. */
  readonly ttlMs: number;
  /** How long a call rings that does not say. */
  readonly callTtlMs: number;
  /** What the provider may keep a push for that shows nothing. */
  readonly syncTtlMs: number;
  readonly dedupWindowMs: number;
  readonly claimTimeMs: number;
  readonly renewIntervalMs: number;
  /** An entry that was handed out more often is poison. */
  readonly maxClaims: number;
  /** How often the progress of entries that have come further is written down. */
  readonly checkpointIntervalMs: number;
  readonly credentialProbeIntervalMs: number;
  /** Deliveries in flight, a route. */
  readonly maxInFlight: PerProvider<number>;
  /** Of one entry, for each route and rendered notification. */
  readonly maxInFlightPerEntry: number;
  /** Entries of the direct lane that are read for one of the bulk lane. */
  readonly directPerBulk: number;
  readonly inboxBatch: number;
  readonly inboxWaitMs: number;
  readonly drainMs: number;
  readonly suspendAfterRejections: number;
  readonly suspendForMs: number;
  /** One reason may take no more than both of share and count, and no more than both of smallShare and smallCount. */
  readonly pruneBrake: {
    readonly share: number;
    readonly count: number;
    readonly smallShare: number;
    readonly smallCount: number;
    readonly windowMs: number;
  };
  readonly laneProbesPerMinute: number;
  /** Deadletter bodies longer than this are cut. */
  readonly deadLetterBodyBytes: number;
}
