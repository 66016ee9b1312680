import type { Device, TokenOwner } from '../../../domain/device';
import type { ProviderName } from '../../../domain/provider-table';
import { tokenKey, holds, withoutTokens } from '../../../domain/device-token';
import type { Page } from '../../ports/dead-letters';
import type {
  DeviceOutcome,
  Devices,
  Forgetting,
  Registered,
  Suspension,
  UnreadDevice,
} from '../../ports/devices';
import { isReadable, type DeviceRow, type UnreadDevices } from '../../unread-devices';
import { asPromise } from '../disk/as-promise';
import type { Batch } from '../disk/batch';
import type { Counters } from '../disk/counters';
import { decodeDevices } from './device-codec';
import { DeviceEdit, devicesCounter, readDevices, readOwner, type DeviceTables } from './device-edit';
import { compareIds } from '../../device-fields';
import { afterOutcome, suspensionBy } from '../../device-outcome';
import type { Environment } from '../disk/environment';
import { textKey } from '../disk/keys';
import { decodeJson, encodeJson } from '../disk/value-codec';
import type { WriteKind, Writer } from '../disk/writer';

export interface DevicesParts {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly counters: Counters;
  readonly unreadDevices: UnreadDevices;
}

/**
 * All devices of a uid stand in one row, so that a look-up is one read. Transactions make the three writes of a token's
 * move one: there is no moment with two owners, and none without.
 */
export class EmbeddedDevices implements Devices {
  readonly #tables: DeviceTables;
  readonly #parts: DevicesParts;
  readonly #unread: UnreadDevices;

