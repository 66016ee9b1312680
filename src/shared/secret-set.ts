import { timingSafeEqual } from 'node:crypto';

/**
 * Secrets that open one door. All of them are compared each time, over the same number of bytes, so that the time taken shows
 * neither the length of a secret nor which one it was.
 */
export class SecretSet {
  readonly #known: readonly Buffer[];
  readonly #offered: Buffer;

  /** Throws TypeError for an empty secret, which everybody knows. */
  constructor(secrets: readonly string[]) {
    if (secrets.includes('')) throw new TypeError('a secret must not be empty');
    const longest = Math.max(0, ...secrets.map((secret) => Buffer.byteLength(secret)));
    const slotBytes = lengthBytes + Math.ceil(longest / stepBytes) * stepBytes;
    this.#offered = Buffer.alloc(slotBytes);
    this.#known = secrets.map((secret) => fill(Buffer.alloc(slotBytes), secret));
  }

  get isEmpty(): boolean {
    return this.#known.length === 0;
  }

  has(offered: string | Buffer): boolean {
    fill(this.#offered, offered);
    let found = false;
    for (const known of this.#known) found = timingSafeEqual(known, this.#offered) || found;
    this.#offered.fill(0);
    return found;
  }
}

/** The length tells apart what is cut off, or ends in zeros. */
function fill(slot: Buffer, secret: string | Buffer): Buffer {
  slot.writeDoubleLE(Buffer.byteLength(secret));
  if (typeof secret === 'string') slot.write(secret, lengthBytes);
  else secret.copy(slot, lengthBytes);
  return slot;
}

const lengthBytes = 8;
/** Secrets of usual lengths take slots of one size. */
const stepBytes = 256;
