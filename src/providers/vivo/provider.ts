/*
 * Open this file first: vivo's phones. `message.ts` is what devices share, with `texts.ts` as vivo takes them, `outcomes.ts` reads the
 * answers, and `auth-token.ts` asks for the credential. `options.ts` is what all are given. One device is one call; for several, vivo
 * keeps the message first and is then told the devices.
 */

import { tokenClient } from '../many-tokens/endpoint';
import { createMaker, type MakerContext } from '../many-tokens/maker';
import type { Vendor, VendorCall } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { authTokens, writeAuthToken } from './auth-token';
import { vivoMessage, type VivoMessage } from './message';
import type { VivoOptions } from './options';
import { readKept, readVivoAnswer } from './outcomes';

/** vivo's push service: dev.vivo.com.cn/documentCenter/doc/362. */
export function createVivoProvider(options: VivoOptions, context: MakerContext): Provider {
  const source = authTokens({ ...options, client: tokenClient(options.api), clock: context.clock });
  return createMaker(vendorOf(options), options.api, { source, write: writeAuthToken }, options, context);
}

function vendorOf(options: VivoOptions): Vendor<VivoMessage> {
  return {
    name: 'vivo',
    batch: 1000,
    render: (notification, nowMs) => vivoMessage(notification, options, nowMs),
    keep: {
      call: (message) => callOf('/message/saveListPayload', message.kept()),
      read: readKept,
    },
    call: (message, deliveries, keptId) => {
      const [only] = deliveries;
      return keptId === null && only !== undefined
        ? callOf('/message/send', message.single(only))
        : callOf('/message/pushToList', message.list(keptId ?? '', deliveries));
    },
    read: readVivoAnswer,
  };
}

function callOf(path: string, body: Buffer): VendorCall {
  return { path, headers: { 'content-type': 'application/json; charset=UTF-8', authtoken: '' }, body };
}
