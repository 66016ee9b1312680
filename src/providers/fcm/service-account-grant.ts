import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import { errorText } from '../wire/error-text';
import { readGrantAnswer } from './grant-answer';
import { httpsPost } from './https-post';
import type { ServiceAccount } from './service-account';
import { messagingScope, tidyReason, type TokenSource } from './token-source';

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const assertionLifeSeconds = 3600;

export interface GrantOptions {
  readonly account: ServiceAccount;
  readonly proxyUrl: string | null;
  readonly ca: string | undefined;
  readonly clock: Clock;
}

/**
 * The JWT bearer grant (RFC 7523) at the account's own `token_uri`, which Google's library does not honour:
 * developers.google.com/identity/protocols/oauth2/service-account.
 */
export function serviceAccountGrant(options: GrantOptions): TokenSource {
  const key = createPrivateKey(options.account.privateKey);
  const url = new URL(options.account.tokenUri);
  return async (timeoutMs) => {
    const { account, proxyUrl, ca, clock } = options;
    const assertion = signAssertion(key, account, Math.floor(clock.now() / 1000));
    const body = new URLSearchParams({ grant_type: grantType, assertion }).toString();
    try {
      const contentType = 'application/x-www-form-urlencoded';
      const signal = AbortSignal.timeout(timeoutMs);
      return readGrantAnswer(await httpsPost({ url, body, contentType, proxyUrl, ca, signal }), clock.now());
    } catch (error) {
      return {
        kind: 'unavailable',
        reason: tidyReason(`token endpoint: ${causeOf(error)}`),
        retryAfterMs: null,
      };
    }
  };
}

function signAssertion(key: KeyObject, account: ServiceAccount, issuedAtSeconds: number): string {
  const header = {
    alg: 'RS256',
    typ: 'JWT',
    ...(account.privateKeyId === null ? {} : { kid: account.privateKeyId }),
  };
  const claims = {
    iss: account.clientEmail,
    scope: messagingScope,
    aud: account.tokenUri,
    iat: issuedAtSeconds,
    exp: issuedAtSeconds + assertionLifeSeconds,
  };
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Node names the cause in `code`; a timeout has one of its own. */
function causeOf(error: unknown): string {
  const name = errorText(error, 'name');
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  return errorText(error, 'code') ?? errorText(error, 'message') ?? 'failed';
}
