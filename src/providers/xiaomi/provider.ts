/* Xiaomi's phones: `message.ts` is what devices share, and `outcomes.ts` reads the answers. Each region has a host of its own. */

import { createMakerOfLanes, type MakerContext } from '../many-tokens/maker';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { xiaomiMessage, type XiaomiMessage } from './message';
import type { XiaomiOptions } from './options';
import { readXiaomiAnswer } from './outcomes';

/** Xiaomi's push service, version 3 of its API. */
export function createXiaomiProvider(options: XiaomiOptions, context: MakerContext): Provider {
  return createMakerOfLanes(vendorOf(options), options.apis, () => null, options, context);
}

function vendorOf(options: XiaomiOptions): Vendor<XiaomiMessage> {
  return {
    name: 'xiaomi',
    batch: 1000,
    render: (notification, nowMs) => xiaomiMessage(notification, options, nowMs),
    call: (message, deliveries) => ({
      path: '/v3/message/regid',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        // It never expires. In lower case, as Xiaomi writes it.
        authorization: `key=${options.appSecret}`,
      },
      body: message.body(deliveries),
    }),
    read: readXiaomiAnswer,
  };
}
