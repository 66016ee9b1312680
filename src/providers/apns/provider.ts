import type { ApnsEnvironment } from '../../domain/device';
import { isDeviceToken } from '../../domain/device-token';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { Http2Client, Http2ClientOptions } from '../../transport/port';
import type { Provider } from '../provider';
import { Exchange, type ProviderResponse, type Reading } from '../wire/exchange';
import { Recent } from '../wire/recent';
import { refuse } from '../wire/refuse';
import type { ApnsContext, ApnsCredential, ApnsOptions } from './options';
import { ApnsAnswers } from './outcomes';
import { ApnsPayloads, shownBadge } from './payload';
import { signingKey } from './provider-token';
import { ProviderTokens } from './provider-tokens';

/** Apple asks that neither enters the compression table. */
const sensitive = [':path', 'authorization', 'apns-id'];
/** As many as are worked off side by side, about: twice the inbox batch. */
const keptNotifications = 128;
const peerStreams = 1000;

interface Line {
  readonly client: Http2Client;
  readonly exchange: Exchange;
  readonly hasToken: boolean;
  readonly read: (response: ProviderResponse, delivery: Delivery, nowMs: number) => Reading;
}

/** APNs of one app, with what the process wants to know of its connections. */
export interface ApnsProvider extends Provider {
  stats(): { readonly open: number; readonly waiting: number; readonly connections: number };
  /** Opens the minimum of connections ahead of the first push. */
  warmUp(): void;
}

/**
 * Sends over one HTTP/2 client an environment: Apple allows one key a connection.
 * Throws only on credentials that `validateApnsKey` and its like refuse.
 */
export function createApnsProvider(options: ApnsOptions, context: ApnsContext): ApnsProvider {
  const lines = createLines(options, context);
  const payloadsOf = payloadCache(options);
  const clients = [...lines.values()].map((line) => line.client);
  return {
    name: 'apns',
    app: options.app,
    environments: [...lines.keys()],
    send: (notification, deliveries, settle) => {
      const payloads = payloadsOf(notification);
      const startedAtMs = context.clock.monotonicMs();
      for (const delivery of deliveries) {
        sendOne(lines, payloads, delivery, startedAtMs, settle);
      }
    },
    close: async (deadlineMs) => {
      await Promise.all([...lines.values()].map((line) => line.exchange.close(deadlineMs)));
    },
    stats: () => clients.map((client) => client.stats()).reduce(add, { open: 0, waiting: 0, connections: 0 }),
    warmUp: () => clients.forEach((client) => client.warmUp()),
  };
}

function add(sum: ReturnType<Http2Client['stats']>, one: ReturnType<Http2Client['stats']>) {
  return {
    open: sum.open + one.open,
    waiting: sum.waiting + one.waiting,
    connections: sum.connections + one.connections,
  };
}

function createLines(options: ApnsOptions, context: ApnsContext): Map<ApnsEnvironment, Line> {
  const lines = new Map<ApnsEnvironment, Line>();
  for (const credential of options.credentials) {
    const authorization =
      credential.kind === 'token'
        ? new ProviderTokens(signingKey(credential.keyPem, credential.keyId, credential.teamId), context)
        : null;
    for (const environment of credential.environments) {
      if (lines.has(environment)) continue;
      const client = context.createClient(clientOptions(options, environment, credential));
      const { clock } = context;
      const exchange = new Exchange({ client, authorization, timeoutMs: options.timeoutMs, clock });
      lines.set(environment, { client, exchange, hasToken: authorization !== null, read: reader() });
    }
  }
  return lines;
}

function clientOptions(
  options: ApnsOptions,
  environment: ApnsEnvironment,
  credential: ApnsCredential,
): Http2ClientOptions {
  return {
    baseUrl: options.endpoints[environment].url,
    proxyUrl: options.endpoints[environment].proxyUrl,
    minConnections: options.connections.min,
    maxConnections: options.connections.max,
    maxStreamsPerConnection: peerStreams,
    singleStreamUntilFirstAnswer: credential.kind === 'token',
    tls: { ...identity(credential), ...(options.ca === undefined ? {} : { ca: options.ca }) },
    pingIntervalMs: options.pingIntervalMs ?? 30_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 5_000,
    connectTimeoutMs: options.timeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? 30 * 60_000,
  };
}

function identity(credential: ApnsCredential): Http2ClientOptions['tls'] {
  switch (credential.kind) {
    case 'token':
      return {};
    case 'certificate':
      return { cert: credential.cert, key: credential.key, ...opened(credential.passphrase) };
    case 'pfx':
      return { pfx: credential.pfx, ...opened(credential.passphrase ?? '') };
    default:
      return credential satisfies never;
  }
}

function opened(passphrase: string | null): { readonly passphrase?: string } {
  return passphrase === null ? {} : { passphrase };
}

/** A notification comes back for each slice of its deliveries, as they find room: it is rendered once all the same. */
function payloadCache(options: ApnsOptions): (notification: Notification) => ApnsPayloads {
  const cache = new Recent<Notification, ApnsPayloads>(keptNotifications);
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
  lines: ReadonlyMap<ApnsEnvironment, Line>,
  payloads: ApnsPayloads,
  delivery: D,
  startedAtMs: number,
  settle: (delivery: D, outcome: Outcome) => void,
): void {
  const line = lines.get(delivery.environment);
  if (line === undefined) {
    refuse(delivery, `no_credential_for_${delivery.environment}`, 'payload', settle);
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
  line.exchange.start({
    path: `/3/device/${delivery.token}`,
    headers: payload.headersFor(delivery.id, line.hasToken),
    sensitive,
    body: payload.body(badge),
    startedAtMs,
    subject: delivery,
    read: line.read,
    settle,
  });
}

function reader(): Line['read'] {
  const answers = new ApnsAnswers();
  return (response, { id, tokenKind }, nowMs) => answers.read(response, id, tokenKind === 'voip', nowMs);
}
