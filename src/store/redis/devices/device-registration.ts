import type { Random } from '../../../domain/clock';
import type { Device } from '../../../domain/device';
import { tokensOf, withoutTokens } from '../../../domain/device-token';
import type { Registered } from '../../ports/devices';
import { isReadable, type DeviceRow, type UnreadDevices } from '../../unread-devices';
import type { DeviceCounts } from './device-counts';
import type { DeviceLists } from './device-lists';
import { decodeDevice, encodeDevice, type StoredDevice } from './device-row';
import { writeDeviceScript } from './device-scripts';
import type { DurableWrites } from '../commands/durable-writes';
import type { Keys } from '../commands/keys';
import type { DeadlineClient } from '../server/deadline-client';
import { ownerLine, type Registration } from './owner-line';
import type { TokenOwners } from './token-owners';

export interface DeviceRegistrationParts {
  readonly redis: DeadlineClient;
  readonly writes: DurableWrites;
  readonly keys: Keys;
  readonly lists: DeviceLists;
  readonly owners: TokenOwners;
  readonly counts: DeviceCounts;
  readonly unreadDevices: UnreadDevices;
  readonly random: Random;
}

type WriteResult =
  | { readonly kind: 'written'; readonly before: StoredDevice | null; readonly evicted: readonly DeviceRow[] }
  | { readonly kind: 'over' }
  | { readonly kind: 'conflict' };

const attempts = 16;

/** Writes devices that have new tokens. The order of the steps is TokenOwners' promise. */
export class DeviceRegistration {
  readonly #parts: DeviceRegistrationParts;

  constructor(parts: DeviceRegistrationParts) {
    this.#parts = parts;
  }

  async register(device: Device, limitPerUser: number): Promise<Registered> {
    const written = await this.#writeOwning(device, null, Math.max(1, limitPerUser));
    // Over: somebody else has registered all of its tokens since, and has the last word.
    if (written.kind !== 'written') return { created: false, evicted: [] };
    this.#parts.unreadDevices.gone(device.uid, device.deviceId);
    return {
      created: written.before === null,
      evicted: written.evicted.filter(isReadable),
    };
  }

  /** Replaces the device that was read; null when another writer was faster. */
  async replace(from: StoredDevice, to: Device): Promise<Device | null> {
    const known = tokensOf(from.device);
    if (tokensOf(to).some((key) => !known.includes(key))) {
      const written = await this.#writeOwning(to, from, null);
      return written.kind === 'written' ? to : null;
    }
    const [done] = await this.#parts.lists.swap([{ from, to: encodeDevice(to, from.registration) }]);
    if (done !== true) return null;
    await this.#parts.owners.disownAll(from, tokensOf(to));
    this.#parts.counts.changed(from.device, to);
    return to;
  }

  /** Removes the device that was read; false when another writer was faster. */
  async remove(from: StoredDevice): Promise<boolean> {
    const [done] = await this.#parts.lists.swap([{ from, to: null }]);
    if (done !== true) return false;
    await this.removed(from);
    return true;
  }

  /** The device has left its uid. */
  async removed(gone: StoredDevice): Promise<void> {
    const { counts, unreadDevices } = this.#parts;
    counts.changed(gone.device, null);
    unreadDevices.gone(gone.device.uid, gone.device.deviceId);
    await this.#parts.owners.disownAll(gone);
  }

  async #writeOwning(wanted: Device, from: StoredDevice | null, limit: number | null): Promise<WriteResult> {
    const { owners, counts, keys } = this.#parts;
    let device: Device | null = wanted;
    for (let attempt = 0; device !== null && attempt < attempts; attempt++) {
      const owner: Registration = {
        uid: device.uid,
        deviceId: device.deviceId,
        registration: this.#registrationId(),
      };
      await owners.own(tokensOf(device), owner);
      const key = keys.registrationOver(owner.uid, owner.registration);
      const result = await this.#write(device, owner, key, from, limit);
      if (result.kind === 'written') {
        counts.changed(result.before?.device ?? null, device);
        if (result.before !== null) await owners.disownAll(result.before);
        return result;
      }
      const left: Device | null = result.kind === 'over' ? await this.#withWhatIsLeft(device, owner) : null;
      // This registration writes nothing any more.
      await owners.disownAll({ device, registration: owner.registration });
      if (result.kind === 'conflict') return result;
      device = left;
    }
    return { kind: 'over' };
  }

  async #write(
    device: Device,
    owner: Registration,
    overKey: string,
    from: StoredDevice | null,
    limit: number | null,
  ): Promise<WriteResult> {
    const { writes, keys } = this.#parts;
    const { reply } = await writes.run(writeDeviceScript, keys.devices(device.uid), [
      overKey,
      device.deviceId,
      from === null ? '0' : '1',
      from?.row ?? '',
      encodeDevice(device, owner.registration),
      limit === null ? '' : String(limit),
    ]);
    if (reply === -1) return { kind: 'over' };
    if (reply === -2) return { kind: 'conflict' };
    const [row, rows] = reply as [Buffer | null, Buffer[]];
    const evicted = rows.map((one) => decodeDevice(device.uid, one.toString()));
    await Promise.all(evicted.map((one) => this.removed(one)));
    return {
      kind: 'written',
      before: row === null ? null : decodeDevice(device.uid, row.toString()),
      evicted: evicted.map((one) => one.device),
    };
  }

  /** A later registration has taken one of the tokens; the others are still to be written. */
  async #withWhatIsLeft(device: Device, owner: Registration): Promise<Device | null> {
    const mine = ownerLine(owner);
    const lost = new Set<string>();
    for (const tokenKey of tokensOf(device)) {
      const [first] = await this.#parts.owners.listed(tokenKey);
      if (first === undefined || ownerLine(first) !== mine) lost.add(tokenKey);
    }
    return withoutTokens(device, (tokenKey) => lost.has(tokenKey));
  }

  #registrationId(): string {
    return (
      Math.floor(this.#parts.random() * 2 ** 48).toString(36) +
      Math.floor(this.#parts.random() * 1296).toString(36)
    );
  }
}
