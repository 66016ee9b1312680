import { createECDH, randomBytes, type ECDH } from 'node:crypto';

/** What `PushSubscription.toJSON()` gives in a browser. */
export interface SubscriptionJson {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly expirationTime: number | null;
}

/** A browser that has subscribed: what the push service knows of it, and the secrets that only the browser has. */
export interface Subscriber {
  readonly json: SubscriptionJson;
  readonly browser: ECDH;
  readonly auth: Buffer;
  /** The application server's key that it subscribed with, base64url. */
  readonly applicationKey: string;
}

export function subscribe(endpoint: string, applicationKey: string): Subscriber {
  const browser = createECDH('prime256v1');
  browser.generateKeys();
  const auth = randomBytes(16);
  const keys = { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') };
  return { json: { endpoint, keys, expirationTime: null }, browser, auth, applicationKey };
}
