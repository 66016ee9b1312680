/*
 * Open this file first: it is the provider. `message.ts` builds the JSON that devices share (`click-url.ts` is what a click opens),
 * `encryption.ts` encrypts it for one device. `push-service.ts` sends to one push service, with the token of `vapid-tokens.ts`, and
 * `outcomes.ts` reads its answers. `push-services.ts` keeps as many of them as are in use, and `options.ts` is what all are given.
 */

import { createECDH, randomBytes } from 'node:crypto';
import { isDeviceToken } from '../../domain/device-token';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { ProviderLane } from '../../domain/provider-table';
import { Slice } from '../../runtime/slice';
import { readSubscriptionToken, toSubscriptionToken } from '../../shared/webpush/push-subscription';
import { Running } from '../../shared/running';
import { within } from '../../shared/within';
import type { Provider, Settle } from '../provider';
import { badgeOf } from '../wire/apple-payload';
import { checkByPush } from '../wire/check-by-push';
import { Recent, recentNotifications } from '../wire/recent';
import { topicOf, ttlSeconds, urgencyOf } from '../wire/web-display';
import { encrypt } from './encryption';
import { mostBytesFor, WebPushMessages } from './message';
import type { WebPushContext, WebPushOptions } from './options';
import { PushServices } from './push-services';

/** Microsoft's push service wants to be told twice whether a push is kept: with the wrong word it refuses a `TTL` of 0. */
const microsoft = /(?:^|\.)notify\.windows\.com$/;

/** Web Push of one app: https://www.rfc-editor.org/rfc/rfc8030#section-5. Throws where the keys are no pairs. */
export function createWebPushProvider(options: WebPushOptions, context: WebPushContext): Provider {
  return new WebPushProvider(options, context);
}

class WebPushProvider implements Provider {
  readonly name = 'webpush';
  readonly app: string;
  /** Each subscription has its own. */
  readonly lanes = [];
  readonly batch = 1;
  readonly publicKey: string;
  readonly #messages = new Recent<Notification, WebPushMessages>(recentNotifications);
  readonly #services: PushServices;
  readonly #options: WebPushOptions;
  readonly #clock: WebPushContext['clock'];
  /** Deliveries that are not all encrypted yet. */
  readonly #runs = new Running();
  #isClosing = false;

  constructor(options: WebPushOptions, context: WebPushContext) {
    this.app = options.app;
    this.publicKey = options.keys.publicKey;
    this.#services = new PushServices(options, context);
    this.#options = options;
    this.#clock = context.clock;
  }

  send<D extends Delivery>(notification: Notification, deliveries: readonly D[], settle: Settle<D>): void {
    if (this.#isClosing) {
      queueMicrotask(() => {
        for (const delivery of deliveries) settle(delivery, unavailable('closing'));
      });
      return;
    }
    this.#runs.add(this.#sendAll(notification, deliveries, settle));
  }

  /** Of a subscription that no browser has. Without a real one, no push service tells whether the keys fit. */
  check(lane: ProviderLane): Promise<Outcome> {
    const browser = createECDH('prime256v1');
    const token = toSubscriptionToken({
      endpoint: `https://${lane}/wpush/v2/wukongim-push-relay-doctor`,
      p256dh: browser.generateKeys('base64url'),
      auth: randomBytes(16).toString('base64url'),
      expiresAtMs: null,
    });
    return checkByPush(this, { lane, token }, this.#clock.now());
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    const endsAtMs = this.#clock.monotonicMs() + deadlineMs;
    await within(deadlineMs, this.#runs.ended(), undefined);
    await this.#services.close(Math.max(0, endsAtMs - this.#clock.monotonicMs()));
  }

  /** A key exchange for each device takes a good part of a millisecond: others have their turns between. */
  async #sendAll<D extends Delivery>(
    notification: Notification,
    deliveries: readonly D[],
    settle: Settle<D>,
  ): Promise<void> {
    const slice = new Slice();
    for (const delivery of deliveries) {
      if (slice.isOver) await slice.rest();
      const refusal = this.#sendOne(notification, delivery, settle);
      if (refusal !== null) queueMicrotask(() => settle(delivery, refusal));
    }
  }

  /** An outcome where nothing is sent. */
  #sendOne<D extends Delivery>(notification: Notification, delivery: D, settle: Settle<D>): Outcome | null {
    if (notification.kind === 'background' || notification.kind === 'badge')
      return refused('a_browser_shows_every_push', 'payload');
    if (!isDeviceToken('webpush', delivery.token)) return refused('malformed_device_token', 'device_token');
    const startedAtMs = this.#clock.monotonicMs();
    const { endpoint, p256dh, auth, expiresAtMs } = readSubscriptionToken(delivery.token);
    if (expiresAtMs !== null && expiresAtMs <= this.#clock.now())
      return refused('subscription_expired', 'device_token');
    const { host, path } = placeOf(endpoint);
    if (!this.#services.allows(host)) return refused('push_service_not_allowed', 'payload');
    const plain = this.#messagesOf(notification).bytes(mostBytesFor(host), badgeOf(delivery.badge));
    if (plain === null) return refused('payload_too_large', 'payload');
    const service = this.#services.of(host, delivery.lane !== host);
    if (service === null) return unavailable('too many push services are in use');
    const recipient = { publicKey: Buffer.from(p256dh, 'base64url'), auth: Buffer.from(auth, 'base64url') };
    const body = encrypt(plain, recipient);
    if (body === null) return refused('malformed_device_token', 'device_token');
    const headers = headersOf(notification, host, body, this.#clock.now());
    service.send({ path, headers, body, startedAtMs, delivery, settle });
    return null;
  }

  #messagesOf(notification: Notification): WebPushMessages {
    let messages = this.#messages.get(notification);
    if (messages === undefined) {
      messages = new WebPushMessages(notification, this.#options);
      this.#messages.set(notification, messages);
    }
    return messages;
  }
}

/** The endpoint is one that the URL parser has written. */
function placeOf(endpoint: string): { readonly host: string; readonly path: string } {
  const hostAt = 'https://'.length;
  const pathAt = endpoint.indexOf('/', hostAt);
  return { host: endpoint.slice(hostAt, pathAt), path: endpoint.slice(pathAt) };
}

function headersOf(
  notification: Notification,
  host: string,
  body: Buffer,
  nowMs: number,
): Record<string, string> {
  const ttl = ttlSeconds(notification, nowMs);
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'content-encoding': 'aes128gcm',
    'content-length': String(body.length),
    ttl: String(ttl),
    urgency: urgencyOf(notification),
    authorization: '',
  };
  if (notification.collapseId !== null) headers['topic'] = topicOf(notification.collapseId);
  if (microsoft.test(host)) headers['x-wns-cache-policy'] = ttl === 0 ? 'no-cache' : 'cache';
  return headers;
}

function refused(reason: string, blame: 'device_token' | 'payload'): Outcome {
  return { kind: 'refused_locally', reason, blame };
}

function unavailable(reason: string): Outcome {
  return { kind: 'unavailable', reason, ambiguous: false, retryAfterMs: null };
}
