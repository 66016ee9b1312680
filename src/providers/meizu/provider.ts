/* Meizu's phones: `message.ts` is what devices share, signed for each call, and `outcomes.ts` reads the answers. */

import { apiClientOptions, type MakerContext } from '../many-tokens/endpoint';
import { createManyTokensProvider } from '../many-tokens/provider';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { meizuMessage, type MeizuMessage } from './message';
import type { MeizuOptions } from './options';
import { readMeizuAnswer } from './outcomes';

/** Meizu's push service (Flyme). Each call is signed with the app's secret, so there is no credential that expires. */
export function createMeizuProvider(options: MeizuOptions, context: MakerContext): Provider {
  return createManyTokensProvider(options.app, vendorOf(options), {
    client: context.createHttp1Client(apiClientOptions(options.api, options)),
    authorization: null,
    timeoutMs: options.timeoutMs,
    clock: context.clock,
  });
}

function vendorOf(options: MeizuOptions): Vendor<MeizuMessage> {
  return {
    name: 'meizu',
    batch: 100,
    render: (notification, nowMs) => meizuMessage(notification, options, nowMs),
    call: (message, deliveries) => ({
      path: '/garcia/api/server/push/varnished/pushByPushId',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
      body: message.body(deliveries),
    }),
    read: readMeizuAnswer,
  };
}
