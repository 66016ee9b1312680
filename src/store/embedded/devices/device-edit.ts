import type { TokenOwner } from '../../../domain/device';
import { tokensOf, withoutTokens } from '../../../domain/device-token';
import type { DeviceRow } from '../../unread-devices';
import type { Batch } from '../disk/batch';
import { decodeDevices, encodeDevices } from './device-codec';
import type { Table } from '../disk/environment';
import { textKey } from '../disk/keys';
import { decodeJson, encodeJson } from '../disk/value-codec';

export interface DeviceTables {
  /** uid → all its devices. */
  readonly users: Table;
  /** Token key → `[uid, device id]`. */
  readonly owners: Table;
}

export function devicesCounter(app: string, provider: string): string {
  return `devices:${provider}:${app}`;
}

/**
 * Changes of one atomic step, over any number of users. Reads see what the step has changed; `write` hands all of it to
 * the batch: the users' rows, the owner index and the counts, so that the three never disagree.
 */
export class DeviceEdit {
  readonly #users = new Map<string, Map<string, DeviceRow>>();
  readonly #owners = new Map<string, TokenOwner | null>();
  readonly #tables: DeviceTables;
  readonly #batch: Batch;

  constructor(tables: DeviceTables, batch: Batch) {
    this.#tables = tables;
    this.#batch = batch;
  }

  /** The device, whether or not this relay can read it. */
  row(uid: string, deviceId: string): DeviceRow | null {
    return this.#user(uid).get(deviceId) ?? null;
  }

  rows(uid: string): DeviceRow[] {
    return [...this.#user(uid).values()];
  }

  owner(key: string): TokenOwner | null {
    const changed = this.#owners.get(key);
    return changed === undefined ? readOwner(this.#tables, key) : changed;
  }

  /** Takes its tokens from whoever holds them; tokens that it held before and holds no more are nobody's. */
  put(device: DeviceRow): void {
    const devices = this.#user(device.uid);
    const keys = tokensOf(device);
    const before = devices.get(device.deviceId);
    if (before !== undefined) this.#disown(before, keys);
    for (const key of keys) {
      const owner = this.owner(key);
      if (owner !== null && (owner.uid !== device.uid || owner.deviceId !== device.deviceId))
        this.#take(owner, key);
      this.#owners.set(key, { uid: device.uid, deviceId: device.deviceId });
    }
    this.#recount(before, device);
    devices.set(device.deviceId, device);
  }

  remove(device: DeviceRow): void {
    this.#disown(device, []);
    this.#recount(device, undefined);
    this.#user(device.uid).delete(device.deviceId);
  }

  write(): void {
    for (const [uid, devices] of this.#users) {
      const key = textKey(uid);
      if (devices.size === 0) this.#batch.remove(this.#tables.users, key);
      else this.#batch.put(this.#tables.users, key, encodeDevices(uid, [...devices.values()]));
    }
    for (const [name, owner] of this.#owners) {
      const key = textKey(name);
      if (owner === null) this.#batch.remove(this.#tables.owners, key);
      else this.#batch.put(this.#tables.owners, key, encodeJson([owner.uid, owner.deviceId]));
    }
    this.#users.clear();
    this.#owners.clear();
  }

  #user(uid: string): Map<string, DeviceRow> {
    const known = this.#users.get(uid);
    if (known !== undefined) return known;
    const devices = new Map(
      readDevices(this.#tables, uid).map((device): [string, DeviceRow] => [device.deviceId, device]),
    );
    this.#users.set(uid, devices);
    return devices;
  }

  #take(owner: TokenOwner, key: string): void {
    const device = this.row(owner.uid, owner.deviceId);
    if (device === null) return;
    const left = withoutTokens(device, (held) => held === key);
    if (left === null) this.remove(device);
    else this.#user(owner.uid).set(owner.deviceId, left);
  }

  #disown(device: DeviceRow, kept: readonly string[]): void {
    for (const key of tokensOf(device)) {
      if (kept.includes(key)) continue;
      const owner = this.owner(key);
      if (owner?.uid === device.uid && owner.deviceId === device.deviceId) this.#owners.set(key, null);
    }
  }

  #recount(before: DeviceRow | undefined, after: DeviceRow | undefined): void {
    const from = before && devicesCounter(before.app, before.provider);
    const to = after && devicesCounter(after.app, after.provider);
    if (from === to) return;
    if (from !== undefined) this.#batch.count(from, -1);
    if (to !== undefined) this.#batch.count(to, 1);
  }
}

export function readDevices(tables: DeviceTables, uid: string): DeviceRow[] {
  const bytes = tables.users.get(textKey(uid));
  return bytes === undefined ? [] : decodeDevices(bytes);
}

export function readOwner(tables: DeviceTables, key: string): TokenOwner | null {
  const bytes = tables.owners.get(textKey(key));
  if (bytes === undefined) return null;
  const [uid, deviceId] = decodeJson<[string, string]>(bytes);
  return { uid, deviceId };
}
