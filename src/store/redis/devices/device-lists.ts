import type { Device } from '../../../domain/device';
import { decodeDevice, toDevices, type StoredDevice } from './device-row';
import { listDevicesScript, readDevicesScript, swapDevicesScript } from './device-scripts';
import type { Keys } from '../commands/keys';
import type { UnreadDevices } from '../../unread-devices';
import type { DeadlineClient } from '../server/deadline-client';
import { joined } from '../commands/joined';

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
    const step = this.#redis.isCluster ? 1 : usersATrip;
    const trips: Promise<(readonly Device[])[]>[] = [];
    for (let from = 0; from < uids.length; from += step)
      trips.push(this.#readLists(uids.slice(from, from + step)));
    return (await Promise.all(trips)).flat();
  }

  /** Rows, whether or not this relay can read them. */
  async read(ids: readonly DeviceId[]): Promise<(StoredDevice | null)[]> {
    const rows = await this.#forEach(
      ids,
      ({ uid }) => uid,
      readDevicesScript,
      ({ uid, deviceId }) => [this.#keys.devices(uid), deviceId],
    );
    return ids.map(({ uid }, index) => {
      const row = rows[index];
      return row instanceof Buffer ? decodeDevice(uid, row.toString()) : null;
    });
  }

  /** True for each that still stood as it was read. */
  async swap(swaps: readonly DeviceSwap[]): Promise<boolean[]> {
    const done = await this.#forEach(
      swaps,
      ({ from }) => from.device.uid,
      swapDevicesScript,
      ({ from: { device, row }, to }) => [this.#keys.devices(device.uid), device.deviceId, row, to ?? ''],
    );
    return done.map((one) => one === 1);
  }

  async #forEach<T>(
    items: readonly T[],
    uidOf: (item: T) => string,
    script: typeof readDevicesScript,
    argumentsOf: (item: T) => string[],
  ): Promise<unknown[]> {
    if (items.length === 0) return [];
    if (this.#redis.isCluster) {
      const replies = await Promise.all(
        items.map((item) => this.#redis.run(script, this.#keys.devices(uidOf(item)), argumentsOf(item))),
      );
      return replies.map((reply) => (reply as unknown[])[0]);
    }
    const replies: unknown[] = [];
    for (let from = 0; from < items.length; from += usersATrip) {
      const some = items.slice(from, from + usersATrip);
      const args = joined(some.map(argumentsOf));
      replies.push(...((await this.#redis.run(script, args[0] ?? '', args)) as unknown[]));
    }
    return replies;
  }

  async #readLists(uids: readonly string[]): Promise<(readonly Device[])[]> {
    const keys = uids.map((uid) => this.#keys.devices(uid));
    const text = (await this.#redis.run(listDevicesScript, keys[0] ?? '', keys, 'utf8')) as string;
    const lists = JSON.parse(text) as unknown[][];
    return uids.map((uid, index) => this.#unread.readableOf(toDevices(uid, lists[index] ?? [])));
  }
}
