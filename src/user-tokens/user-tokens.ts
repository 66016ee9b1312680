/*
 * Open this file first: it verifies the token by which a user calls. `remote-keys.ts` keeps the keys that an address serves (a
 * JWKS), and `key-set.ts` reads them.
 */

import type { JWTVerifyGetKey, JWTPayload } from 'jose' with { 'resolution-mode': 'import' };
import type { Clock } from '../domain/clock';
import type { Principal } from '../api/principal';
import { problem, type Problem } from '../api/problem';

/** How far the clocks of the relay and of whoever signs may differ. */
const clockToleranceSeconds = 30;

/** The keys are served elsewhere, and cannot be had now. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

export interface UserTokenOptions {
  /** Expected in `iss`; null: not looked at. */
  readonly issuer: string | null;
  /** Expected in `aud`; null: not looked at. */
  readonly audience: string | null;
  readonly uidClaim: string;
  /** Names of JWS algorithms; others are refused, whatever a token says. */
  readonly algorithms: readonly string[];
  readonly findKey: JWTVerifyGetKey;
}

type Jose = Awaited<ReturnType<typeof loadJose>>;

/** An ES module, which `import()` loads on every Node that the relay supports. */
export async function loadJose() {
  return import('jose');
}

/** Verifies users' tokens: https://www.rfc-editor.org/rfc/rfc8725 */
export class UserTokens {
  readonly #jose: Jose;
  readonly #options: UserTokenOptions;
  readonly #clock: Clock;

  constructor(jose: Jose, options: UserTokenOptions, clock: Clock) {
    this.#jose = jose;
    this.#options = options;
    this.#clock = clock;
  }

  /** Never rejects for what a caller sent. */
  async verify(token: string): Promise<Principal | Problem> {
    try {
      return this.#principal(await this.#payload(token));
    } catch (error) {
      if (error instanceof KeysUnavailableError) return keysUnavailable();
      const { errors } = this.#jose;
      if (error instanceof errors.JWTExpired)
        return invalid('user_token_expired', 'The token has expired. Get a new one and repeat the request.');
      if (error instanceof errors.JOSEError) return invalid('invalid_user_token', faultOf(error));
      throw error;
    }
  }

  async #payload(token: string): Promise<JWTPayload> {
    const { algorithms, issuer, audience, uidClaim, findKey } = this.#options;
    const options = {
      algorithms: [...algorithms],
      ...(issuer === null ? {} : { issuer }),
      ...(audience === null ? {} : { audience }),
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(this.#clock.now()),
      requiredClaims: ['exp', uidClaim],
    };
    const { payload } = await this.#jose.jwtVerify(token, findKey, options);
    return payload;
  }

  #principal(payload: JWTPayload): Principal | Problem {
    const claim = payload[this.#options.uidClaim];
    // Ids of databases are numbers; one that is larger than a double can hold is some other user's.
    const uid = Number.isSafeInteger(claim) ? String(claim) : claim;
    if (typeof uid === 'string' && uid !== '' && Buffer.byteLength(uid) <= longestUidBytes)
      return { kind: 'user', uid };
    const expected = `a text of 1 to ${longestUidBytes} bytes, or a whole number`;
    return invalid('invalid_user_token', `The claim ${this.#options.uidClaim} must be the uid: ${expected}.`);
  }
}

const longestUidBytes = 256;

type Refusal = 'invalid_user_token' | 'user_token_expired';

/** https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
function invalid(code: Refusal, detail: string): Problem {
  return problem(code, detail, { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
}

function keysUnavailable(): Problem {
  return problem(
    'user_token_keys_unavailable',
    'The keys that verify tokens cannot be fetched now. Retry the request later.',
    { headers: { 'retry-after': '5' } },
  );
}

function faultOf(error: { readonly code: string; readonly claim?: unknown }): string {
  switch (error.code) {
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return claimFault(String(error.claim));
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
    case 'ERR_JOSE_NOT_SUPPORTED':
      return 'The token is not signed by an allowed algorithm.';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'The signature of the token is not valid.';
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return 'The token is signed by a key that is not one of the published ones.';
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return 'The token does not name its key (kid), and several fit.';
    default:
      return 'The token is not a signed JSON Web Token.';
  }
}

function claimFault(claim: string): string {
  switch (claim) {
    case 'iss':
      return 'The token was not issued by the expected issuer (iss).';
    case 'aud':
      return 'The token is not meant for this audience (aud).';
    case 'nbf':
      return 'The token is not valid yet (nbf).';
    case 'exp':
      return 'The token must have a time of expiry (exp).';
    default:
      return 'A claim of the token is missing or malformed.';
  }
}
