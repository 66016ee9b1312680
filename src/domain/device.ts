import type { Platform, ProviderLane, ProviderName } from './provider-table';

export type Preview = 'full' | 'sender' | 'none';

/** One app install of a uid. Its key is (uid, deviceId). Times are milliseconds since the epoch. */
export interface Device {
  readonly uid: string;
  readonly deviceId: string;
  readonly app: string;
  readonly provider: ProviderName;
  readonly platform: Platform;
  readonly lane: ProviderLane;
  readonly token: string | null;
  readonly voipToken: string | null;
  readonly locale: string | null;
  readonly timezone: string | null;
  readonly preview: Preview | null;
  /** WuKongIM's device flag of this install (0 app, 1 web, 2 PC, others by the installation). */
  readonly deviceFlag: number | null;
  readonly appVersion: string | null;
  readonly model: string | null;
  readonly registeredAtMs: number;
  readonly lastActiveAtMs: number | null;
  readonly lastAcceptedAtMs: number | null;
  readonly lastFailureAtMs: number | null;
  readonly lastFailureReason: string | null;
  /** Permanent rejections in a row: too many suspend the device. */
  readonly rejectionsInRow: number;
  /** Until when nothing is sent to it; null = active. */
  readonly suspendedUntilMs: number | null;
  /** Until when the provider asked, for this device alone, to be left in peace; null = it never did. */
  readonly throttledUntilMs: number | null;
}

/** Names a device in memory: ids hold any character. */
export function deviceKey({ uid, deviceId }: Pick<Device, 'uid' | 'deviceId'>): string {
  return JSON.stringify([uid, deviceId]);
}

/** A device token's owner: the uid and device that it was last registered for, in an app. */
export interface TokenOwner {
  readonly uid: string;
  readonly deviceId: string;
}
