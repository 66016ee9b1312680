import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SigningKey } from './provider-token';

const ivBytes = 12;
const tagBytes = 16;

/**
 * Hides a provider token from whoever reads the shared store: only a holder of the same p8 key can open it, who could
 * have made one anyway. AES-256-GCM under a key derived from the p8 by HKDF-SHA256; iv, tag and text in base64url.
 */
export class TokenSeal {
  /** Under which the replicas share the token. */
  readonly name: string;
  readonly #key: Buffer;

  constructor(signer: SigningKey) {
    this.name = `apns-token:${signer.teamId}:${signer.keyId}`;
    const secret = signer.key.export({ type: 'pkcs8', format: 'der' });
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'wukongim-push-relay', this.name, 32));
  }

  seal(jwt: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(this.name));
    const text = Buffer.concat([cipher.update(jwt, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** Null when it was sealed under another key, or touched. */
  open(sealed: string): string | null {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < ivBytes + tagBytes) return null;
    const iv = bytes.subarray(0, ivBytes);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, iv, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(this.name)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    try {
      return decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      return null;
    }
  }
}
