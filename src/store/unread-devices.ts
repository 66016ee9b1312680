import { deviceKey, type Device } from '../domain/device';
import type { Logger } from '../domain/logger';
import { isProviderName, providerTable } from '../domain/provider-table';
import type { UnreadDevice } from './ports/devices';
import type { StoreFinding } from './ports/store';

/** A device as its row has it. A newer relay may have written a provider, platform or lane that this one does not have. */
export type DeviceRow = Omit<Device, 'provider' | 'platform' | 'lane'> & {
  readonly provider: string;
  readonly platform: string;
  readonly lane: string;
};

/** Bounds what is remembered of them; the finding then reads “at least”. */
const mostRemembered = 1_000;

/**
 * Devices that this relay cannot read are left out wherever devices are read, never taken for another provider's. Their rows
 * stay: a relay that knows them finds them again.
 */
export class UnreadDevices {
  readonly #met = new Map<string, UnreadDevice>();
  readonly #logged = new Set<string>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Null: left out. */
  readable(row: DeviceRow): Device | null {
    if (isReadable(row)) return row;
    this.#meet(row);
    return null;
  }

  readableOf(rows: readonly DeviceRow[]): readonly Device[] {
    if (rows.every(isReadable)) return rows;
    return rows.map((row) => this.readable(row)).filter((device) => device !== null);
  }

  /** The row was removed or replaced. */
  gone(uid: string, deviceId: string): void {
    this.#met.delete(deviceKey({ uid, deviceId }));
  }

  met(): readonly UnreadDevice[] {
    return [...this.#met.values()];
  }

  findings(): StoreFinding[] {
    const { size } = this.#met;
    if (size === 0) return [];
    const providers = [...new Set(this.met().map(({ provider }) => provider))].slice(0, 10).join(', ');
    const count = `${size === mostRemembered ? 'at least ' : ''}${String(size)}`;
    const detail = `${count} stored device${size === 1 ? ' gets' : 's get'} no pushes, because this relay does not know their provider, platform or lane (provider: ${providers}). Run the version that registered them.`;
    return [{ name: 'devices', severity: 'degraded', detail }];
  }

  #meet({ uid, deviceId, provider, platform, lane }: DeviceRow): void {
    const key = deviceKey({ uid, deviceId });
    if (this.#met.size < mostRemembered || this.#met.has(key))
      this.#met.set(key, { uid, deviceId, provider });
    const kind = JSON.stringify([provider, platform, lane]);
    if (this.#logged.has(kind) || this.#logged.size >= mostRemembered) return;
    this.#logged.add(kind);
    this.#logger.error(
      { event: 'device_unreadable', uid, deviceId, provider, platform, lane },
      'device of an unknown provider, platform or lane left out',
    );
  }
}

/** Whether this relay has the row's provider, platform and lane. */
export function isReadable(row: DeviceRow): row is Device {
  if (!isProviderName(row.provider)) return false;
  const { platforms, lanes, laneOfToken } = providerTable[row.provider];
  return (
    (platforms as readonly string[]).includes(row.platform) &&
    (laneOfToken !== null || lanes.includes(row.lane))
  );
}
