import { createECDH } from 'node:crypto';

/** A pair of keys on P-256, base64url without padding: an uncompressed point (65 bytes), and 32 bytes. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

const privateKeyBytes = 32;

export function createVapidKeys(): VapidKeys {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64url');
  // Node leaves out zeros in front.
  const bytes = pair.getPrivateKey();
  const privateKey = Buffer.concat([Buffer.alloc(privateKeyBytes - bytes.length), bytes]);
  return { publicKey, privateKey: privateKey.toString('base64url') };
}

/** The public key of a private one; null where it is none. */
export function vapidPublicKeyOf(privateKey: string): string | null {
  try {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
    return pair.getPublicKey('base64url');
  } catch {
    return null;
  }
}
