/*
 * OPPO's phones: `message.ts` is what devices share, `outcomes.ts` reads the answers, and `auth-token.ts` asks for the credential.
 * Phones of mainland China and others have a host each.
 */

import { tokenClient, type HttpEndpoint } from '../many-tokens/endpoint';
import { createMakerOfLanes, type MakerContext } from '../many-tokens/maker';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { authTokens, writeAuthToken } from './auth-token';
import { oppoMessage, type OppoMessage } from './message';
import type { OppoOptions } from './options';
import { readOppoAnswer } from './outcomes';

/** OPPO's push service: open.oppomobile.com/new/developmentDoc/info?id=11238. */
export function createOppoProvider(options: OppoOptions, context: MakerContext): Provider {
  const { clock } = context;
  const tokensOf = (api: HttpEndpoint) => ({
    source: authTokens({ ...options, client: tokenClient(api), clock }),
    write: writeAuthToken,
  });
  return createMakerOfLanes(vendorOf(options), options.apis, tokensOf, options, context);
}

function vendorOf(options: OppoOptions): Vendor<OppoMessage> {
  return {
    name: 'oppo',
    // OPPO takes 1,000. Each message of a call is written out, so one of 1,000 would have megabytes.
    batch: 100,
    render: (notification, nowMs) => oppoMessage(notification, options, nowMs),
    call: (message, deliveries) => ({
      path: '/server/v1/message/notification/unicast_batch',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
      body: message.body(deliveries),
    }),
    read: readOppoAnswer,
  };
}
