import { z } from 'zod';
import { integer, lifetimeSeconds, percent } from '../leaves/numbers';

export interface DevicesConfig {
  readonly maxPerUid: number;
  /** A device with neither activity, registration nor acceptance for this long is removed. */
  readonly expireAfterMs: number;
  /** Activity of a uid is written at most this often. */
  readonly activityIntervalMs: number;
  readonly suspension: { readonly afterRejections: number; readonly durationMs: number };
  /** Tries of the provider's other lane for a token that is unknown on one, an app. */
  readonly laneProbesPerMinute: number;
  /** Pruning for one reason stops past both limits within the window, and past both limits of a small fleet. */
  readonly pruneBrake: {
    readonly maxPercent: number;
    readonly maxDevices: number;
    readonly smallFleetMaxPercent: number;
    readonly smallFleetMaxDevices: number;
    readonly windowMs: number;
  };
}

export const devicesSchema = z.strictObject({
  max_per_uid: integer({ min: 1, max: 1000 }).default(20),
  expire_after: lifetimeSeconds({ min: 86_400 }).default(270 * 86_400),
  activity_interval_seconds: lifetimeSeconds().default(3600),
  suspend_after_rejections: integer({ min: 1, max: 1000 }).default(5),
  suspend_seconds: lifetimeSeconds().default(86_400),
  environment_probes_per_minute: integer().default(60),
  prune_brake: z
    .strictObject({
      max_percent: percent().default(5),
      max_devices: integer().default(100),
      small_fleet_max_percent: percent().default(33.4),
      small_fleet_max_devices: integer().default(5),
      window_seconds: lifetimeSeconds({ min: 1 }).default(600),
    })
    .prefault({}),
});

export function toDevicesConfig(section: z.output<typeof devicesSchema>): DevicesConfig {
  const brake = section.prune_brake;
  return {
    maxPerUid: section.max_per_uid,
    expireAfterMs: section.expire_after * 1000,
    activityIntervalMs: section.activity_interval_seconds * 1000,
    suspension: {
      afterRejections: section.suspend_after_rejections,
      durationMs: section.suspend_seconds * 1000,
    },
    laneProbesPerMinute: section.environment_probes_per_minute,
    pruneBrake: {
      maxPercent: brake.max_percent,
      maxDevices: brake.max_devices,
      smallFleetMaxPercent: brake.small_fleet_max_percent,
      smallFleetMaxDevices: brake.small_fleet_max_devices,
      windowMs: brake.window_seconds * 1000,
    },
  };
}
