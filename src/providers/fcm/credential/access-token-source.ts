/*
 * Open this file first: it chooses where Google's access tokens come from. `service-account-grant.ts` asks with the key of
 * `service-account.ts`, `default-credential.ts` uses Google's library.
 */

import type { Clock } from '../../../domain/clock';
import { createHttp1Client } from '../../../transport/http1-client';
import type { HttpClient } from '../../../transport/port';
import type { TokenSource } from '../../access-token/token-source';
import { defaultCredential } from './default-credential';
import type { FcmOptions } from '../options';
import { serviceAccountGrant } from './service-account-grant';

/** Where access tokens come from, by the credential. */
export function accessTokenSource(options: FcmOptions, clock: Clock): TokenSource {
  const { credential } = options;
  switch (credential.kind) {
    case 'service_account':
      return serviceAccountGrant({
        account: credential.account,
        client: tokenClient(credential.account.tokenUri, credential.tokenProxyUrl, options.ca),
        clock,
      });
    case 'application_default':
      return defaultCredential();
    default:
      return credential satisfies never;
  }
}

/** One request per hour: its connection is not kept. */
function tokenClient(tokenUri: string, proxyUrl: string | null, ca: string | undefined): HttpClient {
  return createHttp1Client({
    baseUrl: new URL(tokenUri).origin,
    proxyUrl,
    maxConnections: 1,
    tls: ca === undefined ? {} : { ca },
    connectTimeoutMs: 10_000,
    idleTimeoutMs: 1_000,
    plainHosts: 'anywhere',
  });
}
