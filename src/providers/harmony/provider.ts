/* Phones with HarmonyOS 5 and later: `message.ts` is what devices share, and `outcomes.ts` reads the answers. */

import { createMaker, type MakerContext } from '../many-tokens/maker';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { harmonyMessage, type HarmonyMessage } from './message';
import type { HarmonyOptions } from './options';
import { readHarmonyAnswer } from './outcomes';
import { serviceAccountTokens } from './service-account-token';

/** Huawei's Push Kit for HarmonyOS, version 3 of its API. Throws only on a key that the configuration refuses. */
export function createHarmonyProvider(options: HarmonyOptions, context: MakerContext): Provider {
  const source = serviceAccountTokens(options.account, context.clock);
  return createMaker(vendorOf(options), options.api, { source }, options, context);
}

function vendorOf(options: HarmonyOptions): Vendor<HarmonyMessage> {
  const sendPath = `/v3/${encodeURIComponent(options.account.projectId)}/messages:send`;
  const revokePath = `/v1/${encodeURIComponent(options.clientId ?? '')}/messages:revoke`;
  return {
    name: 'harmony',
    batch: 1000,
    render: (notification, nowMs) => harmonyMessage(notification, options, nowMs),
    call: (message, deliveries) => ({
      path: message.form === 'revoke' ? revokePath : sendPath,
      headers: { 'content-type': 'application/json', 'push-type': message.pushType, authorization: '' },
      body: message.body(deliveries),
    }),
    read: readHarmonyAnswer,
  };
}
