export type ProviderName = 'apns' | 'fcm';
export type Platform = 'ios' | 'android' | 'web';
export type ApnsEnvironment = 'production' | 'sandbox';
/** What a device token is for: `alert` shows text, `voip` wakes the app for a call (APNs only). */
export type TokenKind = 'alert' | 'voip';
export type Preview = 'full' | 'sender' | 'none';

/** One app install of a uid. Its key is (uid, deviceId). Times are milliseconds since the epoch. */
export interface Device {
  readonly uid: string;
  readonly deviceId: string;
  readonly app: string;
  readonly provider: ProviderName;
  readonly platform: Platform;
  readonly environment: ApnsEnvironment;
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
  /** Permanent rejections in a row; five suspend the device. */
  readonly rejectionsInRow: number;
  /** Until when nothing is sent to it; null = active. */
  readonly suspendedUntilMs: number | null;
  /** Until when the provider asked, for this device alone, to be left in peace; null = it never did. */
  readonly throttledUntilMs: number | null;
}

/** A device token's owner: the uid and device that it was last registered for, in an app. */
export interface TokenOwner {
  readonly uid: string;
  readonly deviceId: string;
}

/**
 * The name under which a token is owned: one token string belongs to one device of one provider.
 * APNs tokens are hexadecimal, so their case does not tell them apart; FCM tokens are case-sensitive.
 */
export function tokenKey(provider: ProviderName, token: string): string {
  return `${provider}:${provider === 'apns' ? token.toLowerCase() : token}`;
}
