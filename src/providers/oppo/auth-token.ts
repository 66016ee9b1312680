import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import { isObject } from '../../shared/json-object';
import type { HttpClient } from '../../transport/port';
import { signedGrant } from '../access-token/signed-grant';
import type { TokenSource } from '../access-token/token-source';
import type { UnauthorizedRequest } from '../wire/authorization';

export interface OppoAccount {
  readonly appKey: string;
  readonly masterSecret: string;
  readonly client: HttpClient;
  readonly clock: Clock;
}

/** OPPO says 24 hours. */
const lifeSeconds = 20 * 3600;

/** An `auth_token`, signed with the time, which may be 10 minutes off: open.oppomobile.com/new/developmentDoc/info?id=11234. */
export function authTokens({ appKey, masterSecret, client, clock }: OppoAccount): TokenSource {
  return signedGrant({
    client,
    path: '/server/v1/auth',
    contentType: 'application/x-www-form-urlencoded; charset=UTF-8',
    body: (nowMs) => {
      const timestamp = String(nowMs);
      const sign = createHash('sha256').update(`${appKey}${timestamp}${masterSecret}`).digest('hex');
      return new URLSearchParams({ app_key: appKey, sign, timestamp }).toString();
    },
    names: { code: 'code', message: 'message' },
    tokenOf: ({ data }) => (isObject(data) ? data['auth_token'] : null),
    lifeSeconds,
    // App key, secret, signature and time; the server's address; an app that may not push.
    misconfigured: ['14', '15', '16', '17', '18', '19', '26', '27', '28', '30'],
    clock,
  });
}

const field = /^auth_token=[^&]*&/;

/** OPPO looks for it in the form. */
export function writeAuthToken(accessToken: string, request: UnauthorizedRequest): void {
  // A call that is made once more has the refused one.
  const used = field.exec(request.body.toString('latin1', 0, 4096))?.[0].length ?? 0;
  const own = Buffer.from(`auth_token=${encodeURIComponent(accessToken)}&`);
  request.body = Buffer.concat([own, request.body.subarray(used)]);
}
