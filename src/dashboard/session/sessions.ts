import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import { SecretSet } from '../../shared/secret-set';

/** A working day: who leaves the page open overnight signs in again. */
export const sessionMs = 12 * 60 * 60 * 1000;

/**
 * Who has shown an API key once. A session is its end and a signature made with that key, so that every replica and the next
 * process know it, nothing is kept for it, and it ends with the key.
 */
export class Sessions {
  readonly #clock: Clock;
  #keys = new SecretSet([]);
  #signers: readonly string[] = [];

  constructor(keys: readonly string[], clock: Clock) {
    this.#clock = clock;
    this.setKeys(keys);
  }

  /** False: there is no key, and everyone who reaches the page may use it. */
  get needsKey(): boolean {
    return !this.#keys.isEmpty;
  }

  setKeys(keys: readonly string[]): void {
    this.#keys = new SecretSet(keys);
    this.#signers = keys.map((key) => signerOf(key));
  }

  /** The session as its cookie holds it; null for a wrong key. */
  open(key: string): string | null {
    if (!this.#keys.has(key)) return null;
    const end = String(this.#clock.now() + sessionMs);
    return `${end}.${sign(signerOf(key), end).toString('base64url')}`;
  }

  isOpen(session: string): boolean {
    const [, end, signature] = /^(\d{1,16})\.([\w-]{43})$/.exec(session) ?? [];
    if (end === undefined || signature === undefined) return false;
    const offered = Buffer.from(signature, 'base64url');
    let found = false;
    for (const signer of this.#signers) found = timingSafeEqual(sign(signer, end), offered) || found;
    const leftMs = Number(end) - this.#clock.now();
    return found && leftMs > 0 && leftMs <= sessionMs;
  }
}

/** No two uses of one key share what they sign. */
function signerOf(key: string): string {
  return `dashboard session\n${key}`;
}

function sign(signer: string, end: string): Buffer {
  return createHmac('sha256', signer).update(end).digest();
}
