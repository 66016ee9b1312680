import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import type { Exchange } from '../exchange';
import type { WireAnswer } from '../fake-provider';
import { IssuedTokens, type BearerState } from '../issued-tokens';
import { jsonHeaders } from './fcm-errors';
import { isSignedBy, parseJwt, type Jwt } from '../jwt';

/** The account that may ask for tokens. */
export interface TrustedAccount {
  readonly clientEmail: string;
  readonly privateKeyId: string;
  readonly publicKeyPem: string;
}

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const scopes = [
  'https://www.googleapis.com/auth/firebase.messaging',
  'https://www.googleapis.com/auth/cloud-platform',
];
const defaultLifetimeSeconds = 3599;
const maxAssertionSeconds = 3600;
const skewSeconds = 300;

/**
 * Google's OAuth 2.0 token endpoint, JWT-bearer grant only.
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export class FakeOAuth {
  /** `expires_in` of the tokens to come; they are refused once it is over. */
  tokenLifetimeSeconds = defaultLifetimeSeconds;
  requests = 0;
  #issuedBefore = 0;
  readonly #tokens: IssuedTokens;
  readonly #publicKey: KeyObject;
  readonly #account: TrustedAccount;
  readonly #audience: () => string;
  readonly #clock: Clock;

  /** `audience` answers the endpoint's own URL, which is known only once it listens. */
  constructor(account: TrustedAccount, audience: () => string, clock: Clock) {
    this.#account = account;
    this.#audience = audience;
    this.#clock = clock;

    this.#publicKey = createPublicKey(account.publicKeyPem);
    this.#tokens = new IssuedTokens('ya29.sandbox.', clock);
  }

  /** Since the last reset. */
  get issued(): number {
    return this.#tokens.issued - this.#issuedBefore;
  }

  /** A valid access token without the grant, for clients that bring their own credential. */
  issue(lifetimeSeconds = this.tokenLifetimeSeconds): string {
    return this.#tokens.issue(lifetimeSeconds);
  }

  /** All tokens issued so far are refused from now on. */
  revokeAll(): void {
    this.#tokens.revokeAll();
  }

  reset(): void {
    this.tokenLifetimeSeconds = defaultLifetimeSeconds;
    this.requests = 0;
    this.#issuedBefore = this.#tokens.issued;
  }

  bearer(authorization: string | undefined): BearerState {
    return this.#tokens.bearer(authorization);
  }

  answer(exchange: Exchange): WireAnswer {
    this.requests += 1;
    if (exchange.method !== 'POST') return oauthError('invalid_request', 'Only POST is allowed.', 405);
    const type = exchange.headers['content-type'] ?? '';
    if (!type.startsWith('application/x-www-form-urlencoded')) {
      return oauthError('invalid_request', `Could not parse the body as ${type || 'nothing'}.`);
    }
    const form = new URLSearchParams(exchange.body.toString('utf8'));
    if (form.get('grant_type') !== grantType) {
      return oauthError('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`);
    }
    const assertion = form.get('assertion');
    if (assertion === null) return oauthError('invalid_request', 'Missing required parameter: assertion');
    const wrong = this.#refuse(parseJwt(assertion));
    if (wrong !== null) return wrong;
    const expiresIn = this.tokenLifetimeSeconds;
    const body = JSON.stringify({
      access_token: this.issue(expiresIn),
      expires_in: expiresIn,
      token_type: 'Bearer',
    });
    return { status: 200, headers: jsonHeaders, body };
  }

  #refuse(jwt: Jwt | null): WireAnswer | null {
    if (jwt === null) return oauthError('invalid_grant', 'Invalid JWT: Failed to parse.');
    const { header, claims } = jwt;
    if (header.alg !== 'RS256') return oauthError('invalid_grant', 'Invalid JWT: unsupported algorithm.');
    if (claims.iss !== this.#account.clientEmail)
      return oauthError('invalid_grant', 'Invalid grant: account not found');
    if (header.kid !== undefined && header.kid !== this.#account.privateKeyId) {
      return oauthError('invalid_grant', 'Invalid JWT Signature.');
    }
    if (!isSignedBy(jwt, 'RS256', this.#publicKey))
      return oauthError('invalid_grant', 'Invalid JWT Signature.');
    if (claims.aud !== this.#audience()) {
      return oauthError('invalid_grant', `Invalid JWT: aud must be ${this.#audience()}.`);
    }
    if (!this.#isTimely(claims)) {
      return oauthError(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    }
    const asked = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
    return asked.some((scope) => scopes.includes(scope))
      ? null
      : oauthError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
  }

  #isTimely({ iat, exp }: Jwt['claims']): boolean {
    if (typeof iat !== 'number' || typeof exp !== 'number') return false;
    const now = this.#clock.now() / 1000;
    return exp > now && exp > iat && exp - iat <= maxAssertionSeconds && iat <= now + skewSeconds;
  }
}

function oauthError(error: string, description: string, status = 400): WireAnswer {
  return { status, headers: jsonHeaders, body: JSON.stringify({ error, error_description: description }) };
}
