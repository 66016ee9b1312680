/*
 * Open this file first: it is the port. `device-registration.ts` writes devices that have new tokens, `token-owners.ts` knows whose a
 * token is (`owner-line.ts`: one owner). `device-lists.ts` reads and swaps the rows of `device-row.ts`, `device-scripts.ts` has
 * the scripts, `device-scan.ts` walks over all devices, and `device-counts.ts` counts them.
 */

import { deviceKey, type Device, type TokenOwner } from '../../../domain/device';
import type { ProviderName } from '../../../domain/provider-table';
import { tokenKey, holds, tokensOf, withoutTokens } from '../../../domain/device-token';
import type { Page } from '../../ports/dead-letters';
import type {
  DeviceOutcome,
  Devices,
  Forgetting,
  Registered,
  Suspension,
  UnreadDevice,
} from '../../ports/devices';
import type { UnreadDevices } from '../../unread-devices';
import { StoreUnavailableError } from '../../ports/errors';
import type { DeviceCounts } from './device-counts';
import type { DeviceLists, DeviceSwap } from './device-lists';
import { afterOutcome, suspensionBy } from '../../device-outcome';
import type { DeviceRegistration } from './device-registration';
import { decodeDevice, encodeDevice, type StoredDevice } from './device-row';
import type { DeviceScan } from './device-scan';
import { removeDeviceScript, removeUserScript } from './device-scripts';
import { grouped } from '../commands/grouped';
import type { Keys } from '../commands/keys';
import type { DeadlineClient } from '../server/deadline-client';
import { ownerLine } from './owner-line';
import type { TokenOwners } from './token-owners';

export interface DevicesParts {
  readonly redis: DeadlineClient;
  readonly keys: Keys;
  readonly lists: DeviceLists;
  readonly owners: TokenOwners;
  readonly registration: DeviceRegistration;
  readonly counts: DeviceCounts;
  readonly scan: DeviceScan;
  readonly unreadDevices: UnreadDevices;
}

/** Each time one of those that race for a device gets through. */
const attempts = 256;

type ReadableDevice = StoredDevice & { readonly device: Device };

/** A hash a uid; changes compare the row that was read, and begin anew when another writer was faster. */
export class RedisDevices implements Devices {
  readonly #parts: DevicesParts;

  constructor(parts: DevicesParts) {
    this.#parts = parts;
  }

  register(device: Device, limitPerUser: number): Promise<Registered> {
    return this.#parts.registration.register(device, limitPerUser);
  }

