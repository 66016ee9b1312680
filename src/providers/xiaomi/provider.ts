/* Xiaomi's phones: `message.ts` is what devices share, and `outcomes.ts` reads the answers. Each region has a host of its own. */

import { apiClientOptions, type MakerContext } from '../many-tokens/endpoint';
import { providerOfLanes } from '../many-tokens/lanes';
import { createManyTokensProvider } from '../many-tokens/provider';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { xiaomiMessage, type XiaomiMessage } from './message';
import type { XiaomiOptions } from './options';
import { readXiaomiAnswer } from './outcomes';

const batch = 1000;

/** Xiaomi's push service, version 3 of its API. */
export function createXiaomiProvider(options: XiaomiOptions, context: MakerContext): Provider {
  const { app, timeoutMs } = options;
  const vendor = vendorOf(options);
  const regions = [...options.apis].map(([region, api]) => {
    const client = context.createHttp1Client(apiClientOptions(api, options));
    const ofRegion = { client, authorization: null, timeoutMs, clock: context.clock };
    return [region, createManyTokensProvider(app, vendor, ofRegion)] as const;
  });
  return providerOfLanes('xiaomi', app, batch, new Map(regions));
}

function vendorOf(options: XiaomiOptions): Vendor<XiaomiMessage> {
  return {
    name: 'xiaomi',
    batch,
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
