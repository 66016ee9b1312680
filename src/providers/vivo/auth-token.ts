import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import type { HttpClient } from '../../transport/port';
import { signedGrant } from '../access-token/signed-grant';
import type { TokenSource } from '../access-token/token-source';
import type { UnauthorizedRequest } from '../wire/authorization';

export interface VivoAccount {
  readonly appId: number;
  readonly appKey: string;
  readonly appSecret: string;
  readonly client: HttpClient;
  readonly clock: Clock;
}

/** vivo says 24 hours, and to ask again every hour or two. */
const lifeSeconds = 2 * 3600;

/** An `authToken`, signed with the time, which may be 10 minutes off: dev.vivo.com.cn/documentCenter/doc/362. */
export function authTokens({ appId, appKey, appSecret, client, clock }: VivoAccount): TokenSource {
  return signedGrant({
    client,
    path: '/message/auth',
    contentType: 'application/json; charset=UTF-8',
    body: (timestamp) => {
      const signed = `${appId}${appKey}${timestamp}${appSecret}`;
      const sign = createHash('md5').update(signed).digest('hex');
      return JSON.stringify({ appId, appKey, timestamp, sign });
    },
    names: { code: 'result', message: 'desc' },
    tokenOf: ({ authToken }) => authToken,
    lifeSeconds,
    // Any refusal of a request that is always the same but for its time.
    misconfigured: [
      '10000',
      '10050',
      '10091',
      '10092',
      '10093',
      '10094',
      '10200',
      '10201',
      '10202',
      '10203',
      '10204',
      '10205',
    ],
    clock,
  });
}

export function writeAuthToken(accessToken: string, request: UnauthorizedRequest): void {
  request.headers['authtoken'] = accessToken;
}