  update(uid: string, deviceId: string, change: (device: Device) => Device | null): Promise<Device | null> {
    return this.#change(uid, deviceId, async (stored) => {
      const changed = change(stored.device);
      if (changed === null) return (await this.#parts.registration.remove(stored)) ? { result: null } : null;
      const kept = { ...changed, uid, deviceId };
      const written = await this.#parts.registration.replace(stored, kept);
      return written === null ? null : { result: written };
    });
  }

  async get(uid: string, deviceId: string): Promise<Device | null> {
    return (await this.#read(uid, deviceId))?.device ?? null;
  }

  async list(uid: string): Promise<readonly Device[]> {
    const [devices = []] = await this.#parts.lists.many([uid]);
    return devices;
  }

  listMany(uids: readonly string[]): Promise<readonly (readonly Device[])[]> {
    return this.#parts.lists.many(uids);
  }

  async remove(uid: string, deviceId: string): Promise<boolean> {
    const { redis, keys, registration } = this.#parts;
    const row = (await redis.run(removeDeviceScript, keys.devices(uid), [deviceId], 'utf8')) as string | null;
    if (row !== null) await registration.removed(decodeDevice(uid, row));
    return row !== null;
  }

  async removeUser(uid: string): Promise<number> {
    const { redis, keys, registration } = this.#parts;
    const rows = (await redis.run(removeUserScript, keys.devices(uid), [], 'utf8')) as string[];
    await Promise.all(rows.map((row) => registration.removed(decodeDevice(uid, row))));
    return rows.length;
  }

  async ownerOf(provider: ProviderName, token: string): Promise<TokenOwner | null> {
    const key = tokenKey(provider, token);
    const listed = await this.#parts.owners.listed(key);
    const stored = await this.#parts.lists.read(listed);
    const index = stored.findIndex((one) => one !== null && tokensOf(one.device).includes(key));
    const owner = listed[index];
    return owner === undefined ? null : { uid: owner.uid, deviceId: owner.deviceId };
  }

  async removeToken(provider: ProviderName, token: string): Promise<boolean> {
    const key = tokenKey(provider, token);
    const listed = await this.#parts.owners.listed(key);
    let removed = false;
    for (const { uid, deviceId } of listed) {
      const had = await this.#change(uid, deviceId, async (stored) => {
        if (!tokensOf(stored.device).includes(key)) return { result: false };
        return (await this.#without(stored, (held) => held === key)) ? { result: true } : null;
      });
      removed ||= had === true;
    }
    if (listed.length > 0) await this.#parts.owners.disown(key, listed.map(ownerLine));
    return removed;
  }

  async forget(forgetting: Forgetting): Promise<boolean> {
    const { uid, deviceId, tokenKind, token, registeredBeforeMs } = forgetting;
    const forgotten = await this.#change(uid, deviceId, async (stored) => {
      const { device } = stored;
      if (!holds(device, tokenKind, token) || device.registeredAtMs > registeredBeforeMs)
        return { result: false };
      const left = tokenKind === 'voip' ? { ...device, voipToken: null } : { ...device, token: null };
      const done =
        left.token === null && left.voipToken === null
          ? await this.#parts.registration.remove(stored)
          : (await this.#parts.registration.replace(stored, left)) !== null;
      return done ? { result: true } : null;
    });
    return forgotten === true;
  }

  async record(outcomes: readonly DeviceOutcome[]): Promise<readonly Suspension[]> {
    const suspensions: Suspension[] = [];
    let left = outcomes;
    for (let attempt = 0; left.length > 0 && attempt < recordAttempts; attempt++)
      left = await this.#recordOnce(left, suspensions);
    return suspensions;
  }

  scan(limit: number, cursor: string | null): Promise<Page<Device>> {
    return this.#parts.scan.page(limit, cursor);
  }

  unread(): readonly UnreadDevice[] {
    return this.#parts.unreadDevices.met();
  }

  count(app: string, provider: ProviderName): Promise<number> {
    return this.#parts.counts.get(app, provider);
  }

  /** Resolves with those that another writer was faster than. */
  async #recordOnce(outcomes: readonly DeviceOutcome[], suspensions: Suspension[]): Promise<DeviceOutcome[]> {
    const groups = [...grouped(outcomes, deviceKey).values()];
    const ids = groups.flatMap(([first]) => (first === undefined ? [] : [first]));
    const stored = (await this.#parts.lists.read(ids)).map((one) => this.#readable(one));
    const swaps: DeviceSwap[] = [];
    const swapped: { readonly group: DeviceOutcome[]; readonly suspended: readonly Suspension[] }[] = [];
    stored.forEach((from, index) => {
      const group = groups[index] ?? [];
      if (from === null) return;
      const suspended: Suspension[] = [];
      const after = group.reduce((before, outcome) => {
        const device = afterOutcome(before, outcome);
        const suspension = suspensionBy(before, device, outcome);
        if (suspension !== null) suspended.push(suspension);
        return device;
      }, from.device);
      if (after === from.device) return;
      swaps.push({ from, to: encodeDevice(after, from.registration) });
      swapped.push({ group, suspended });
    });
    const done = await this.#parts.lists.swap(swaps);
    swapped.forEach(({ suspended }, index) => {
      if (done[index] === true) suspensions.push(...suspended);
    });
    return swapped.flatMap(({ group }, index) => (done[index] === true ? [] : group));
  }

  /** `step` resolves with null when the row has changed since; without a device the result is null. */
  async #change<T>(
    uid: string,
    deviceId: string,
    step: (stored: ReadableDevice) => Promise<{ readonly result: T } | null>,
  ): Promise<T | null> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.#read(uid, deviceId);
      if (stored === null) return null;
      const done = await step(stored);
      if (done !== null) return done.result;
    }
    throw new StoreUnavailableError('a device changes too fast');
  }

  #readable(stored: StoredDevice | null): ReadableDevice | null {
    const device = stored === null ? null : this.#parts.unreadDevices.readable(stored.device);
    return stored === null || device === null ? null : { ...stored, device };
  }

  async #without(stored: ReadableDevice, lost: (key: string) => boolean): Promise<boolean> {
    const left = withoutTokens(stored.device, lost);
    if (left === null) return this.#parts.registration.remove(stored);
    return (await this.#parts.registration.replace(stored, left)) !== null;
  }

  async #read(uid: string, deviceId: string): Promise<ReadableDevice | null> {
    const [stored = null] = await this.#parts.lists.read([{ uid, deviceId }]);
    return this.#readable(stored);
  }
}

const recordAttempts = 4;
