import type { DeviceRow } from '../../unread-devices';
import { compareIds, fromFields, toFields, type DeviceFields } from '../../device-fields';

/** A device as a field of its uid's hash: a list without its uid, which the key says. Later versions add at the end. */
type Row = readonly [deviceId: string, registration: string, ...DeviceFields];

/** A device and the registration by which it owns its tokens. */
export interface StoredDevice {
  readonly device: DeviceRow;
  readonly registration: string;
  /** The field as it stands, to compare with. */
  readonly row: string;
}

export function encodeDevice(device: DeviceRow, registration: string): string {
  const row: Row = [device.deviceId, registration, ...toFields(device)];
  return JSON.stringify(row);
}

export function decodeDevice(uid: string, row: string): StoredDevice {
  const fields = JSON.parse(row) as Row;
  return { device: toDevice(uid, fields), registration: fields[1], row };
}

/** `rows`: a list of fields, parsed. */
export function toDevices(uid: string, rows: readonly unknown[]): DeviceRow[] {
  const devices = rows.map((row) => toDevice(uid, row as Row));
  return devices.length < 2
    ? devices
    : devices.sort((one, other) => compareIds(one.deviceId, other.deviceId));
}

function toDevice(uid: string, row: Row): DeviceRow {
  // Not as the rest of a pattern: this is done for each device that is looked up.
  return fromFields(uid, row[0], row.slice(2) as unknown as DeviceFields);
}
