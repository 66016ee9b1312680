import type { Device } from '../../domain/device';

/** A device as a field of its uid's hash: a list without its uid, which the key says. Later versions add at the end. */
type Row = readonly [
  deviceId: string,
  registration: string,
  app: string,
  provider: Device['provider'],
  platform: Device['platform'],
  environment: Device['environment'],
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

/** A device and the registration by which it owns its tokens. */
export interface StoredDevice {
  readonly device: Device;
  readonly registration: string;
  /** The field as it stands, to compare with. */
  readonly row: string;
}

export function encodeDevice(device: Device, registration: string): string {
  const row: Row = [
    device.deviceId,
    registration,
    device.app,
    device.provider,
    device.platform,
    device.environment,
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
  return JSON.stringify(row);
}

export function decodeDevice(uid: string, row: string): StoredDevice {
  const fields = JSON.parse(row) as Row;
  return { device: toDevice(uid, fields), registration: fields[1], row };
}

/** `rows`: a list of fields, parsed. */
export function toDevices(uid: string, rows: readonly unknown[]): Device[] {
  const devices = rows.map((row) => toDevice(uid, row as Row));
  return devices.length < 2
    ? devices
    : devices.sort((one, other) => compareIds(one.deviceId, other.deviceId));
}

export function compareIds(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function toDevice(uid: string, row: Row): Device {
  return {
    uid,
    deviceId: row[0],
    app: row[2],
    provider: row[3],
    platform: row[4],
    environment: row[5],
    token: row[6],
    voipToken: row[7],
    locale: row[8],
    timezone: row[9],
    preview: row[10],
    deviceFlag: row[11],
    appVersion: row[12],
    model: row[13],
    registeredAtMs: row[14],
    lastActiveAtMs: row[15],
    lastAcceptedAtMs: row[16],
    lastFailureAtMs: row[17],
    lastFailureReason: row[18],
    rejectionsInRow: row[19],
    suspendedUntilMs: row[20],
    throttledUntilMs: row[21] ?? null,
  };
}
