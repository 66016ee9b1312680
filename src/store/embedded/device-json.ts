import type { Device } from '../../domain/device';

/**
 * A device without its uid, as a list: half the bytes of an object with names, and faster to read. Later versions add at
 * the end; what few devices have is left out where it is null.
 */
type DeviceRow = readonly [
  deviceId: string,
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

/** Rows as the first versions wrote them, and for what fits into no other: `[uid, device, device, …]`. */
export function encodeDeviceRows(uid: string, devices: readonly Device[]): Buffer {
  return Buffer.from(JSON.stringify([uid, ...devices.map(toRow)]));
}

export function decodeDeviceRows(bytes: Buffer): Device[] {
  const [uid, ...rows] = JSON.parse(bytes.toString('utf8')) as [string, ...DeviceRow[]];
  return rows.map((row) => fromRow(uid, row));
}

function toRow(device: Device): DeviceRow {
  return [
    device.deviceId,
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
}

function fromRow(uid: string, row: DeviceRow): Device {
  return {
    uid,
    deviceId: row[0],
    app: row[1],
    provider: row[2],
    platform: row[3],
    environment: row[4],
    token: row[5],
    voipToken: row[6],
    locale: row[7],
    timezone: row[8],
    preview: row[9],
    deviceFlag: row[10],
    appVersion: row[11],
    model: row[12],
    registeredAtMs: row[13],
    lastActiveAtMs: row[14],
    lastAcceptedAtMs: row[15],
    lastFailureAtMs: row[16],
    lastFailureReason: row[17],
    rejectionsInRow: row[18],
    suspendedUntilMs: row[19],
    throttledUntilMs: row[20] ?? null,
  };
}
