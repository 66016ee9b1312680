/*
 * Open this file first: it is the provider. `payload.ts` builds what devices share, with `providers/wire/`. A sender carries it
 * (`sender.ts` is the port): `http2-sender.ts` over the relay's own transport, `sdk-sender.ts` through @parse/node-apn.
 * `outcomes.ts` has Apple's reasons. `provider-tokens.ts` keeps the token of `provider-token.ts` fresh and shares it, sealed by
 * `sealed-token.ts`, with other replicas. `client-identity.ts` is the certificate's way, and `options.ts` what all of them are
 * given.
 */

import { isDeviceToken } from '../../domain/device-token';
import type { Delivery, Notification } from '../../domain/notification';
import type { Provider, Settle } from '../provider';
import { checkByPush } from '../wire/check-by-push';
import { Recent, recentNotifications } from '../wire/recent';
import { refuse } from '../wire/refuse';
import { http2ApnsSenders } from './http2-sender';
import type { ApnsContext, ApnsOptions } from './options';
import { ApnsPayloads, shownBadge } from './payload';
import type { ApnsSender } from './sender';

/**
 * APNs of one app: what is refused locally, and the payloads. A sender per environment carries them.
 * Throws only on credentials that the configuration refuses.
 */
export function createApnsProvider(
  options: ApnsOptions,
  context: ApnsContext,
  createSenders = http2ApnsSenders(options, context),
): Provider {
  const senders = new Map<string, ApnsSender>();
  for (const credential of options.credentials)
    for (const [environment, sender] of createSenders(credential))
      if (!senders.has(environment)) senders.set(environment, sender);
  const payloadsOf = payloadCache(options);
  const provider: Provider = {
    name: 'apns',
    app: options.app,
    lanes: [...senders.keys()],
    batch: 1,
    send: (notification, deliveries, settle) => {
      const payloads = payloadsOf(notification);
      const startedAtMs = context.clock.monotonicMs();
      for (const delivery of deliveries) {
        sendOne(senders, payloads, delivery, startedAtMs, settle);
      }
    },
    check: (lane) => checkByPush(provider, { lane, token: checkToken }, context.clock.now()),
    close: async (deadlineMs) => {
      await Promise.all([...senders.values()].map((sender) => sender.close(deadlineMs)));
    },
  };
  return provider;
}

/** No phone has it: Apple answers BadDeviceToken once it has accepted the credential. */
const checkToken = '0'.repeat(64);

/** A notification comes back for each slice of its deliveries, as they find room: it is rendered once all the same. */
function payloadCache(options: ApnsOptions): (notification: Notification) => ApnsPayloads {
  const cache = new Recent<Notification, ApnsPayloads>(recentNotifications);
  return (notification) => {
    let payloads = cache.get(notification);
    if (payloads === undefined) {
      payloads = new ApnsPayloads(notification, options.topic, options);
      cache.set(notification, payloads);
    }
    return payloads;
  };
}

function sendOne<D extends Delivery>(
  senders: ReadonlyMap<string, ApnsSender>,
  payloads: ApnsPayloads,
  delivery: D,
  startedAtMs: number,
  settle: Settle<D>,
): void {
  const sender = senders.get(delivery.lane);
  if (sender === undefined) {
    refuse(delivery, `no_credential_for_${delivery.lane}`, 'payload', settle);
    return;
  }
  // It goes into the path, so nothing else may.
  if (!isDeviceToken('apns', delivery.token)) {
    refuse(delivery, 'malformed_device_token', 'device_token', settle);
    return;
  }
  const badge = shownBadge(delivery);
  const payload = payloads.of(delivery.tokenKind, badge !== null);
  if (payload === null) {
    refuse(delivery, 'payload_too_large', 'payload', settle);
    return;
  }
  sender.send(delivery, payload, badge, startedAtMs, settle);
}