  constructor(parts: DevicesParts) {
    this.#parts = parts;
    this.#unread = parts.unreadDevices;

    this.#tables = {
      users: parts.environment.table('devices'),
      owners: parts.environment.table('token-owners'),
    };
  }

  register(device: Device, limitPerUser: number): Promise<Registered> {
    return this.#edit((edit) => {
      const created = edit.row(device.uid, device.deviceId) === null;
      edit.put(device);
      this.#unread.gone(device.uid, device.deviceId);
      const others = edit.rows(device.uid).filter(({ deviceId }) => deviceId !== device.deviceId);
      const evicted = others
        .sort(leastRecentlyUsedFirst)
        .slice(0, Math.max(0, others.length + 1 - Math.max(1, limitPerUser)));
      for (const old of evicted) {
        edit.remove(old);
        this.#unread.gone(old.uid, old.deviceId);
      }
      return { created, evicted: evicted.filter(isReadable) };
    }, 'grow');
  }

  update(uid: string, deviceId: string, change: (device: Device) => Device | null): Promise<Device | null> {
    return this.#edit((edit) => {
      const device = this.#get(edit, uid, deviceId);
      if (device === null) return null;
      const changed = change(device);
      if (changed === null) {
        edit.remove(device);
        return null;
      }
      const kept = { ...changed, uid, deviceId };
      edit.put(kept);
      return kept;
    });
  }

  get(uid: string, deviceId: string): Promise<Device | null> {
    return asPromise(() => this.read(uid).find((device) => device.deviceId === deviceId) ?? null);
  }

  list(uid: string): Promise<readonly Device[]> {
    return asPromise(() => this.read(uid));
  }

  listMany(uids: readonly string[]): Promise<readonly (readonly Device[])[]> {
    return asPromise(() => uids.map((uid) => this.read(uid)));
  }

  remove(uid: string, deviceId: string): Promise<boolean> {
    return this.#edit((edit) => {
      const device = edit.row(uid, deviceId);
      if (device !== null) edit.remove(device);
      this.#unread.gone(uid, deviceId);
      return device !== null;
    });
  }

  removeUser(uid: string): Promise<number> {
    return this.#edit((edit) => {
      const devices = edit.rows(uid);
      for (const device of devices) {
        edit.remove(device);
        this.#unread.gone(uid, device.deviceId);
      }
      return devices.length;
    });
  }

  ownerOf(provider: ProviderName, token: string): Promise<TokenOwner | null> {
    return asPromise(() => readOwner(this.#tables, tokenKey(provider, token)));
  }

  removeToken(provider: ProviderName, token: string): Promise<boolean> {
    const key = tokenKey(provider, token);
    return this.#edit((edit) => {
      const owner = edit.owner(key);
      const device = owner === null ? null : edit.row(owner.uid, owner.deviceId);
      if (device === null) return false;
      putOrRemove(
        edit,
        device,
        withoutTokens(device, (held) => held === key),
      );
      return true;
    });
  }

  forget(forgetting: Forgetting): Promise<boolean> {
    const { uid, deviceId, tokenKind, token, registeredBeforeMs } = forgetting;
    return this.#edit((edit) => {
      const device = this.#get(edit, uid, deviceId);
      if (device === null || !holds(device, tokenKind, token) || device.registeredAtMs > registeredBeforeMs)
        return false;
      const left = tokenKind === 'voip' ? { ...device, voipToken: null } : { ...device, token: null };
      putOrRemove(edit, device, left.token === null && left.voipToken === null ? null : left);
      return true;
    });
  }

  async record(outcomes: readonly DeviceOutcome[]): Promise<readonly Suspension[]> {
    const changing = outcomes.filter((outcome) => {
      const device = this.read(outcome.uid).find(({ deviceId }) => deviceId === outcome.deviceId);
      return device !== undefined && afterOutcome(device, outcome) !== device;
    });
    const suspensions: Suspension[] = [];
    if (changing.length === 0) return suspensions;
    await this.#edit((edit) => {
      suspensions.length = 0;
      for (const outcome of changing) {
        const device = this.#get(edit, outcome.uid, outcome.deviceId);
        if (device === null) continue;
        const after = afterOutcome(device, outcome);
        edit.put(after);
        const suspension = suspensionBy(device, after, outcome);
        if (suspension !== null) suspensions.push(suspension);
      }
    }, 'later');
    return suspensions;
  }

  scan(limit: number, cursor: string | null): Promise<Page<Device>> {
    return asPromise(() => {
      const after = cursor === null ? null : decodeJson<[string, string]>(Buffer.from(cursor, 'base64url'));
      const items: Device[] = [];
      const start = after === null ? {} : { start: textKey(after[0]) };
      for (const { value } of this.#tables.users.getRange(start)) {
        for (const device of this.#unread.readableOf(decodeDevices(value))) {
          if (after !== null && device.uid === after[0] && compareIds(device.deviceId, after[1]) <= 0)
            continue;
          items.push(device);
        }
        if (items.length > limit) break;
      }
      const page = items.slice(0, limit);
      const last = page[page.length - 1];
      const nextCursor =
        items.length <= limit || last === undefined
          ? null
          : encodeJson([last.uid, last.deviceId]).toString('base64url');
      return { items: page, nextCursor };
    });
  }

  unread(): readonly UnreadDevice[] {
    return this.#unread.met();
  }

  count(app: string, provider: ProviderName): Promise<number> {
    return Promise.resolve(this.#parts.counters.get(devicesCounter(app, provider)));
  }

  /** Throws what `list` rejects with. */
  read(uid: string): readonly Device[] {
    return this.#unread.readableOf(readDevices(this.#tables, uid));
  }

  #get(edit: DeviceEdit, uid: string, deviceId: string): Device | null {
    const row = edit.row(uid, deviceId);
    return row === null ? null : this.#unread.readable(row);
  }

  #edit<T>(step: (edit: DeviceEdit) => T, kind: WriteKind = 'work'): Promise<T> {
    return this.#parts.writer.run((batch: Batch) => {
      const edit = new DeviceEdit(this.#tables, batch);
      const result = step(edit);
      edit.write();
      return result;
    }, kind);
  }
}

function putOrRemove(edit: DeviceEdit, device: DeviceRow, left: DeviceRow | null): void {
  if (left === null) edit.remove(device);
  else edit.put(left);
}

function leastRecentlyUsedFirst(one: DeviceRow, other: DeviceRow): number {
  return lastUse(one) - lastUse(other) || compareIds(one.deviceId, other.deviceId);
}

function lastUse(device: DeviceRow): number {
  return Math.max(device.registeredAtMs, device.lastAcceptedAtMs ?? 0);
}
