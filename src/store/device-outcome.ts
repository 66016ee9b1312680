/*
 * Open this file first: the ports are in `ports/`, the stores in `embedded/` and `redis/`, and what stands before Redis in
 * `journal/` and `queue/`. This folder has what both stores share: how an outcome changes a device (`device-outcome.ts`), a
 * device as fields (`device-fields.ts`), devices of a newer relay (`unread-devices.ts`), entries that may have ended a process
 * (`held-suspects.ts`), counted messages (`counted-messages.ts`), the longest wait (`longest-delay.ts`), the lines of an
 * outage (`outage-log.ts`), a JSON head before bytes (`head-and-tail.ts`), what is done only once (`once.ts`). `traces/` has the bytes of a trace and what they decide.
 */

import type { Device } from '../domain/device';
import type { DeviceOutcome, Suspension } from './ports/devices';
import { holds } from '../domain/device-token';

const acceptedWrittenEveryMs = 3_600_000;
/** As an import takes it. */
const longestReason = 256;
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
        lastFailureReason: change.reason.slice(0, longestReason),
        rejectionsInRow,
        suspendedUntilMs,
      };
    }
    case 'lane':
      return device.lane === change.lane ? device : { ...device, lane: change.lane };
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

/** Null where the outcome did not suspend the device, or it was suspended already. */
export function suspensionBy(before: Device, after: Device, { change }: DeviceOutcome): Suspension | null {
  const untilMs = after.suspendedUntilMs;
  if (change.kind !== 'rejected' || untilMs === null || untilMs === before.suspendedUntilMs) return null;
  const wasSuspended = before.suspendedUntilMs !== null && before.suspendedUntilMs > change.atMs;
  return wasSuspended ? null : { device: after, reason: change.reason, untilMs };
}
