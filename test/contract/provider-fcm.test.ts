import { generateKeyPairSync } from 'node:crypto';
import { silentLogger } from '../../src/domain/logger';
import { systemClock, type Clock } from '../../src/domain/clock';
import type { Delivery } from '../../src/domain/notification';
import type { FcmOptions } from '../../src/providers/fcm/options';
import { createFcmProvider } from '../../src/providers/fcm/provider';
import type { ServiceAccount } from '../../src/providers/fcm/credential/service-account';
import { hang, reply } from '../../src/sandbox/answer';
import type { FcmPush } from '../../src/sandbox/fcm/fake-fcm';
import { createIdentity, type SandboxIdentity } from '../../src/sandbox/certificates/identity';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { SdkFcmSender } from '../../src/providers/fcm/sdk-sender';
import type { Provider } from '../../src/providers/provider';
import { createHttp2Client } from '../../src/transport/http2-client';
import type { HttpClient } from '../../src/transport/port';
import { FakeProxy } from './fake-proxy';
import {
  describeProvider,
  notification,
  sendAll,
  type HarnessOptions,
  type ProviderHarness,
} from './provider-suite';
import { deliveryTo, withSandboxEach } from './sandbox-each';

let identity: SandboxIdentity;

beforeAll(async () => {
  identity = await createIdentity({ clock: systemClock });
});

const tokenOf = (index: number) => `c${index}:APA91b-token_${index}`;

function accountOf(sandbox: Sandbox): ServiceAccount {
  const { client_email, private_key, private_key_id, token_uri } = sandbox.credentials.serviceAccount;
  return {
    clientEmail: client_email,
    privateKey: private_key,
    privateKeyId: private_key_id,
    tokenUri: token_uri,
  };
}

function options(sandbox: Sandbox, given: HarnessOptions = {}): FcmOptions {
  return {
    app: 'default',
    projectId: sandbox.credentials.serviceAccount.project_id,
    credential: {
      kind: 'service_account',
      account: accountOf(sandbox),
      tokenProxyUrl: given.proxyUrl ?? null,
    },
    url: given.url ?? sandbox.fcm.url,
    proxyUrl: given.proxyUrl ?? null,
    androidMode: 'notification',
    androidChannelId: null,
    apnsTopic: 'com.example.chat',
    dataStyle: 'nested',
    mutableContent: false,
    connections: { min: 1, max: given.maxConnections ?? 20 },
    timeoutMs: given.timeoutMs ?? 10_000,
    ca: sandbox.caPem,
    ...(given.pingIntervalMs === undefined ? {} : { pingIntervalMs: given.pingIntervalMs }),
    ...(given.pingTimeoutMs === undefined ? {} : { pingTimeoutMs: given.pingTimeoutMs }),
  };
}

function create(given: FcmOptions, clock: Clock = systemClock, clients: HttpClient[] = []): Provider {
  const context = { clock: systemClock, logger: silentLogger };
  return createFcmProvider(given, {
    clock,
    logger: silentLogger,
    createClient: (client) => {
      clients.push(createHttp2Client(client, context));
      return clients.at(-1) as HttpClient;
    },
  });
}

async function createBySdk(options: FcmOptions): Promise<Provider> {
  const context = { clock: systemClock, logger: silentLogger };
  const createClient = (): never => {
    throw new Error('the SDK has its own');
  };
  return createFcmProvider(
    options,
    { ...context, createClient },
    await SdkFcmSender.create(options, context),
  );
}

async function start(given: HarnessOptions, client: 'relay' | 'sdk' = 'relay'): Promise<ProviderHarness> {
  const sandbox = await startSandbox({ identity });
  const clients: HttpClient[] = [];
  const chosen = options(sandbox, given);
  const provider = client === 'sdk' ? await createBySdk(chosen) : create(chosen, systemClock, clients);
  return {
    provider,
    connections: () => clients.reduce((sum, one) => sum + one.stats().connections, 0),
    fake: sandbox.fcm as unknown as ProviderHarness['fake'],
    device: { platform: 'android', lane: 'production', tokenKind: 'alert' },
    token: tokenOf,
    read: (push) => {
      const { android } = (push as FcmPush).message as {
        android: { notification: { notification_count: number } };
      };
      return { id: null, badge: android.notification.notification_count };
    },
    tooMany: { status: 429, reason: 'QUOTA_EXCEEDED' },
    badPayload: { status: 400, reason: 'INVALID_ARGUMENT' },
    unregister: (token) => sandbox.fcm.setDevice(token, { kind: 'unregistered' }),
    misconfigure: () =>
      void sandbox.fcm.scriptOAuth({ answer: reply(400, undefined, { body: '{"error":"invalid_grant"}' }) }),
    expireCredential: () => sandbox.fcm.oauth.revokeAll(),
    credentialsMade: () => sandbox.fcm.oauth.issued,
    close: async () => {
      await provider.close(0);
      await sandbox.close();
    },
  };
}

