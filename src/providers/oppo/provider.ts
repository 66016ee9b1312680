/*
 * OPPO's phones: `message.ts` is what devices share, `outcomes.ts` reads the answers, and `auth-token.ts` asks for the credential.
 * Phones of mainland China and others have a host each.
 */

import { AccessTokens } from '../access-token/access-tokens';
import { apiClientOptions, tokenClient, type MakerContext } from '../many-tokens/endpoint';
import { providerOfLanes } from '../many-tokens/lanes';
import { createManyTokensProvider } from '../many-tokens/provider';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { authTokens, writeAuthToken } from './auth-token';
import { oppoMessage, type OppoMessage } from './message';
import type { OppoOptions } from './options';
import { readOppoAnswer } from './outcomes';

/** OPPO takes 1,000. Each message of a call is written out, so one of 1,000 would have megabytes. */
const batch = 100;

/** OPPO's push service: open.oppomobile.com/new/developmentDoc/info?id=11238. */
export function createOppoProvider(options: OppoOptions, context: MakerContext): Provider {
  const { app, timeoutMs } = options;
  const { clock, logger } = context;
  const vendor = vendorOf(options);
  const lanes = [...options.apis].map(([lane, api]) => {
    const source = authTokens({ ...options, client: tokenClient(api), clock });
    const authorization = new AccessTokens({
      provider: 'oppo',
      source,
      write: writeAuthToken,
      timeoutMs,
      clock,
      logger,
    });
    const client = context.createHttp1Client(apiClientOptions(api, options));
    return [
      lane,
      createManyTokensProvider(app, vendor, { client, authorization, timeoutMs, clock }),
    ] as const;
  });
  return providerOfLanes('oppo', app, batch, new Map(lanes));
}

function vendorOf(options: OppoOptions): Vendor<OppoMessage> {
  return {
    name: 'oppo',
    batch,
    render: (notification, nowMs) => oppoMessage(notification, options, nowMs),
    call: (message, deliveries) => ({
      path: '/server/v1/message/notification/unicast_batch',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
      body: message.body(deliveries),
    }),
    read: readOppoAnswer,
  };
}
