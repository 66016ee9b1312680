/* Honor's phones: `message.ts` is what devices share, and `outcomes.ts` reads the answers. */

import type { Clock } from '../../domain/clock';
import { clientCredentialsGrant } from '../access-token/client-credentials-grant';
import { tokenClient } from '../many-tokens/endpoint';
import { createMaker, type MakerContext } from '../many-tokens/maker';
import type { Vendor } from '../many-tokens/vendor';
import type { Provider } from '../provider';
import { honorMessage, type HonorMessage } from './message';
import type { HonorOptions } from './options';
import { readHonorAnswer } from './outcomes';

/** Honor's push service: developer.honor.com/cn/docs/11002/guides/downlink-message. */
export function createHonorProvider(options: HonorOptions, context: MakerContext): Provider {
  const { clock } = context;
  const source = clientCredentialsGrant({
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    client: tokenClient(options.auth),
    path: '/auth/token',
    clock,
  });
  return createMaker(vendorOf(options, clock), options.api, { source }, options, context);
}

function vendorOf(options: HonorOptions, clock: Clock): Vendor<HonorMessage> {
  const path = `/api/v1/${encodeURIComponent(options.appId)}/sendMessage`;
  return {
    name: 'honor',
    // 1,000, as far as is known; 100 are sure.
    batch: 100,
    render: (notification, nowMs) => honorMessage(notification, options, nowMs),
    needsOneBadge: (message) => message.needsOneBadge,
    call: (message, deliveries) => ({
      path,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        timestamp: String(clock.now()),
        authorization: '',
      },
      body: message.body(deliveries),
    }),
    read: readHonorAnswer,
  };
}