describeProvider('FCM by service account', start);

describeProvider('FCM through firebase-admin', (given) => start({ timeoutMs: 60_000, ...given }, 'sdk'), {
  'settles every delivery once, whatever becomes of it':
    'pushes that get no answer hold the connections that the others wait for: all are unavailable',
  'tells when it is told to slow down, and until when': 'the SDK drops Retry-After',
  'takes an empty 503 for unavailable': 'the SDK sends it again by itself',
  'calls what it never heard of ambiguous, and goes on': 'the SDK sends it again by itself, maybe twice',
  'notices a half-dead connection and opens another': 'the SDK goes on using it until calls get no answer',
});

describe('FCM', () => {
  let sandbox: Sandbox;
  const closing = withSandboxEach(
    () => identity,
    (started) => (sandbox = started),
  );

  function provider(given: Partial<FcmOptions> = {}): Provider {
    return closing(create({ ...options(sandbox), ...given }));
  }

  const delivery = (given: Partial<Delivery> = {}): Delivery =>
    deliveryTo({ platform: 'android', token: tokenOf(1) }, given);

  it('sends each platform what it understands', async () => {
    const fcm = provider();
    const mixed = (['android', 'ios', 'web'] as const).map((platform, index) =>
      delivery({ platform, token: tokenOf(index), badge: index }),
    );
    const kinds = ['alert', 'background', 'call'] as const;
    for (const kind of kinds) {
      const image = { ...notification, kind, imageUrl: 'https://example.com/a.png' };
      for (const outcome of await sendAll(fcm, mixed, image))
        expect(outcome).toMatchObject({ kind: 'accepted' });
    }
    for (const outcome of await sendAll(provider({ androidMode: 'data' }), mixed)) {
      expect(outcome).toMatchObject({ kind: 'accepted' });
    }
    const messages = sandbox.fcm.accepted.map((push) => push.message);
    expect(messages.filter((message) => 'apns' in message)).toHaveLength(4);
    expect(messages.filter((message) => 'webpush' in message)).toHaveLength(4);
    expect(messages.filter((message) => 'android' in message)).toHaveLength(4);
  });

  it('does not take a VoIP token, which only APNs knows', async () => {
    expect(await sendAll(provider(), [delivery({ tokenKind: 'voip' })])).toEqual([
      { kind: 'refused_locally', reason: 'voip_token_is_for_apns', blame: 'payload' },
    ]);
  });

  it.each([
    ['invalid', { kind: 'rejected', blame: 'device_token' }],
    ['sender_mismatch', { kind: 'rejected', blame: 'topic' }],
    ['third_party_auth', { kind: 'unavailable', reason: 'THIRD_PARTY_AUTH_ERROR', ambiguous: false }],
  ] as const)('tells a device that is %s', async (kind, outcome) => {
    sandbox.fcm.setDevice(tokenOf(1), { kind });
    expect(await sendAll(provider(), [delivery()])).toMatchObject([outcome]);
    expect(sandbox.fcm.oauth.issued).toBe(1);
  });

  it('tells a wrong project from a dead device token', async () => {
    const [outcome] = await sendAll(provider({ projectId: 'other-project' }), [delivery()]);
    expect(outcome).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringMatching(/^IAM_PERMISSION_DENIED: Permission/),
    });
    const [path] = await sendAll(provider({ url: `${sandbox.fcm.url}/elsewhere` }), [delivery()]);
    expect(path).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/status 404, text\/html; charset=UTF-8, “Error 404 \(Not Found\)!!1”/),
    });
  });

  it('says in the words of Google why it gets no access token', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const account = { ...accountOf(sandbox), privateKey: pem };
    const fcm = provider({ credential: { kind: 'service_account', account, tokenProxyUrl: null } });
    const outcomes = await sendAll(fcm, [delivery(), delivery()]);
    expect(outcomes).toEqual(
      Array(2).fill({ kind: 'misconfigured', reason: 'invalid_grant: Invalid JWT Signature.' }),
    );
    expect(sandbox.fcm.counts.requests).toBe(0);
  });

  it.each([
    ['answers 503', reply(503), /503/],
    ['answers rubbish', reply(200, undefined, { body: '<html>' }), /not an answer/],
    [
      'answers a token that no header can carry',
      reply(200, undefined, { body: '{"access_token":"a\\r\\nb"}' }),
      /not an answer/,
    ],
    ['hangs', hang(), /no answer within|credential_late/],
  ])('is not ambiguous where the token endpoint %s', async (_, answer, reason) => {
    sandbox.fcm.scriptOAuth({ times: 1, answer });
    const fcm = provider({ timeoutMs: answer.kind === 'hang' ? 600 : 30_000 });
    expect(await sendAll(fcm, [delivery()])).toEqual([
      { kind: 'unavailable', reason: expect.stringMatching(reason), ambiguous: false, retryAfterMs: null },
    ]);
    expect(sandbox.fcm.counts.requests).toBe(0);
  });

  it('hands on when the token endpoint asks to come back', async () => {
    sandbox.fcm.scriptOAuth({ times: 1, answer: reply(429, undefined, { retryAfterSeconds: 30 }) });
    expect(await sendAll(provider(), [delivery()])).toMatchObject([
      { kind: 'unavailable', retryAfterMs: 30_000 },
    ]);
  });

  it('is not ambiguous where the token endpoint is away', async () => {
    const account = { ...accountOf(sandbox), tokenUri: 'https://127.0.0.1:1/token' };
    const fcm = provider({ credential: { kind: 'service_account', account, tokenProxyUrl: null } });
    expect(await sendAll(fcm, [delivery()])).toEqual([
      {
        kind: 'unavailable',
        reason: expect.stringMatching(/^token endpoint: cannot connect to .* \(ECONNREFUSED\)$/),
        ambiguous: false,
        retryAfterMs: null,
      },
    ]);
  });

  it('keeps sending with the old access token while a new one cannot be had', async () => {
    const clock = {
      aheadMs: 0,
      now: () => Date.now() + clock.aheadMs,
      monotonicMs: () => Date.now() + clock.aheadMs,
    };
    const fcm = create(options(sandbox), clock);
    closing(fcm);
    await sendAll(fcm, [delivery()]);
    const refusals = sandbox.fcm.scriptOAuth({ answer: reply(503) });
    clock.aheadMs = 57 * 60_000;
    for (let count = 0; count < 20; count += 1) {
      expect(await sendAll(fcm, [delivery()])).toMatchObject([{ kind: 'accepted' }]);
    }
    expect(sandbox.fcm.oauth.issued).toBe(1);
    expect(refusals.hits).toBe(1);
    clock.aheadMs = 60 * 60_000;
    expect(await sendAll(fcm, [delivery()])).toMatchObject([{ kind: 'unavailable', ambiguous: false }]);
  });

  it('says a 401 that a new access token does not end, and renews it once only', async () => {
    const body = JSON.stringify({ error: { code: 401, message: 'Expired.', status: 'UNAUTHENTICATED' } });
    sandbox.fcm.script({ answer: reply(401, undefined, { body }) });
    const fcm = provider();
    for (let count = 0; count < 3; count += 1) {
      expect(await sendAll(fcm, [delivery()])).toEqual([
        { kind: 'misconfigured', reason: 'UNAUTHENTICATED: Expired.' },
      ]);
    }
    expect(sandbox.fcm.oauth.issued).toBe(2);
  });

  it('opens no more than 100 streams on a connection', async () => {
    sandbox.fcm.latencyMs = 30;
    const deliveries = Array.from({ length: 1000 }, (_, index) => delivery({ token: tokenOf(index) }));
    await sendAll(provider(), deliveries);
    expect(sandbox.fcm.counts).toMatchObject({ accepted: 1000, repeats: 0 });
    for (const connection of sandbox.fcm.connections)
      expect(connection.maxOpenStreams).toBeLessThanOrEqual(100);
  });

  it('goes through a CONNECT proxy, to the token endpoint too', async () => {
    const proxy = await FakeProxy.listen();
    const fcm = provider(options(sandbox, { proxyUrl: `http://user:p%40ss@127.0.0.1:${proxy.port}` }));
    expect(await sendAll(fcm, [delivery()])).toMatchObject([{ kind: 'accepted' }]);
    const heads = await proxy.asked.take(2);
    for (const head of heads) {
      expect(head).toContain('CONNECT 127.0.0.1:');
      expect(head.toLowerCase()).toContain(`proxy-authorization: basic ${btoa('user:p@ss')}`.toLowerCase());
    }
    await fcm.close(0);
    await proxy.close();
  });

  it('is not ambiguous where the proxy refuses', async () => {
    const proxy = await FakeProxy.listen(
      'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n',
    );
    const fcm = provider(options(sandbox, { proxyUrl: `http://127.0.0.1:${proxy.port}` }));
    expect(await sendAll(fcm, [delivery()])).toEqual([
      {
        kind: 'unavailable',
        reason: expect.stringMatching(
          /^token endpoint: cannot connect .* proxy: asks for other credentials \(407/,
        ),
        ambiguous: false,
        retryAfterMs: null,
      },
    ]);
    await fcm.close(0);
    await proxy.close();
  });
});
