import type { Device } from '../domain/device';
import type { DeviceOutcome } from './ports/devices';
import { holds } from '../domain/device-tokens';

const acceptedWrittenEveryMs = 3_600_000;

/** The device after an attempt's outcome; the same object when there is nothing to write. */
export function afterOutcome(device: Device, outcome: DeviceOutcome): Device {
  if (!holds(device, outcome.tokenKind, outcome.token)) return device;
  const { change } = outcome;
  switch (change.kind) {
    case 'accepted': {
      const blemished = device.rejectionsInRow > 0 || device.suspendedUntilMs !== null;
      const fresh =
        device.lastAcceptedAtMs !== null && change.atMs - device.lastAcceptedAtMs < acceptedWrittenEveryMs;
      if (fresh && !blemished) return device;
      const lastAcceptedAtMs = Math.max(device.lastAcceptedAtMs ?? change.atMs, change.atMs);
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
    case 'throttled':
      return (device.throttledUntilMs ?? 0) >= change.untilMs
        ? device
        : { ...device, throttledUntilMs: change.untilMs };
    default: {
      const impossible: never = change;
      throw new Error(`unexpected change ${JSON.stringify(impossible)}`);
    }
  }
}
