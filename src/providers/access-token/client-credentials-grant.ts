import type { Clock } from '../../domain/clock';
import type { HttpClient } from '../../transport/port';
import { readGrantAnswer, type ReadRefusal } from './grant-answer';
import { tidyReason, type TokenSource } from './token-source';

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** To the origin of the token endpoint. */
  readonly client: HttpClient;
  readonly path: string;
  /** Where the vendor's error codes are not those of RFC 6749. */
  readonly readRefusal?: ReadRefusal;
  readonly clock: Clock;
}

const headers = { 'content-type': 'application/x-www-form-urlencoded' };

/** The client credentials grant (RFC 6749 §4.4), with the credentials in the form. */
export function clientCredentialsGrant(options: ClientCredentials): TokenSource {
  const { clientId, clientSecret, client, path, readRefusal, clock } = options;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  }).toString();
  return (timeoutMs) =>
    new Promise((resolve) => {
      client.request({ method: 'POST', path, headers, sensitive: [], body, timeoutMs }, (result) => {
        if (result.kind === 'response') resolve(readGrantAnswer(result, clock.now(), readRefusal));
        else
          resolve({
            kind: 'unavailable',
            reason: tidyReason(`token endpoint: ${result.cause}`),
            retryAfterMs: null,
          });
      });
    });
}
