import { deviceKey, type Device } from '../../domain/device';
import { waitsForOneOf } from '../../domain/pending-delivery';
import { routeId } from '../../domain/route';
import type { Devices } from '../../store/ports/devices';
import type { Retries } from '../../store/ports/retries';

/**
 * - created, replaced: it is stored now.
 * - kept: what stands here is as new or newer: the device itself, or the owner of all its tokens.
 * - over_limit: its uid has as many devices as it may, all of them used more recently.
 * - contested: another uid of the same import has its token.
 */
export type ImportVerdict = 'created' | 'replaced' | 'kept' | 'over_limit' | 'contested';

export interface ImportOptions {
  readonly devicesPerUser: number;
  /** Writes nothing, and says what would become of each device. */
  readonly isDryRun?: boolean;
  /**
   * All devices have one time of registration, which is that of the import: who of two users has a token now is not known. Then
   * neither gets it, because a phone must not show what is for someone else.
   */
  readonly leavesContested?: boolean;
}

/**
 * Puts exported devices into a store. The later registration wins, whole: a device that stands here already is replaced
 * only by one that was registered after it, and a token is taken only from an owner that was registered before. So an
 * import never undoes what an app has done since, and doing it again changes nothing.
 */
export class DeviceImport {
  readonly #devices: Devices;
  readonly #retries: Pick<Retries, 'hasten'>;
  readonly #options: ImportOptions;
  readonly #contested = new Set<string>();
  /** Of a dry run, which finds no contest in the store: the uid that would have a token by now. */
  readonly #planned = new Map<string, string>();
  /** By the route on which they were: devices that are on another one now. */
  readonly #moved = new Map<string, Set<string>>();

  constructor(
    { devices, retries }: { readonly devices: Devices; readonly retries: Pick<Retries, 'hasten'> },
    options: ImportOptions,
  ) {
    this.#devices = devices;
    this.#retries = retries;
    this.#options = options;
  }

  /** How many of those that were created or replaced lost their token to a contest since. */
  get withdrawn(): number {
    return this.#contested.size;
  }

  async take(device: Device): Promise<ImportVerdict> {
    if (this.#options.leavesContested === true && (await this.#isContested(device))) return 'contested';
    const left = await this.#withoutNewerOwners(device);
    if (left === null) return 'kept';
    const before = await this.#devices.get(device.uid, device.deviceId);
    if (this.#options.isDryRun === true) return this.#foretell(left, before);
    if (before !== null) {
      const replaced = await this.#replace(left);
      if (replaced !== null) return replaced;
    }
    if (!(await this.#hasRoom(left))) return 'over_limit';
    await this.#devices.register(left, this.#options.devicesPerUser);
    return 'created';
  }

  /** What waits for devices where they were, for a refused credential or a quota, is planned for where they are. */
  async end(): Promise<void> {
    for (const [route, moved] of this.#moved) await this.#retries.hasten(route, waitsForOneOf(moved));
    this.#moved.clear();
  }

  async #foretell(device: Device, before: Device | null): Promise<ImportVerdict> {
    if (before !== null && before.registeredAtMs >= device.registeredAtMs) return 'kept';
    if (before === null && !(await this.#hasRoom(device))) return 'over_limit';
    this.#planned.set(tokenName(device), device.uid);
    return before === null ? 'created' : 'replaced';
  }

  async #isContested(device: Device): Promise<boolean> {
    const { uid, provider, token, registeredAtMs } = device;
    if (token === null) return false;
    const name = tokenName(device);
    if (this.#contested.has(name)) return true;
    if (this.#options.isDryRun === true) {
      const isContested = (this.#planned.get(name) ?? uid) !== uid;
      if (isContested) this.#contested.add(name);
      return isContested;
    }
    const owner = await this.#devices.ownerOf(provider, token);
    if (owner === null || owner.uid === uid) return false;
    const other = await this.#devices.get(owner.uid, owner.deviceId);
    if (other?.registeredAtMs !== registeredAtMs) return false;
    this.#contested.add(name);
    await this.#devices.removeToken(provider, token);
    return true;
  }

  /** Compared where it is written, so that a registration that comes in between is not undone. Null: it has gone since. */
  async #replace(device: Device): Promise<ImportVerdict | null> {
    let verdict: ImportVerdict = 'kept';
    let before = device;
    const stored = await this.#devices.update(device.uid, device.deviceId, (current) => {
      verdict = current.registeredAtMs >= device.registeredAtMs ? 'kept' : 'replaced';
      before = current;
      return verdict === 'kept' ? current : device;
    });
    if (stored === null) return null;
    const [from, to] = [routeId(before), routeId(stored)];
    if (from !== to) this.#moved.set(from, (this.#moved.get(from) ?? new Set()).add(deviceKey(device)));
    return verdict;
  }

  /** The device with the tokens that nobody else registered since; null when none is left. */
  async #withoutNewerOwners(device: Device): Promise<Device | null> {
    const [token, voipToken] = await Promise.all([
      this.#isFree(device, device.token),
      this.#isFree(device, device.voipToken),
    ]);
    if (!token && !voipToken) return null;
    return { ...device, token: token ? device.token : null, voipToken: voipToken ? device.voipToken : null };
  }

  async #isFree(device: Device, token: string | null): Promise<boolean> {
    if (token === null) return false;
    const owner = await this.#devices.ownerOf(device.provider, token);
    if (owner === null || (owner.uid === device.uid && owner.deviceId === device.deviceId)) return true;
    const other = await this.#devices.get(owner.uid, owner.deviceId);
    return other === null || other.registeredAtMs < device.registeredAtMs;
  }

  /** The store makes room by itself, even for one that is older than all it removes; then a repeat would undo the first. */
  async #hasRoom(device: Device): Promise<boolean> {
    const others = await this.#devices.list(device.uid);
    if (others.length < this.#options.devicesPerUser) return true;
    return others.some((other) => lastUse(other) < lastUse(device));
  }
}

function tokenName({ provider, token }: Device): string {
  return `${provider} ${String(token)}`;
}

function lastUse(device: Device): number {
  return Math.max(device.registeredAtMs, device.lastAcceptedAtMs ?? 0);
}
