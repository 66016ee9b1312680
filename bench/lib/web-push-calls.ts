import { createRequire } from 'node:module';
import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { Delivery } from '../../src/domain/notification';
import { mostPlainBytes } from '../../src/providers/webpush/encryption';
import { WebPushMessages } from '../../src/providers/webpush/message';
import type { WebPushOptions } from '../../src/providers/webpush/options';
import { createWebPushProvider } from '../../src/providers/webpush/provider';
import { subscribe, type SubscriptionJson } from '../../src/sandbox/webpush/subscriptions';
import { AllowedHosts } from '../../src/shared/webpush/allowed-hosts';
import { createVapidKeys } from '../../src/shared/webpush/vapid-keys';
import type { HttpClient } from '../../src/transport/port';
import { notification } from '../../test/contract/provider-suite';

const keys = createVapidKeys();
const subject = 'mailto:push@relay.chat';
const host = 'push.example.com';
/** As many browsers take turns, so that no key exchange is one that was made before. */
const browsers: readonly SubscriptionJson[] = Array.from(
  { length: 100 },
  (_, index) => subscribe(`https://${host}/wpush/v2/${String(index)}`, keys.publicKey).json,
);
const browserOf = (index: number) => browsers[index % browsers.length] as SubscriptionJson;

const options: WebPushOptions = {
  app: 'default',
  keys,
  previousKeys: null,
  subject,
  baseUrl: 'https://chat.example.com/#/{channel_type}/{channel_id}',
  icon: null,
  fallbackTitle: 'Chat',
  dataStyle: 'nested',
  hosts: new AllowedHosts([host]),
  allowPrivateAddresses: false,
  proxyUrl: null,
  connections: { min: 0, max: 4 },
  timeoutMs: 10_000,
};

interface WebPushPackage {
  generateRequestDetails(subscription: SubscriptionJson, payload: Buffer | null, options: object): object;
}

/** The package signs a token for each push. */
export function byPackage(): (index: number) => Promise<number> {
  // Loaded when it is called for: other benches do not need it.
  const load = () => createRequire(__filename)('web-push') as WebPushPackage;
  const payload = new WebPushMessages(notification, options).bytes(mostPlainBytes, null);
  const vapidDetails = { subject, ...keys };
  let webPush: WebPushPackage | null = null;
  return (index) => {
    webPush ??= load();
    webPush.generateRequestDetails(browserOf(index), payload, { TTL: 3600, urgency: 'high', vapidDetails });
    return Promise.resolve(0);
  };
}

/** The relay's provider, whose pushes are accepted before they are sent. */
export function byRelay(): (index: number) => Promise<number> {
  const client: HttpClient = {
    request: (request, done) => done({ kind: 'response', status: 201, headers: {}, body: '' }, request),
    stats: () => ({ connections: 0 }),
    refresh: () => {},
    close: () => Promise.resolve(),
  };
  const provider = createWebPushProvider(options, {
    clock: systemClock,
    logger: silentLogger,
    createClient: () => client,
  });
  return (index) =>
    new Promise((resolve) => {
      const { endpoint, keys: of } = browserOf(index);
      const delivery: Delivery = {
        id: `d${String(index)}`,
        uid: 'u',
        deviceId: 'd',
        tokenKind: 'alert',
        token: `${endpoint} ${of.p256dh} ${of.auth}`,
        platform: 'web',
        lane: host,
        badge: null,
      };
      provider.send(notification, [delivery], (_, { kind }) => resolve(kind === 'accepted' ? 0 : 1));
    });
}
