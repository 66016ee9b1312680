import type { Device } from '../../domain/device';
import { tokensOf } from '../../domain/device-token';
import type { DeviceImport, ImportVerdict } from './device-import';

/** Written together: the embedded store flushes once for all of them, Redis gets them in one go. */
const batchDevices = 256;

/** Devices on their way into the store: empty → filling → written, and empty again. */
export class DeviceBatch {
  readonly #verdicts: Record<ImportVerdict, number> = {
    created: 0,
    replaced: 0,
    kept: 0,
    over_limit: 0,
    contested: 0,
  };
  #devices: Device[] = [];
  readonly #tokens = new Set<string>();
  readonly #target: DeviceImport;
  readonly #onVerdict: (device: Device, verdict: ImportVerdict) => void;

  constructor(target: DeviceImport, onVerdict: (device: Device, verdict: ImportVerdict) => void = () => {}) {
    this.#target = target;
    this.#onVerdict = onVerdict;
  }

  get verdicts(): Readonly<Record<ImportVerdict, number>> {
    return this.#verdicts;
  }

  /** Devices that fight for one token are written one after the other, in their order. True: the ones before were written. */
  async add(device: Device): Promise<boolean> {
    const tokens = tokensOf(device);
    const isDue = this.#devices.length >= batchDevices || tokens.some((token) => this.#tokens.has(token));
    if (isDue) await this.write();
    this.#devices.push(device);
    for (const token of tokens) this.#tokens.add(token);
    return isDue;
  }

  /** Nothing comes after. Rejects with StoreUnavailableError. */
  async end(): Promise<void> {
    await this.write();
    await this.#target.end();
  }

  /** Rejects with StoreUnavailableError. */
  async write(): Promise<void> {
    const batch = this.#devices;
    this.#devices = [];
    this.#tokens.clear();
    const byUser = new Map<string, Device[]>();
    for (const device of batch) {
      const devices = byUser.get(device.uid);
      if (devices === undefined) byUser.set(device.uid, [device]);
      else devices.push(device);
    }
    const written = await Promise.allSettled([...byUser.values()].map((devices) => this.#writeUser(devices)));
    const failure = written.find((result) => result.status === 'rejected');
    if (failure === undefined) return;
    // Another run finds what has moved in its place already, and would not wake what waits for it.
    await this.#target.end().catch(() => {});
    throw failure.reason;
  }

  /** One after the other: they share the limit of their user. */
  async #writeUser(devices: readonly Device[]): Promise<void> {
    for (const device of devices) {
      const verdict = await this.#target.take(device);
      this.#verdicts[verdict] += 1;
      this.#onVerdict(device, verdict);
    }
  }
}
