import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import { encodeJwtPart } from '../../shared/json-web-token';
import type { VapidKeys } from '../../shared/webpush/vapid-keys';
import type { Authorization, Pass, PassResult, UnauthorizedRequest } from '../wire/authorization';

/** RFC 8292 allows a day. */
const livesMs = 12 * 3_600_000;
/** Before its end, so that none ends on its way or by a slow clock. */
const renewedEarlierMs = 3_600_000;
/** Apple takes no token that is changed more often: a token that was refused has this age at least when it is replaced. */
const leastAgeMs = 3_600_000;

const header = encodeJwtPart({ typ: 'JWT', alg: 'ES256' });

/** Throws where the pair is none; the configuration has checked it by then. */
export function signingKey({ publicKey, privateKey }: VapidKeys): KeyObject {
  const point = Buffer.from(publicKey, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const jwk = { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', d: privateKey };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** The token of one key for one push service, which is its audience: https://www.rfc-editor.org/rfc/rfc8292#section-2. */
export class VapidTokens implements Authorization {
  #pass: Pass | null = null;
  #madeAtMs = 0;
  #expiresAtMs = 0;
  readonly #key: KeyObject;
  readonly #publicKey: string;
  readonly #claims: { readonly aud: string; readonly sub: string };
  readonly #clock: Clock;

  constructor(keys: VapidKeys, origin: string, subject: string, clock: Clock) {
    this.#key = signingKey(keys);
    this.#publicKey = keys.publicKey;
    this.#claims = { aud: origin, sub: subject };
    this.#clock = clock;
  }

  peek(): Pass {
    const nowMs = this.#clock.now();
    const pass = this.#pass;
    // Also one from the future, that a clock which was wrong has made.
    if (pass !== null && nowMs < this.#expiresAtMs - renewedEarlierMs && nowMs >= this.#madeAtMs) return pass;
    return this.#make(nowMs);
  }

  obtain(): Promise<PassResult> {
    return Promise.resolve({ kind: 'pass', pass: this.peek() });
  }

  /** Itself, while it is too young to be replaced. */
  renew(used: Pass): Promise<PassResult> {
    const nowMs = this.#clock.now();
    const current = this.peek();
    const isRefused = current.generation === used.generation && nowMs - this.#madeAtMs >= leastAgeMs;
    return Promise.resolve({ kind: 'pass', pass: isRefused ? this.#make(nowMs) : current });
  }

  write(pass: Pass, { headers }: UnauthorizedRequest): void {
    headers['authorization'] = pass.value;
  }

  #make(nowMs: number): Pass {
    this.#madeAtMs = nowMs;
    this.#expiresAtMs = nowMs + livesMs;
    const claims = encodeJwtPart({ ...this.#claims, exp: Math.floor(this.#expiresAtMs / 1000) });
    const signed = `${header}.${claims}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    const value = `vapid t=${signed}.${signature.toString('base64url')}, k=${this.#publicKey}`;
    this.#pass = { value, generation: (this.#pass?.generation ?? 0) + 1 };
    return this.#pass;
  }
}
