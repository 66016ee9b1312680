import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Clock } from '../../../domain/clock';
import type { HttpClient } from '../../../transport/port';
import { encodeJwtPart } from '../../../shared/json-web-token';
import { readGrantAnswer } from '../../access-token/grant-answer';
import { tidyReason, type TokenSource } from '../../access-token/token-source';
import type { ServiceAccount } from './service-account';

const messagingScope = 'https://www.googleapis.com/auth/firebase.messaging';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const assertionLifeSeconds = 3600;
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

export interface GrantOptions {
  readonly account: ServiceAccount;
  /** To the origin of the account's `token_uri`. */
  readonly client: HttpClient;
  readonly clock: Clock;
}

/**
 * The JWT bearer grant (RFC 7523) at the account's own `token_uri`, which Google's library does not honor:
 * developers.google.com/identity/protocols/oauth2/service-account.
 */
export function serviceAccountGrant({ account, client, clock }: GrantOptions): TokenSource {
  const key = createPrivateKey(account.privateKey);
  const { pathname, search } = new URL(account.tokenUri);
  const path = pathname + search;
  return (timeoutMs) =>
    new Promise((resolve) => {
      const assertion = signAssertion(key, account, Math.floor(clock.now() / 1000));
      const body = new URLSearchParams({ grant_type: grantType, assertion }).toString();
      client.request({ method: 'POST', path, headers, sensitive: [], body, timeoutMs }, (result) => {
        if (result.kind === 'response') resolve(readGrantAnswer(result, clock.now()));
        else
          resolve({
            kind: 'unavailable',
            reason: tidyReason(`token endpoint: ${result.cause}`),
            retryAfterMs: null,
          });
      });
    });
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
  const signed = `${encodeJwtPart(header)}.${encodeJwtPart(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
