import { isDeviceToken } from '../../domain/device-token';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { Http2Client, Http2ClientOptions } from '../../transport/port';
import type { Provider } from '../provider';
import { badgeOf } from '../wire/apple-payload';
import { Exchange, type ProviderResponse, type Reading } from '../wire/exchange';
import { Recent } from '../wire/recent';
import { refuse } from '../wire/refuse';
import { AccessTokens } from './access-tokens';
import { defaultCredential } from './default-credential';
import { FcmMessages } from './message';
import type { FcmContext, FcmOptions } from './options';
import { readFcmResponse } from './outcomes';
import { serviceAccountGrant } from './service-account-grant';
import type { TokenSource } from './token-source';

/** The same access token goes with every request: in the compression table it costs a byte instead of a kilobyte. */
const sensitive: readonly string[] = [];
/** As many as are worked off side by side, about: twice the inbox batch. */
const keptNotifications = 128;
const peerStreams = 100;

/** FCM of one app, with what the process wants to know of its connections. */
export interface FcmProvider extends Provider {
  stats(): ReturnType<Http2Client['stats']>;
  /** Opens the minimum of connections ahead of the first push. */
  warmUp(): void;
}

/**
 * FCM's HTTP v1 API, firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send.
 * Throws only on a service account that `validateServiceAccount` refuses.
 */
export function createFcmProvider(options: FcmOptions, context: FcmContext): FcmProvider {
  const { clock, logger } = context;
  const { timeoutMs } = options;
  const client = context.createClient(clientOptions(options));
  const authorization = new AccessTokens({ source: tokenSource(options, context), timeoutMs, clock, logger });
  const exchange = new Exchange({ client, authorization, timeoutMs, clock });
  const messagesOf = messageCache(options);
  const read: Line['read'] = (response, _, nowMs) => readFcmResponse(response, options.projectId, nowMs);
  const path = `/v1/projects/${encodeURIComponent(options.projectId)}/messages:send`;
  return {
    name: 'fcm',
    app: options.app,
    environments: ['production'],
    send: (notification, deliveries, settle) => {
      const startedAtMs = clock.monotonicMs();
      const messages = messagesOf(notification, clock.now());
      const line = { exchange, path, read, startedAtMs };
      for (const delivery of deliveries) {
        sendOne(line, messages, delivery, settle);
      }
    },
    close: (deadlineMs) => exchange.close(deadlineMs),
    stats: () => client.stats(),
    warmUp: () => client.warmUp(),
  };
}

/** A notification comes back for each slice of its deliveries, as they find room: it is rendered once a second at most. */
function messageCache(options: FcmOptions): (notification: Notification, nowMs: number) => FcmMessages {
  const cache = new Recent<Notification, FcmMessages>(keptNotifications);
  return (notification, nowMs) => {
    let messages = cache.get(notification);
    if (messages === undefined || Math.abs(nowMs - messages.builtAtMs) >= 1000) {
      messages = new FcmMessages(notification, options, nowMs);
      cache.set(notification, messages);
    }
    return messages;
  };
}

function tokenSource(options: FcmOptions, context: FcmContext): TokenSource {
  const { credential } = options;
  switch (credential.kind) {
    case 'service_account':
      return serviceAccountGrant({
        account: credential.account,
        proxyUrl: credential.tokenProxyUrl,
        ca: options.ca,
        clock: context.clock,
      });
    case 'application_default':
      return defaultCredential();
    default:
      return credential satisfies never;
  }
}

function clientOptions(options: FcmOptions): Http2ClientOptions {
  return {
    baseUrl: options.url,
    proxyUrl: options.proxyUrl,
    minConnections: options.connections.min,
    maxConnections: options.connections.max,
    maxStreamsPerConnection: peerStreams,
    singleStreamUntilFirstAnswer: false,
    tls: options.ca === undefined ? {} : { ca: options.ca },
    pingIntervalMs: options.pingIntervalMs ?? 30_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 5_000,
    connectTimeoutMs: options.timeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? 30 * 60_000,
  };
}

/** How one `send` reaches FCM. */
interface Line {
  readonly exchange: Exchange;
  readonly path: string;
  readonly read: (response: ProviderResponse, delivery: Delivery, nowMs: number) => Reading;
  readonly startedAtMs: number;
}

function sendOne<D extends Delivery>(
  line: Line,
  messages: FcmMessages,
  delivery: D,
  settle: (delivery: D, outcome: Outcome) => void,
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
  line.exchange.start({
    path: line.path,
    headers: { 'content-type': 'application/json', authorization: '' },
    sensitive,
    body: message.body(delivery, badge),
    startedAtMs: line.startedAtMs,
    subject: delivery,
    read: line.read,
    settle,
  });
}
