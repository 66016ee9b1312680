import type { Config } from '../config/config';
import type { DeliveryOptions, ProviderRetryFloors } from '../delivery/options';
import { perProvider, type ProviderName } from '../domain/provider-table';

export function toDeliveryOptions(config: Config): DeliveryOptions {
  const { delivery, devices, providers, retention, server } = config;
  const { retry } = delivery;
  const floors = (provider: ProviderName): ProviderRetryFloors => ({
    throttledMs: retry.throttled.floorMs[provider],
    unavailableMs: retry.unavailable.floorMs[provider],
    ambiguousMs: retry.ambiguous.delayMs[provider],
  });
  return {
    retry: {
      floors: perProvider(floors),
      throttledBaseMs: retry.throttled.baseMs,
      unavailableBaseMs: retry.unavailable.baseMs,
      capMs: retry.capMs,
      maxAttempts: delivery.maxAttempts,
      maxAmbiguousAttempts: retry.ambiguous.maxAttempts,
    },
    maxAgeMs: delivery.maxAgeMs,
    ttlMs: delivery.ttl.textMs,
    callTtlMs: delivery.ttl.callMs,
    syncTtlMs: delivery.ttl.syncMs,
    dedupWindowMs: delivery.deduplicationWindowMs,
    claimTimeMs: delivery.claim.durationMs,
    renewIntervalMs: delivery.claim.renewalMs,
    checkpointIntervalMs: Math.min(checkpointEveryMs, delivery.claim.renewalMs),
    maxClaims: delivery.claim.maxClaims,
    credentialProbeIntervalMs: delivery.probeIntervalMs,
    maxInFlight: perProvider((name) => providers.limits[name].maxInFlight),
    maxInFlightPerEntry: delivery.maxInFlightPerEntry,
    directPerBulk: delivery.lanes.directPerBulk,
    inboxBatch: delivery.inbox.batchSize,
    inboxWaitMs: delivery.inbox.blockMs,
    drainMs: server.drainMs,
    suspendAfterRejections: devices.suspension.afterRejections,
    suspendForMs: devices.suspension.durationMs,
    pruneBrake: {
      share: devices.pruneBrake.maxPercent / 100,
      count: devices.pruneBrake.maxDevices,
      smallShare: devices.pruneBrake.smallFleetMaxPercent / 100,
      smallCount: devices.pruneBrake.smallFleetMaxDevices,
      windowMs: devices.pruneBrake.windowMs,
    },
    laneProbesPerMinute: devices.laneProbesPerMinute,
    deadLetterBodyBytes: retention.deadLetters.maxBodyBytes,
  };
}

/** A crash repeats what was open, and of a group what was answered since the progress was last written down. */
export const checkpointEveryMs = 50;
