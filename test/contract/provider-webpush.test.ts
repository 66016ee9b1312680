import { createECDH, randomBytes, type ECDH } from 'node:crypto';
import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import { silentLogger } from '../../src/domain/logger';
import { systemClock } from '../../src/domain/clock';
import { encrypt, mostPlainBytes } from '../../src/providers/webpush/encryption';
import type { WebPushOptions } from '../../src/providers/webpush/options';
import { createWebPushProvider } from '../../src/providers/webpush/provider';
import type { Provider } from '../../src/providers/provider';
import { createIdentity, type SandboxIdentity } from '../../src/sandbox/certificates/identity';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import type { WebPush } from '../../src/sandbox/webpush/fake-push-service';
import { AllowedHosts } from '../../src/shared/webpush/allowed-hosts';
import { createVapidKeys } from '../../src/shared/webpush/vapid-keys';
import { createEitherClient } from '../../src/transport/either-client';
import type { HttpClient } from '../../src/transport/port';
import { loadJose } from '../../src/user-tokens/user-tokens';
import {
  deliveriesOf,
  describeProvider,
  sendAll,
  type HarnessOptions,
  type ProviderHarness,
} from './provider-suite';

let identity: SandboxIdentity;

beforeAll(async () => {
  identity = await createIdentity({ clock: systemClock });
});

function options(sandbox: Sandbox, given: HarnessOptions = {}): WebPushOptions {
  return {
    app: 'default',
    keys: sandbox.credentials.vapid,
    previousKeys: null,
    subject: 'mailto:push@relay.chat',
    baseUrl: 'https://chat.example.com/#/{channel_type}/{channel_id}',
    icon: null,
    fallbackTitle: 'Chat',
    dataStyle: 'nested',
    hosts: new AllowedHosts(['127.0.0.1']),
    allowPrivateAddresses: true,
    proxyUrl: given.proxyUrl ?? null,
    connections: { min: 0, max: given.maxConnections ?? 4 },
    timeoutMs: given.timeoutMs ?? 10_000,
    ca: sandbox.caPem,
    ...(given.pingIntervalMs === undefined ? {} : { pingIntervalMs: given.pingIntervalMs }),
    ...(given.pingTimeoutMs === undefined ? {} : { pingTimeoutMs: given.pingTimeoutMs }),
  };
}

function create(given: WebPushOptions, clock = systemClock, clients: HttpClient[] = []): Provider {
  const context = { clock: systemClock, logger: silentLogger };
  return createWebPushProvider(given, {
    clock,
    logger: silentLogger,
    createClient: (client) => {
      clients.push(createEitherClient(client, context));
      return clients.at(-1) as HttpClient;
    },
  });
}

/** Subscriptions of the fake's, by number; at another server with the same keys, where one is given. */
function subscriptions(sandbox: Sandbox, url = sandbox.webpush.url): (index: number) => string {
  const tokens = new Map<number, string>();
  return (index) => {
    const known = tokens.get(index);
    if (known !== undefined) return known;
    const { endpoint, keys } = sandbox.webpush.subscribe(sandbox.credentials.vapid.publicKey, String(index));
    const token = `${endpoint.replace(sandbox.webpush.url, url)} ${keys.p256dh} ${keys.auth}`;
    tokens.set(index, token);
    return token;
  };
}

async function start(given: HarnessOptions): Promise<ProviderHarness> {
  const sandbox = await startSandbox({ identity });
  const clients: HttpClient[] = [];
  // The token has an age at which it may be replaced.
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const provider = create(options(sandbox, given), clock, clients);
  const tokenOf = subscriptions(sandbox, given.url);
  return {
    provider,
    connections: () => clients.reduce((sum, one) => sum + one.stats().connections, 0),
    fake: sandbox.webpush as unknown as ProviderHarness['fake'],
    device: { platform: 'web', lane: new URL(given.url ?? sandbox.webpush.url).host, tokenKind: 'alert' },
    token: tokenOf,
    arrivedAt: (token) => token.split(' ', 1)[0] ?? '',
    read: (push) => {
      const { app_badge: badge } = JSON.parse((push as WebPush).text) as { app_badge: number };
      return { id: null, badge };
    },
    tooMany: { status: 429, reason: 'TooManyRequests' },
    badPayload: { status: 400, reason: 'BadWebPushRequest' },
    unregister: (token) => sandbox.webpush.setDevice(token.split(' ', 1)[0] ?? '', { kind: 'expired' }),
    misconfigure: () => sandbox.webpush.refuseAll({ status: 403, reason: 'BadJwtToken', detail: '' }),
    expireCredential: () => {
      aheadMs += 2 * 3_600_000;
      sandbox.webpush.refuseTokens();
    },
    credentialsMade: () => sandbox.webpush.tokensSeen,
    close: async () => {
      await provider.close(0);
      await sandbox.close();
    },
  };
}

