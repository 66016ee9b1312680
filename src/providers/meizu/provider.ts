/* Meizu's phones: `message.ts` is what devices share, signed for each call, and `outcomes.ts` reads the answers. */

import { createMaker, type MakerContext } from '../many-tokens/maker';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { meizuMessage, type MeizuMessage } from './message';
import type { MeizuOptions } from './options';
import { readMeizuAnswer } from './outcomes';

/** Meizu's push service (Flyme). Each call is signed with the app's secret, so there is no credential that expires. */
export function createMeizuProvider(options: MeizuOptions, context: MakerContext): Provider {
  return createMaker(vendorOf(options), options.api, null, options, context);
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
