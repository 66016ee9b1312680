import type { Device } from '../domain/device';
import type { DeviceOutcome } from './ports/devices';
import { holds } from '../domain/device-tokens';

const acceptedWrittenEveryMs = 3_600_000;
const clocksApartMs = 60_000;
/** No device is left in peace for longer. */
const throttledAtMostMs = 3_600_000;

/** The device after an attempt's outcome; the same object when there is nothing to write. */
export function afterOutcome(device: Device, outcome: DeviceOutcome): Device {
  if (!holds(device, outcome.tokenKind, outcome.token)) return device;
  const { change } = outcome;
  switch (change.kind) {
    case 'accepted': {
      const blemished = device.rejectionsInRow > 0 || device.suspendedUntilMs !== null;
      const last = device.lastAcceptedAtMs;
      // Beyond what outcomes overtake each other, it was written by a clock that was wrong.
      const isPlausible = last !== null && last - change.atMs < clocksApartMs;
      if (isPlausible && change.atMs - last < acceptedWrittenEveryMs && !blemished) return device;
      const lastAcceptedAtMs = isPlausible ? Math.max(last, change.atMs) : change.atMs;
      return { ...device, lastAcceptedAtMs, rejectionsInRow: 0, suspendedUntilMs: null };
    }
    case 'rejected': {
      const rejectionsInRow = device.rejectionsInRow + 1;
      const suspendedUntilMs =
        rejectionsInRow >= change.suspendAfter ? change.suspendUntilMs : device.suspendedUntilMs;
      return {
        ...device,
        lastFailureAtMs: change.atMs,
        lastFailureReason: change.reason,
        rejectionsInRow,
        suspendedUntilMs,
      };
    }
    case 'environment':
      return device.environment === change.environment
        ? device
        : { ...device, environment: change.environment };
    case 'throttled': {
      const aheadMs = (device.throttledUntilMs ?? 0) - change.untilMs;
      return aheadMs >= 0 && aheadMs <= throttledAtMostMs
        ? device
        : { ...device, throttledUntilMs: change.untilMs };
    }
    default: {
      const impossible: never = change;
      throw new Error(`unexpected change ${JSON.stringify(impossible)}`);
    }
  }
}
