/* Huawei's phones (HMS Core): `message.ts` is what devices share, and `outcomes.ts` reads the answers. */

import { clientCredentialsGrant } from '../access-token/client-credentials-grant';
import type { ReadRefusal } from '../access-token/grant-answer';
import { tokenClient } from '../many-tokens/endpoint';
import { createMaker, type MakerContext } from '../many-tokens/maker';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { huaweiMessage, type HuaweiMessage } from './message';
import type { HuaweiOptions } from './options';
import { readHuaweiAnswer } from './outcomes';

/** Huawei's Push Kit for Android apps, version 1 of its API. */
export function createHuaweiProvider(options: HuaweiOptions, context: MakerContext): Provider {
  const { clock } = context;
  const source = clientCredentialsGrant({
    clientId: options.appId,
    clientSecret: options.appSecret,
    client: tokenClient(options.auth),
    path: '/oauth2/v3/token',
    readRefusal,
    clock,
  });
  return createMaker(vendorOf(options), options.api, { source }, options, context);
}

function vendorOf(options: HuaweiOptions): Vendor<HuaweiMessage> {
  const path = `/v1/${encodeURIComponent(options.appId)}/messages:send`;
  return {
    name: 'huawei',
    batch: 1000,
    render: (notification, nowMs) => huaweiMessage(notification, options, nowMs),
    needsOneBadge: (message) => message.needsOneBadge,
    call: (message, deliveries) => ({
      path,
      headers: { 'content-type': 'application/json; charset=UTF-8', authorization: '' },
      body: message.body(deliveries),
    }),
    read: readHuaweiAnswer,
  };
}

/** Huawei's token endpoint has numbers for what RFC 6749 has words for: `{"error": 1101, "sub_error": 20042, …}`. */
const readRefusal: ReadRefusal = (error) =>
  Number.isSafeInteger(error) ? { code: `error ${String(error)}`, isVerdict: true } : null;
