import { identifier } from '../../api/schemas/identifiers';
import type { Device } from '../../domain/device';
import { installedDevice, type InstalledDeviceContext } from '../../tangsengdaodao/installed-device';
import { isBundleId, providerOf } from '../../tangsengdaodao/install';
import { shortText } from '../../domain/short-text';
import { DeviceBatch } from './device-batch';
import type { DeviceImport, ImportVerdict } from './device-import';
import { LeftOutTable } from './left-out';
import type { Progress } from './progress';
import type { TangsengdaodaoRow } from './tangsengdaodao-rows';

export interface TangsengdaodaoImportOptions extends InstalledDeviceContext {
  readonly isDryRun: boolean;
  readonly stopSignal: AbortSignal;
  readonly progress: Progress;
  readonly say: (text: string) => void;
}

const shownProblems = 20;
const reasons: Readonly<Partial<Record<ImportVerdict, string>>> = {
  kept: 'the relay already has this device or token, with the same or a later registration',
  over_limit: 'the user has as many devices as devices.max_per_uid allows, all used more recently',
  contested: 'two users have this device token',
};

/**
 * One import of TangSengDaoDao's rows. A row of which no device can be made is named and counted, and the others go on.
 *
 * It dates all devices alike (`nowMs`): TangSengDaoDao does not store when they were registered.
 */
export class TangsengdaodaoImport {
  #read = 0;
  #unfit = 0;
  readonly #leftOut = new LeftOutTable();
  readonly #batch: DeviceBatch;
  readonly #target: DeviceImport;
  readonly #options: TangsengdaodaoImportOptions;

  constructor(target: DeviceImport, options: TangsengdaodaoImportOptions) {
    this.#target = target;
    this.#options = options;
    this.#batch = new DeviceBatch(target, (device, verdict) => this.#settled(device, verdict));
  }

  /** Whether all that was there is in the store, or was not needed. */
  get isClean(): boolean {
    const { over_limit, contested } = this.#batch.verdicts;
    return this.#unfit + over_limit + contested === 0 && !this.#options.stopSignal.aborted;
  }

  /** Rejects with StoreUnavailableError, or with what the rows reject with; what was counted until then stands. */
  async read(pages: AsyncIterable<readonly TangsengdaodaoRow[]>): Promise<void> {
    const { stopSignal, progress, say } = this.#options;
    for await (const rows of pages) {
      for (const row of rows) {
        this.#read += 1;
        const device = this.#deviceOf(row);
        if (typeof device !== 'string') await this.#batch.add(device);
        else this.#unfitRow(row, device);
      }
      progress.update(this.#read);
      if (stopSignal.aborted) break;
    }
    await this.#batch.end();
    if (stopSignal.aborted) say('stopped; run it again to continue');
    const hidden = this.#unfit - shownProblems;
    if (hidden > 0) say(`and ${String(hidden)} more are left out`);
  }

  summary(): string {
    const { read, imported, kept, out } = this.#counts();
    const done = this.#options.isDryRun ? 'would be imported' : 'imported';
    const line = `${String(read)} devices read: ${String(imported)} ${done}, ${String(kept)} already up to date, ${String(out)} left out`;
    const table = this.#leftOut.toString();
    return table === '' ? `${line}\n` : `${line}\n\n${table}`;
  }

  /** The same for a program. */
  report(): object {
    const { read, imported, kept, out } = this.#counts();
    const { isDryRun } = this.#options;
    return {
      dry_run: isDryRun,
      read,
      imported,
      up_to_date: kept,
      left_out: out,
      reasons: this.#leftOut.rows,
    };
  }

  #counts() {
    const { created, replaced, kept } = this.#batch.verdicts;
    const imported = created + replaced - this.#target.withdrawn;
    return { read: this.#read, imported, kept, out: this.#read - imported - kept };
  }

  /** Or why there is none. */
  #deviceOf({ uid, type, token, bundleId, isUnreadable }: TangsengdaodaoRow): Device | string {
    if (isUnreadable) return 'the row is not a Redis hash';
    if (!identifier.safeParse(uid).success) return 'the uid is not 1 to 256 bytes of UTF-8';
    if (!type) return 'device_type is missing';
    if (!token) return 'device_token is missing';
    if (!bundleId) return 'bundle_id is missing';
    if (!isBundleId(bundleId)) return 'bundle_id is not 1 to 200 characters of ASCII';
    const provider = providerOf(type);
    if (provider === null) return 'the relay does not know this device_type';
    const install = { type, bundleId, token, voipToken: null, model: null, appVersion: null };
    const device = installedDevice(uid, install, null, this.#options);
    if (!('kind' in device)) return device;
    return device.kind === 'not_configured'
      ? `no app has ${provider} for this bundle_id`
      : `device_token: ${device.detail}`;
  }

  #unfitRow({ uid, type, bundleId }: TangsengdaodaoRow, reason: string): void {
    this.#unfit += 1;
    this.#leftOut.add({ uid, type, bundleId, reason });
    if (this.#unfit <= shownProblems) this.#options.say(`${shortText(uid, 100)}: ${reason}`);
  }

  #settled({ uid, deviceId }: Device, verdict: ImportVerdict): void {
    const reason = reasons[verdict];
    if (reason === undefined) return;
    const colon = deviceId.indexOf(':');
    const [type, bundleId] = [deviceId.slice(0, colon), deviceId.slice(colon + 1)];
    this.#leftOut.add({ uid, type, bundleId, reason });
  }
}
