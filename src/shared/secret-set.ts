import { hash, timingSafeEqual } from 'node:crypto';

/**
 * Secrets that open one door. All of them are compared each time, as digests, so that the time taken shows neither the
 * length of a secret nor which one it was.
 */
export class SecretSet {
  readonly #digests: readonly Buffer[];

  /** Throws TypeError for an empty secret, which everybody knows. */
  constructor(secrets: readonly string[]) {
    if (secrets.includes('')) throw new TypeError('a secret must not be empty');
    this.#digests = secrets.map((secret) => hash('sha256', secret, 'buffer'));
  }

  get isEmpty(): boolean {
    return this.#digests.length === 0;
  }

  has(offered: string | Buffer): boolean {
    const digest = hash('sha256', offered, 'buffer');
    let found = false;
    for (const known of this.#digests) found = timingSafeEqual(known, digest) || found;
    return found;
  }
}
