import type { Device } from '../../../domain/device';
import { fromFields, toFields, type DeviceFields } from '../../device-fields';

type DeviceRow = readonly [deviceId: string, ...DeviceFields];

/** Rows as the first versions wrote them, and for what fits into no other: `[uid, device, device, …]`. */
export function encodeDeviceRows(uid: string, devices: readonly Device[]): Buffer {
  return Buffer.from(
    JSON.stringify([uid, ...devices.map((device): DeviceRow => [device.deviceId, ...toFields(device)])]),
  );
}

export function decodeDeviceRows(bytes: Buffer): Device[] {
  const [uid, ...rows] = JSON.parse(bytes.toString('utf8')) as [string, ...DeviceRow[]];
  return rows.map(([deviceId, ...fields]) => fromFields(uid, deviceId, fields));
}
