import type { Device } from '../domain/device';
import type { DeviceRow } from './unread-devices';

/**
 * What a device is besides its uid and its id, as a list: half the bytes of an object with names, and faster to read. Later
 * versions add at the end; what few devices have is left out where it is null.
 */
export type DeviceFields = readonly [
  app: string,
  provider: string,
  platform: string,
  lane: string,
  token: string | null,
  voipToken: string | null,
  locale: string | null,
  timezone: string | null,
  preview: Device['preview'],
  deviceFlag: number | null,
  appVersion: string | null,
  model: string | null,
  registeredAtMs: number,
  lastActiveAtMs: number | null,
  lastAcceptedAtMs: number | null,
  lastFailureAtMs: number | null,
  lastFailureReason: string | null,
  rejectionsInRow: number,
  suspendedUntilMs: number | null,
  throttledUntilMs?: number,
];

export function toFields(device: DeviceRow): DeviceFields {
  return [
    device.app,
    device.provider,
    device.platform,
    device.lane,
    device.token,
    device.voipToken,
    device.locale,
    device.timezone,
    device.preview,
    device.deviceFlag,
    device.appVersion,
    device.model,
    device.registeredAtMs,
    device.lastActiveAtMs,
    device.lastAcceptedAtMs,
    device.lastFailureAtMs,
    device.lastFailureReason,
    device.rejectionsInRow,
    device.suspendedUntilMs,
    ...(device.throttledUntilMs === null ? ([] as const) : ([device.throttledUntilMs] as const)),
  ];
}

export function fromFields(uid: string, deviceId: string, fields: DeviceFields): DeviceRow {
  return {
    uid,
    deviceId,
    app: fields[0],
    provider: fields[1],
    platform: fields[2],
    lane: fields[3],
    token: fields[4],
    voipToken: fields[5],
    locale: fields[6],
    timezone: fields[7],
    preview: fields[8],
    deviceFlag: fields[9],
    appVersion: fields[10],
    model: fields[11],
    registeredAtMs: fields[12],
    lastActiveAtMs: fields[13],
    lastAcceptedAtMs: fields[14],
    lastFailureAtMs: fields[15],
    lastFailureReason: fields[16],
    rejectionsInRow: fields[17],
    suspendedUntilMs: fields[18],
    throttledUntilMs: fields[19] ?? null,
  };
}

/** The order in which a user's devices are listed. */
export function compareIds(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
