/*
 * Open this file first: it is the provider. `message.ts` builds what devices share, from `android-message.ts`,
 * `apple-message.ts`, `web-message.ts`, `data-fields.ts` and `message-texts.ts`, in the shape of `wire-message.ts`. A sender
 * carries it (`sender.ts` is the port): `http2-sender.ts` over the relay's own transport, `sdk-sender.ts` through
 * firebase-admin. `outcomes.ts`, `error-body.ts` and `sdk-outcomes.ts` read Google's answers. `credential/` gets access tokens,
 * and `options.ts` is what all of them are given.
 */

import { isDeviceToken } from '../../domain/device-token';
import type { Delivery, Notification } from '../../domain/notification';
import type { Provider, Settle } from '../provider';
import { badgeOf } from '../wire/apple-payload';
import { checkPush } from '../wire/check-by-push';
import { Recent, recentNotifications } from '../wire/recent';
import { refuse } from '../wire/refuse';
import { Http2FcmSender } from './http2-sender';
import { FcmMessages, validateOnly } from './message';
import type { FcmContext, FcmOptions } from './options';
import type { FcmSender } from './sender';

/**
 * FCM of one app: what is refused locally, and the messages. A sender carries them.
 * Throws only on a service account that the configuration refuses.
 */
export function createFcmProvider(
  options: FcmOptions,
  context: FcmContext,
  sender: FcmSender = new Http2FcmSender(options, context),
): Provider {
  const { clock } = context;
  const messagesOf = messageCache(options);
  return {
    name: 'fcm',
    app: options.app,
    lanes: ['production'],
    batch: 1,
    send: (notification, deliveries, settle) => {
      const startedAtMs = clock.monotonicMs();
      const messages = messagesOf(notification, clock.now());
      for (const delivery of deliveries) {
        sendOne(sender, messages, delivery, startedAtMs, settle);
      }
    },
    check: (lane) => {
      const { notification, delivery } = checkPush({ lane, token: checkToken }, clock.now());
      const message = messagesOf(notification, clock.now()).of(delivery.platform, false);
      if (message === null) throw new Error('the text of a check is short');
      return new Promise((resolve) =>
        sender.send(delivery, validateOnly(message), null, clock.monotonicMs(), (_, outcome) =>
          resolve(outcome),
        ),
      );
    },
    close: (deadlineMs) => sender.close(deadlineMs),
  };
}

/** No phone has it. Google delivers nothing of a request that it only validates. */
const checkToken = 'wukongim-push-relay-doctor';

/** A notification comes back for each slice of its deliveries, as they find room: it is rendered once a second at most. */
function messageCache(options: FcmOptions): (notification: Notification, nowMs: number) => FcmMessages {
  const cache = new Recent<Notification, FcmMessages>(recentNotifications);
  return (notification, nowMs) => {
    let messages = cache.get(notification);
    if (messages === undefined || Math.abs(nowMs - messages.builtAtMs) >= 1000) {
      messages = new FcmMessages(notification, options, nowMs);
      cache.set(notification, messages);
    }
    return messages;
  };
}

function sendOne<D extends Delivery>(
  sender: FcmSender,
  messages: FcmMessages,
  delivery: D,
  startedAtMs: number,
  settle: Settle<D>,
): void {
  if (delivery.tokenKind === 'voip') {
    refuse(delivery, 'voip_token_is_for_apns', 'payload', settle);
    return;
  }
  if (!isDeviceToken('fcm', delivery.token)) {
    refuse(delivery, 'malformed_device_token', 'device_token', settle);
    return;
  }
  const badge = delivery.platform === 'web' ? null : badgeOf(delivery.badge);
  const message = messages.of(delivery.platform, badge !== null);
  if (message === null) {
    refuse(delivery, 'payload_too_large', 'payload', settle);
    return;
  }
  sender.send(delivery, message, badge, startedAtMs, settle);
}
