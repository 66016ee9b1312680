import type { Device } from '../../../domain/device';
import { compareIds } from '../../device-fields';
import { decodeDeviceRows, encodeDeviceRows } from './device-json';

/*
 * All devices of a uid in one row, by device id: `[u8 format][u32 where the texts begin][u16 uid][u16 devices]`, of each device
 * `[u8 kinds][u8 which numbers][u8 which texts][numbers: f64 each][lengths of texts: u16 each]`, then all texts as one string, in UTF-16
 * units: pieces of one string cost a fraction of as many reads. What is null has neither number nor length.
 */
const ascii = 1;
const utf8 = 2;
const headBytes = 9;
const longestText = 0xffff;
/** Texts that every device has. */
const alwaysThere = 2;

const providers = ['apns', 'fcm'] as const;
const platforms = ['ios', 'android', 'web'] as const;
const environments = ['production', 'sandbox'] as const;
const previews = [null, 'full', 'sender', 'none'] as const;

export function encodeDevices(uid: string, devices: readonly Device[]): Buffer {
  const sorted = [...devices].sort((one, other) => compareIds(one.deviceId, other.deviceId));
  return encodeRow(uid, sorted) ?? encodeDeviceRows(uid, sorted);
}

export function decodeDevices(bytes: Buffer): Device[] {
  if (bytes[0] !== ascii && bytes[0] !== utf8) return decodeDeviceRows(bytes);
  const reader = new RowReader(bytes);
  const uidLength = reader.u16();
  const count = reader.u16();
  const uid = reader.text(uidLength);
  const devices: Device[] = [];
  for (let index = 0; index < count; index += 1) devices.push(readDevice(reader, uid));
  return devices;
}

/** Null where something is longer than a row of this kind can say. */
function encodeRow(uid: string, devices: readonly Device[]): Buffer | null {
  const parts = devices.map((device) => ({
    kinds: kindsOf(device),
    numbers: numbersOf(device),
    texts: textsOf(device),
  }));
  const texts = [uid, ...parts.flatMap((part) => part.texts)].filter((text) => text !== null);
  if (devices.length > longestText || texts.some(({ length }) => length > longestText)) return null;
  const numbers = parts.flatMap((part) => part.numbers).filter((number) => number !== null);
  const text = texts.join('');
  const length = Buffer.byteLength(text);
  const textsAt = headBytes + devices.length * 3 + numbers.length * 8 + (texts.length - 1) * 2;
  const bytes = Buffer.allocUnsafe(textsAt + length);
  let at = bytes.writeUInt8(length === text.length ? ascii : utf8, 0);
  at = bytes.writeUInt32BE(textsAt, at);
  at = bytes.writeUInt16BE(uid.length, at);
  at = bytes.writeUInt16BE(devices.length, at);
  for (const part of parts) {
    at = bytes.writeUInt8(part.kinds, at);
    at = bytes.writeUInt8(maskOf(part.numbers), at);
    at = bytes.writeUInt8(maskOf(part.texts.slice(alwaysThere)), at);
    for (const number of part.numbers) if (number !== null) at = bytes.writeDoubleBE(number, at);
    for (const one of part.texts) if (one !== null) at = bytes.writeUInt16BE(one.length, at);
  }
  bytes.write(text, at);
  return bytes;
}

/** In the order of `readDevice`, at most eight. */
function numbersOf(device: Device): (number | null)[] {
  return [
    device.registeredAtMs,
    device.rejectionsInRow,
    device.deviceFlag,
    device.lastActiveAtMs,
    device.lastAcceptedAtMs,
    device.lastFailureAtMs,
    device.suspendedUntilMs,
    device.throttledUntilMs,
  ];
}

/** In the order of `readDevice`. */
function textsOf(device: Device): (string | null)[] {
  return [
    device.deviceId,
    device.app,
    device.token,
    device.voipToken,
    device.locale,
    device.timezone,
    device.appVersion,
    device.model,
    device.lastFailureReason,
  ];
}

function kindsOf({ provider, platform, environment, preview }: Device): number {
  return (
    providers.indexOf(provider) |
    (platforms.indexOf(platform) << 1) |
    (environments.indexOf(environment) << 3) |
    (previews.indexOf(preview) << 4)
  );
}

function maskOf(values: readonly (number | string | null)[]): number {
  return values.reduce<number>((mask, value, bit) => (value === null ? mask : mask | (1 << bit)), 0);
}

function readDevice(reader: RowReader, uid: string): Device {
  const kinds = reader.u8();
  const numbers = reader.u8();
  const texts = reader.u8();
  const registeredAtMs = reader.f64();
  const rejectionsInRow = reader.f64();
  const deviceFlag = reader.numberIf(numbers & 4);
  const lastActiveAtMs = reader.numberIf(numbers & 8);
  const lastAcceptedAtMs = reader.numberIf(numbers & 16);
  const lastFailureAtMs = reader.numberIf(numbers & 32);
  const suspendedUntilMs = reader.numberIf(numbers & 64);
  const throttledUntilMs = reader.numberIf(numbers & 128);
  return {
    uid,
    deviceId: reader.text(reader.u16()),
    app: reader.text(reader.u16()),
    provider: providers[kinds & 1] ?? 'apns',
    platform: platforms[(kinds >> 1) & 3] ?? 'ios',
    environment: environments[(kinds >> 3) & 1] ?? 'production',
    token: reader.textIf(texts & 1),
    voipToken: reader.textIf(texts & 2),
    locale: reader.textIf(texts & 4),
    timezone: reader.textIf(texts & 8),
    preview: previews[(kinds >> 4) & 3] ?? null,
    deviceFlag,
    appVersion: reader.textIf(texts & 16),
    model: reader.textIf(texts & 32),
    registeredAtMs,
    lastActiveAtMs,
    lastAcceptedAtMs,
    lastFailureAtMs,
    lastFailureReason: reader.textIf(texts & 64),
    rejectionsInRow,
    suspendedUntilMs,
    throttledUntilMs,
  };
}

/** Reads a row from its beginning to its end, its texts along with it. */
class RowReader {
  private at = 5;
  private textAt = 0;
  private readonly texts: string;

  constructor(private readonly bytes: Buffer) {
    const textsAt = bytes.readUInt32BE(1);
    this.texts = bytes.toString(bytes[0] === ascii ? 'latin1' : 'utf8', textsAt);
  }

  u8(): number {
    return this.bytes[this.at++] ?? 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  f64(): number {
    this.at += 8;
    return this.bytes.readDoubleBE(this.at - 8);
  }

  text(length: number): string {
    this.textAt += length;
    return this.texts.slice(this.textAt - length, this.textAt);
  }

  numberIf(isThere: number): number | null {
    return isThere === 0 ? null : this.f64();
  }

  textIf(isThere: number): string | null {
    return isThere === 0 ? null : this.text(this.u16());
  }
}