describeProvider('Web Push', start);

describe('Web Push', () => {
  it('tells a subscription of the previous key by the lane that takes it, and blames no device for a key that nobody took', async () => {
    const sandbox = await startSandbox({ identity });
    const old = createVapidKeys();
    const deliver = (provider: Provider, keys: string, isPrevious: boolean) => {
      const subscription = sandbox.webpush.subscribe(keys);
      const host = new URL(subscription.endpoint).host;
      return sendAll(provider, [
        {
          id: 'd',
          uid: 'u',
          deviceId: 'd',
          tokenKind: 'alert',
          token: `${subscription.endpoint} ${subscription.keys.p256dh} ${subscription.keys.auth}`,
          platform: 'web',
          lane: isPrevious ? `${host}/previous` : host,
          badge: null,
        } as const,
      ]);
    };
    const both = create({ ...options(sandbox), previousKeys: old });
    expect(await deliver(both, old.publicKey, false)).toMatchObject([
      { kind: 'rejected', reason: 'VapidPkHashMismatch', blame: 'device_token' },
    ]);
    expect(await deliver(both, old.publicKey, true)).toMatchObject([{ kind: 'accepted' }]);
    const one = create(options(sandbox));
    expect(await deliver(one, old.publicKey, false)).toMatchObject([{ kind: 'misconfigured' }]);
    expect(await deliver(one, sandbox.credentials.vapid.publicKey, false)).toMatchObject([
      { kind: 'accepted' },
    ]);
    expect(await deliver(one, old.publicKey, false)).toMatchObject([{ kind: 'rejected', blame: 'topic' }]);
    await Promise.all([both.close(0), one.close(0)]);
    await sandbox.close();
  });
});

/** What is used of the web-push package and of its http_ece, neither of which has types of its own. */
interface WebPushPackage {
  sendNotification(subscription: object, payload: string, options: object): Promise<{ statusCode: number }>;
}
interface HttpEce {
  decrypt(body: Buffer, options: { version: 'aes128gcm'; privateKey: ECDH; authSecret: Buffer }): Buffer;
}

describe('Web Push beside the web-push package', () => {
  const load = createRequire(__filename);
  const webPush = load('web-push') as WebPushPackage;
  const ece = createRequire(load.resolve('web-push'))('http_ece') as HttpEce;

  it.each([1, 500, mostPlainBytes])('encrypts %d bytes so that http_ece reads them', (bytes) => {
    const browser = createECDH('prime256v1');
    const publicKey = browser.generateKeys();
    const auth = randomBytes(16);
    const plain = randomBytes(bytes);
    const body = encrypt(plain, { publicKey, auth }) ?? Buffer.alloc(0);
    expect(ece.decrypt(body, { version: 'aes128gcm', privateKey: browser, authSecret: auth })).toEqual(plain);
  });

  it('is judged by a fake that takes what the package sends, and refuses its other key', async () => {
    const sandbox = await startSandbox({ identity });
    const agent = new Agent({ ca: sandbox.caPem });
    const subscription = sandbox.webpush.subscribe(sandbox.credentials.vapid.publicKey);
    const send = (keys: { publicKey: string; privateKey: string }) => {
      const vapidDetails = { subject: 'mailto:push@relay.chat', ...keys };
      return webPush.sendNotification(subscription, '{"title":"你好"}', { vapidDetails, agent });
    };
    expect(await send(sandbox.credentials.vapid)).toMatchObject({ statusCode: 201 });
    expect(sandbox.webpush.accepted).toMatchObject([{ text: '{"title":"你好"}' }]);
    await expect(send(createVapidKeys())).rejects.toMatchObject({ statusCode: 403 });
    agent.destroy();
    await sandbox.close();
  });

  it('signs a VAPID token that jose verifies with the key beside it', async () => {
    const harness = await start({});
    await sendAll(harness.provider, deliveriesOf(harness, 1));
    const [push] = harness.fake.accepted as readonly WebPush[];
    const [, token = '', key = ''] =
      /^vapid t=(.+), k=(.+)$/.exec(String(push?.headers['authorization'])) ?? [];
    const point = Buffer.from(key, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
    const { importJWK, jwtVerify } = await loadJose();
    const publicKey = await importJWK({ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, 'ES256');
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ['ES256'],
      audience: new URL(push?.token ?? '').origin,
    });
    expect(payload.sub).toBe('mailto:push@relay.chat');
    expect(payload.exp).toBeLessThanOrEqual(Date.now() / 1000 + 86_400);
    await harness.close();
  });
});
