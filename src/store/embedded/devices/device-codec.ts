import { compareIds } from '../../device-fields';
import type { DeviceRow } from '../../unread-devices';

/*
 * All devices of a uid in one row, by device id: `[u8 encoding][u32 where the texts begin][u16 uid][u16 devices]`, of each device
 * `[u8 which numbers][u8 which texts][numbers: f64 each][lengths of texts: u16 each]`, then all texts as one string, in UTF-16
 * units: pieces of one string cost a fraction of as many reads. (A device is read in 0.7 µs; as a JSON list it took 3.1, of about 11
 * that a device of a group costs in all.) What is null has neither number nor length. Providers, platforms
 * and lanes stand there by name, so that a row means the same to every version.
 */
const ascii = 1;
const utf8 = 2;
const headBytes = 9;
/** Texts that every device has. */
const alwaysThere = 5;

/** Throws RangeError where a text is longer than 65,535 units, or a uid has more devices; neither gets this far. */
export function encodeDevices(uid: string, devices: readonly DeviceRow[]): Buffer {
  const sorted = [...devices].sort((one, other) => compareIds(one.deviceId, other.deviceId));
  const parts = sorted.map((device) => ({ numbers: numbersOf(device), texts: textsOf(device) }));
  const texts = [uid, ...parts.flatMap((part) => part.texts)].filter((text) => text !== null);
  const numbers = parts.flatMap((part) => part.numbers).filter((number) => number !== null);
  const text = texts.join('');
  const length = Buffer.byteLength(text);
  const textsAt = headBytes + parts.length * 2 + numbers.length * 8 + (texts.length - 1) * 2;
  const bytes = Buffer.allocUnsafe(textsAt + length);
  let at = bytes.writeUInt8(length === text.length ? ascii : utf8, 0);
  at = bytes.writeUInt32BE(textsAt, at);
  at = bytes.writeUInt16BE(uid.length, at);
  at = bytes.writeUInt16BE(parts.length, at);
  for (const part of parts) {
    at = bytes.writeUInt8(maskOf(part.numbers), at);
    at = bytes.writeUInt8(maskOf(part.texts.slice(alwaysThere)), at);
    for (const number of part.numbers) if (number !== null) at = bytes.writeDoubleBE(number, at);
    for (const one of part.texts) if (one !== null) at = bytes.writeUInt16BE(one.length, at);
  }
  bytes.write(text, at);
  return bytes;
}

export function decodeDevices(bytes: Buffer): DeviceRow[] {
  const reader = new RowReader(bytes);
  const uidLength = reader.u16();
  const count = reader.u16();
  const uid = reader.text(uidLength);
  const devices: DeviceRow[] = [];
  for (let index = 0; index < count; index += 1) devices.push(readDevice(reader, uid));
  return devices;
}

/** In the order of `readDevice`, at most eight. */
function numbersOf(device: DeviceRow): (number | null)[] {
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

/** In the order of `readDevice`: the first five of every device, and at most eight more. */
function textsOf(device: DeviceRow): (string | null)[] {
  return [
    device.deviceId,
    device.app,
    device.provider,
    device.platform,
    device.lane,
    device.token,
    device.voipToken,
    device.locale,
    device.timezone,
    device.preview,
    device.appVersion,
    device.model,
    device.lastFailureReason,
  ];
}

function maskOf(values: readonly (number | string | null)[]): number {
  return values.reduce<number>((mask, value, bit) => (value === null ? mask : mask | (1 << bit)), 0);
}

function readDevice(reader: RowReader, uid: string): DeviceRow {
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
    provider: reader.text(reader.u16()),
    platform: reader.text(reader.u16()),
    lane: reader.text(reader.u16()),
    token: reader.textIf(texts & 1),
    voipToken: reader.textIf(texts & 2),
    locale: reader.textIf(texts & 4),
    timezone: reader.textIf(texts & 8),
    preview: reader.textIf(texts & 16) as DeviceRow['preview'],
    deviceFlag,
    appVersion: reader.textIf(texts & 32),
    model: reader.textIf(texts & 64),
    registeredAtMs,
    lastActiveAtMs,
    lastAcceptedAtMs,
    lastFailureAtMs,
    lastFailureReason: reader.textIf(texts & 128),
    rejectionsInRow,
    suspendedUntilMs,
    throttledUntilMs,
  };
}

/** Reads a row from its beginning to its end, its texts along with it. */
class RowReader {
  #at = 5;
  #textAt = 0;
  readonly #texts: string;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;

    const textsAt = bytes.readUInt32BE(1);
    this.#texts = bytes.toString(bytes[0] === ascii ? 'latin1' : 'utf8', textsAt);
  }

  u8(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  f64(): number {
    this.#at += 8;
    return this.#bytes.readDoubleBE(this.#at - 8);
  }

  text(length: number): string {
    this.#textAt += length;
    return this.#texts.slice(this.#textAt - length, this.#textAt);
  }

  numberIf(isThere: number): number | null {
    return isThere === 0 ? null : this.f64();
  }

  textIf(isThere: number): string | null {
    return isThere === 0 ? null : this.text(this.u16());
  }
}
