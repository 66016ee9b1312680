/** What a browser or a UnifiedPush distributor gives an app to be reached by: https://www.w3.org/TR/push-api/#pushsubscription-interface */
export interface PushSubscription {
  /** URL of the push resource, https, as it is serialized by the WHATWG's rules. */
  readonly endpoint: string;
  /** The browser's public key: an uncompressed point of P-256 (65 bytes), base64url without padding. */
  readonly p256dh: string;
  /** 16 bytes, base64url without padding. */
  readonly auth: string;
  /** Ms since the epoch; null: it does not expire. */
  readonly expiresAtMs: number | null;
}

/** As a device token: what one device has, and stores and queues carry. */
export function toSubscriptionToken({ endpoint, p256dh, auth, expiresAtMs }: PushSubscription): string {
  const token = `${endpoint} ${p256dh} ${auth}`;
  return expiresAtMs === null ? token : `${token} ${String(expiresAtMs)}`;
}

/** The token is one that `toSubscriptionToken` has made. */
export function readSubscriptionToken(token: string): PushSubscription {
  const [endpoint = '', p256dh = '', auth = '', expiresAtMs] = token.split(' ');
  return { endpoint, p256dh, auth, expiresAtMs: expiresAtMs === undefined ? null : Number(expiresAtMs) };
}
