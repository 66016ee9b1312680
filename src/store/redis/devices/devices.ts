import { tokenKey, type Device, type ProviderName, type TokenOwner } from '../../../domain/device';
import { holds, tokensOf, withoutTokens } from '../../../domain/device-tokens';
import type { Page } from '../../ports/dead-letters';
import type { DeviceOutcome, Devices, Forgetting, Registered } from '../../ports/devices';
import { StoreUnavailableError } from '../../ports/errors';
import type { DeviceCounts } from './device-counts';
import type { DeviceLists, DeviceSwap } from './device-lists';
import { afterOutcome } from '../../device-outcome';
import type { DeviceRegistration } from './device-registration';
import { decodeDevice, encodeDevice, type StoredDevice } from './device-row';
import type { DeviceScan } from './device-scan';
import { removeDeviceScript, removeUserScript } from './device-scripts';
import type { Keys } from '../commands/keys';
import type { Link } from '../server/link';
import { ownerLine } from './owner-line';
import type { TokenOwners } from './token-owners';

export interface DevicesParts {
  readonly link: Link;
  readonly keys: Keys;
  readonly lists: DeviceLists;
  readonly owners: TokenOwners;
  readonly registration: DeviceRegistration;
  readonly counts: DeviceCounts;
  readonly scan: DeviceScan;
}

/** Each time one of those that race for a device gets through. */
const attempts = 256;

/** A hash a uid; changes compare the row that was read, and begin anew when another writer was faster. */
export class RedisDevices implements Devices {
  constructor(private readonly parts: DevicesParts) {}

  register(device: Device, limitPerUser: number): Promise<Registered> {
    return this.parts.registration.register(device, limitPerUser);
  }

  update(uid: string, deviceId: string, change: (device: Device) => Device | null): Promise<Device | null> {
    return this.#change(uid, deviceId, async (stored) => {
      const changed = change(stored.device);
      if (changed === null) return (await this.parts.registration.remove(stored)) ? { result: null } : null;
      const kept = { ...changed, uid, deviceId };
      const written = await this.parts.registration.replace(stored, kept);
      return written === null ? null : { result: written };
    });
  }

  async get(uid: string, deviceId: string): Promise<Device | null> {
    return (await this.#read(uid, deviceId))?.device ?? null;
  }

  async list(uid: string): Promise<readonly Device[]> {
    const [devices = []] = await this.parts.lists.many([uid]);
    return devices;
  }

  listMany(uids: readonly string[]): Promise<readonly (readonly Device[])[]> {
    return this.parts.lists.many(uids);
  }

  async remove(uid: string, deviceId: string): Promise<boolean> {
    const { link, keys, registration } = this.parts;
    const row = (await link.run(removeDeviceScript, keys.devices(uid), [deviceId], 'utf8')) as string | null;
    if (row !== null) await registration.removed(decodeDevice(uid, row));
    return row !== null;
  }

  async removeUser(uid: string): Promise<number> {
    const { link, keys, registration } = this.parts;
    const rows = (await link.run(removeUserScript, keys.devices(uid), [], 'utf8')) as string[];
    await Promise.all(rows.map((row) => registration.removed(decodeDevice(uid, row))));
    return rows.length;
  }

  async ownerOf(provider: ProviderName, token: string): Promise<TokenOwner | null> {
    const key = tokenKey(provider, token);
    const listed = await this.parts.owners.listed(key);
    const stored = await this.parts.lists.read(listed);
    const index = stored.findIndex((one) => one !== null && tokensOf(one.device).includes(key));
    const owner = listed[index];
    return owner === undefined ? null : { uid: owner.uid, deviceId: owner.deviceId };
  }

  async removeToken(provider: ProviderName, token: string): Promise<boolean> {
    const key = tokenKey(provider, token);
    const listed = await this.parts.owners.listed(key);
    let removed = false;
    for (const { uid, deviceId } of listed) {
      const had = await this.#change(uid, deviceId, async (stored) => {
        if (!tokensOf(stored.device).includes(key)) return { result: false };
        return (await this.#without(stored, (held) => held === key)) ? { result: true } : null;
      });
      removed ||= had === true;
    }
    if (listed.length > 0) await this.parts.owners.disown(key, listed.map(ownerLine));
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
          ? await this.parts.registration.remove(stored)
          : (await this.parts.registration.replace(stored, left)) !== null;
      return done ? { result: true } : null;
    });
    return forgotten === true;
  }

  async record(outcomes: readonly DeviceOutcome[]): Promise<void> {
    let left = outcomes;
    for (let attempt = 0; left.length > 0 && attempt < recordAttempts; attempt++)
      left = await this.#recordOnce(left);
  }

  scan(limit: number, cursor: string | null): Promise<Page<Device>> {
    return this.parts.scan.page(limit, cursor);
  }

  count(app: string, provider: ProviderName): Promise<number> {
    return this.parts.counts.get(app, provider);
  }

  /** Resolves with those that another writer was faster than. */
  async #recordOnce(outcomes: readonly DeviceOutcome[]): Promise<DeviceOutcome[]> {
    const byDevice = new Map<string, DeviceOutcome[]>();
    for (const outcome of outcomes) {
      const key = JSON.stringify([outcome.uid, outcome.deviceId]);
      const known = byDevice.get(key);
      if (known === undefined) byDevice.set(key, [outcome]);
      else known.push(outcome);
    }
    const groups = [...byDevice.values()];
    const ids = groups.flatMap(([first]) => (first === undefined ? [] : [first]));
    const stored = await this.parts.lists.read(ids);
    const swaps: DeviceSwap[] = [];
    const swapped: DeviceOutcome[][] = [];
    stored.forEach((from, index) => {
      const group = groups[index] ?? [];
      if (from === null) return;
      const after = group.reduce(afterOutcome, from.device);
      if (after === from.device) return;
      swaps.push({ from, to: encodeDevice(after, from.registration) });
      swapped.push(group);
    });
    const done = await this.parts.lists.swap(swaps);
    return swapped.filter((_, index) => done[index] !== true).flat();
  }

  /** `step` resolves with null when the row has changed since; without a device the result is null. */
  async #change<T>(
    uid: string,
    deviceId: string,
    step: (stored: StoredDevice) => Promise<{ readonly result: T } | null>,
  ): Promise<T | null> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.#read(uid, deviceId);
      if (stored === null) return null;
      const done = await step(stored);
      if (done !== null) return done.result;
    }
    throw new StoreUnavailableError('a device changes too fast');
  }

  async #without(stored: StoredDevice, lost: (key: string) => boolean): Promise<boolean> {
    const left = withoutTokens(stored.device, lost);
    if (left === null) return this.parts.registration.remove(stored);
    return (await this.parts.registration.replace(stored, left)) !== null;
  }

  async #read(uid: string, deviceId: string): Promise<StoredDevice | null> {
    const [stored = null] = await this.parts.lists.read([{ uid, deviceId }]);
    return stored;
  }
}

const recordAttempts = 4;
