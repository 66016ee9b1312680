import type { Device } from '../../../domain/device';
import { decodeDevice, toDevices, type StoredDevice } from './device-row';
import { listDevicesScript, readDevicesScript, swapDevicesScript } from './device-scripts';
import type { Keys } from '../commands/keys';
import type { UnreadDevices } from '../../unread-devices';
import type { DeadlineClient } from '../server/deadline-client';
import { chunks, runTrips } from '../commands/script-trips';

export interface DeviceId {
  readonly uid: string;
  readonly deviceId: string;
}

/** `to` null: it leaves. */
export interface DeviceSwap {
  readonly from: StoredDevice;
  readonly to: string | null;
}

const usersATrip = 1_000;

/**
 * Reads and changes devices of many users. One server answers them together; a cluster answers each by itself, all in the
 * same trip.
 */
export class DeviceLists {
  readonly #redis: DeadlineClient;
  readonly #keys: Keys;
  readonly #unread: UnreadDevices;

  constructor(redis: DeadlineClient, keys: Keys, unreadDevices: UnreadDevices) {
    this.#redis = redis;
    this.#keys = keys;
    this.#unread = unreadDevices;
  }

  async many(uids: readonly string[]): Promise<readonly (readonly Device[])[]> {
    const trips = chunks(uids, this.#redis.isCluster ? 1 : usersATrip);
    return (await Promise.all(trips.map((some) => this.#readLists(some)))).flat();
  }

  /** Rows, whether or not this relay can read them. */
  async read(ids: readonly DeviceId[]): Promise<(StoredDevice | null)[]> {
    const lists = ids.map(({ uid, deviceId }) => [this.#keys.devices(uid), deviceId]);
    const rows = await runTrips<string | null>(this.#redis, readDevicesScript, lists);
    return ids.map(({ uid }, index) => {
      const row = rows[index] ?? null;
      return row === null ? null : decodeDevice(uid, row);
    });
  }

  /** True for each that still stood as it was read. */
  async swap(swaps: readonly DeviceSwap[]): Promise<boolean[]> {
    const lists = swaps.map(({ from: { device, row }, to }) => [
      this.#keys.devices(device.uid),
      device.deviceId,
      row,
      to ?? '',
    ]);
    const done = await runTrips<number>(this.#redis, swapDevicesScript, lists);
    return done.map((one) => one === 1);
  }

  async #readLists(uids: readonly string[]): Promise<(readonly Device[])[]> {
    const keys = uids.map((uid) => this.#keys.devices(uid));
    const text = (await this.#redis.run(listDevicesScript, keys[0] ?? '', keys, 'utf8')) as string;
    const lists = JSON.parse(text) as unknown[][];
    return uids.map((uid, index) => this.#unread.readableOf(toDevices(uid, lists[index] ?? [])));
  }
}
