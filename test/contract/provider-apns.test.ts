import { silentLogger } from '../../src/domain/logger';
import { systemClock } from '../../src/domain/clock';
import type { Delivery } from '../../src/domain/notification';
import type { ApnsCredential, ApnsOptions, SharedTokens } from '../../src/providers/apns/options';
import { createApnsProvider } from '../../src/providers/apns/provider';
import { reply } from '../../src/sandbox/answer';
import type { ApnsPush } from '../../src/sandbox/apns/fake-apns';
import { createIdentity, type SandboxIdentity } from '../../src/sandbox/certificates/identity';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { sdkApnsSenders } from '../../src/providers/apns/sdk-sender';
import type { Provider } from '../../src/providers/provider';
import { createHttp2Client } from '../../src/transport/http2-client';
import type { HttpClient } from '../../src/transport/port';
import { FakeProxy } from './fake-proxy';
import {
  deliveriesOf,
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

const tokenOf = (index: number) => `ab${index.toString(16).padStart(62, '0')}`;

function options(
  sandbox: Sandbox,
  given: HarnessOptions,
  credential: Partial<ApnsCredential> = {},
): ApnsOptions {
  const { keyPem, keyId, teamId, topic } = sandbox.credentials.apns;
  const proxyUrl = given.proxyUrl ?? null;
  return {
    app: 'default',
    topic,
    credentials: [
      {
        environments: ['production', 'sandbox'],
        kind: 'token',
        keyPem,
        keyId,
        teamId,
        ...credential,
      } as ApnsCredential,
    ],
    endpoints: {
      production: { url: given.url ?? sandbox.apns.url, proxyUrl },
      sandbox: { url: sandbox.apns.sandboxUrl, proxyUrl },
    },
    connections: { min: 1, max: given.maxConnections ?? 4 },
    timeoutMs: given.timeoutMs ?? 10_000,
    dataStyle: 'nested',
    mutableContent: false,
    ca: sandbox.caPem,
    ...(given.pingIntervalMs === undefined ? {} : { pingIntervalMs: given.pingIntervalMs }),
    ...(given.pingTimeoutMs === undefined ? {} : { pingTimeoutMs: given.pingTimeoutMs }),
  };
}

function create(
  options: ApnsOptions,
  sharedTokens: SharedTokens | null = null,
  clients: HttpClient[] = [],
): Provider {
  const context = { clock: systemClock, logger: silentLogger };
  return createApnsProvider(options, {
    ...context,
    createClient: (client) => {
      clients.push(createHttp2Client(client, context));
      return clients.at(-1) as HttpClient;
    },
    sharedTokens,
  });
}

async function createBySdk(options: ApnsOptions): Promise<Provider> {
  const context = { clock: systemClock, logger: silentLogger, sharedTokens: null };
  const createClient = (): never => {
    throw new Error('the SDK has its own');
  };
  return createApnsProvider(
    options,
    { ...context, createClient },
    await sdkApnsSenders(options, systemClock),
  );
}

async function start(
  given: HarnessOptions,
  credential: Partial<ApnsCredential> = {},
  client: 'relay' | 'sdk' = 'relay',
): Promise<ProviderHarness> {
  // The relay's one forced renewal comes at once after the first token here; at Apple's an hour lies between.
  const sandbox = await startSandbox({ identity, minTokenUpdateIntervalMs: 0 });
  const clients: HttpClient[] = [];
  const chosen = options(sandbox, given, credential);
  const provider = client === 'sdk' ? await createBySdk(chosen) : create(chosen, null, clients);
  const seen = new Set<string>();
  sandbox.apns.script(({ headers }) => {
    seen.add(String(headers.authorization));
    return null;
  });
  return {
    provider,
    connections: () => clients.reduce((sum, one) => sum + one.stats().connections, 0),
    fake: sandbox.apns as unknown as ProviderHarness['fake'],
    device: { platform: 'ios', lane: 'production', tokenKind: 'alert' },
    token: tokenOf,
    read: (push) => {
      const { apnsId, payload } = push as ApnsPush;
      return { id: apnsId, badge: (payload.aps as { badge?: number }).badge ?? null };
    },
    tooMany: { status: 429, reason: 'TooManyRequests' },
    badPayload: { status: 400, reason: 'BadCollapseId' },
    unregister: (token) =>
      sandbox.apns.setDevice(token, { kind: 'unregistered', sinceMs: 1_700_000_000_123 }),
    misconfigure: () => sandbox.apns.revoke(sandbox.credentials.apns.keyId),
    expireCredential: () => {
      const expired = new Set(seen);
      sandbox.apns.script(({ headers }) =>
        expired.has(String(headers.authorization)) ? reply(403, 'ExpiredProviderToken') : null,
      );
    },
    credentialsMade: () => seen.size,
    close: async () => {
      await provider.close(0);
      await sandbox.close();
    },
  };
}

describeProvider('APNs by provider token', (given) => start(given));

describeProvider(
  'APNs through @parse/node-apn',
  (given) => start({ timeoutMs: 60_000, ...given }, {}, 'sdk'),
  {
    'tells when it is told to slow down, and until when': 'the SDK drops Retry-After',
    'takes an empty 503 for unavailable':
      'the SDK takes it for a cut stream: unavailable all the same, but ambiguous',
    'loses nothing in flight at a GOAWAY': 'the SDK ends the connection, and what it carries: ambiguous',
    'says so when the peer speaks no HTTP/2': 'the SDK does not tell that from a cut stream: ambiguous',
  },
);

describe('APNs', () => {
  let sandbox: Sandbox;
  const closing = withSandboxEach(
    () => identity,
    (started) => (sandbox = started),
  );

  function provider(given: Partial<ApnsOptions> = {}, sharedTokens: SharedTokens | null = null): Provider {
    return closing(create({ ...options(sandbox, {}), ...given }, sharedTokens));
  }

  const delivery = (given: Partial<Delivery> = {}): Delivery =>
    deliveryTo({ platform: 'ios', token: tokenOf(1) }, given);

  it('sends headers and payload as the contract has them', async () => {
    const one = delivery({ badge: 3 });
    await sendAll(provider(), [one]);
    const [push] = sandbox.apns.accepted as [ApnsPush];
    expect(push.headers).toEqual({
      'apns-id': one.id,
      'apns-topic': 'com.example.chat',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': String(Math.floor((notification.expiresAtMs as number) / 1000)),
      'apns-collapse-id': 'message-1',
    });
    expect(push.payload).toEqual({
      aps: {
        alert: { title: 'Alice', body: notification.body },
        badge: 3,
        sound: 'default',
        'thread-id': '1:alice',
      },
      wukongim: {
        message_id: '9223372036854775807',
        message_seq: 7,
        client_msg_no: 'c1',
        from_uid: 'alice',
        channel_id: 'alice',
        channel_type: 1,
        timestamp: 1_700_000_000,
      },
    });
  });

  it('sends calls, alerts and background pushes of both environments side by side', async () => {
    const apns = provider();
    const call = { ...notification, kind: 'call' } as const;
    const background = { ...notification, kind: 'background' } as const;
    const all = [
      await sendAll(apns, [delivery({ tokenKind: 'voip', badge: 9 }), delivery()], call),
      await sendAll(apns, [delivery({ lane: 'sandbox', badge: 1 }), delivery()], background),
    ].flat();
    expect(all.map((outcome) => outcome.kind)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
    const seen = sandbox.apns.accepted.map(({ pushType, topic, environment, headers, payload }) => [
      environment,
      pushType,
      topic,
      headers['apns-priority'],
      headers['apns-expiration'],
      (payload.aps as { badge?: number }).badge,
    ]);
    const expiration = String(Math.floor((notification.expiresAtMs as number) / 1000));
    expect(seen.sort()).toEqual([
      ['production', 'alert', 'com.example.chat', '10', '0', undefined],
      ['production', 'background', 'com.example.chat', '5', expiration, undefined],
      ['production', 'voip', 'com.example.chat.voip', '10', '0', undefined],
      ['sandbox', 'alert', 'com.example.chat', '5', expiration, 1],
    ]);
  });

  it('tells since when a device token is dead', async () => {
    sandbox.apns.setDevice(tokenOf(1), {
      kind: 'unregistered',
      sinceMs: 1_700_000_000_123,
      reason: 'ExpiredToken',
    });
    expect(await sendAll(provider(), [delivery()])).toEqual([
      { kind: 'unregistered', reason: 'ExpiredToken', asOfMs: 1_700_000_000_123 },
    ]);
  });

  it('lets nothing but hexadecimal digits into the path', async () => {
    const tokens = ['../../1', 'ab/../cd', 'ab?x', 'ab%20', '0xab', 'ab-cd'].map((token) =>
      delivery({ token }),
    );
    for (const outcome of await sendAll(provider(), tokens)) {
      expect(outcome).toMatchObject({ kind: 'refused_locally', blame: 'device_token' });
    }
    expect(sandbox.apns.counts.requests).toBe(0);
  });

  it('blames the device token of the other environment, and the topic of another app', async () => {
    sandbox.apns.setDevice(tokenOf(1), { kind: 'environment', environment: 'sandbox' });
    sandbox.apns.setDevice(tokenOf(2), { kind: 'topic', topic: 'com.other' });
    expect(await sendAll(provider(), [delivery(), delivery({ token: tokenOf(2) })])).toMatchObject([
      { kind: 'rejected', blame: 'device_token' },
      { kind: 'rejected', blame: 'topic' },
    ]);
  });

  it('has no credential for an environment that none names', async () => {
    const { keyPem, keyId, teamId } = sandbox.credentials.apns;
    const apns = provider({
      credentials: [{ environments: ['sandbox'], kind: 'token', keyPem, keyId, teamId }],
    });
    expect(apns.lanes).toEqual(['sandbox']);
    expect(await sendAll(apns, [delivery()])).toEqual([
      { kind: 'refused_locally', reason: 'no_credential_for_production', blame: 'payload' },
    ]);
  });

  it.each(['certificate', 'pfx'] as const)('authenticates by %s, without a provider token', async (kind) => {
    const { certPem, keyPem, pfx, passphrase } = sandbox.credentials.apnsCertificate;
    const credential: ApnsCredential =
      kind === 'pfx'
        ? { environments: ['production'], kind, pfx, passphrase }
        : { environments: ['production'], kind, cert: certPem, key: keyPem, passphrase: null };
    const headers: unknown[] = [];
    sandbox.apns.script((request) => {
      headers.push(request.headers.authorization);
      return null;
    });
    const deliveries = Array.from({ length: 100 }, (_, index) => delivery({ token: tokenOf(index) }));
    const outcomes = await sendAll(provider({ credentials: [credential] }), deliveries);
    expect(new Set(outcomes.map((outcome) => outcome.kind))).toEqual(new Set(['accepted']));
    expect(new Set(headers)).toEqual(new Set([undefined]));
  });

  it('shares one provider token between environments and replicas', async () => {
    const values = new Map<string, string>();
    const shared: SharedTokens = {
      get: async (name) => values.get(name) ?? null,
      set: async (name, value) => void values.set(name, value),
    };
    const seen = new Set<unknown>();
    sandbox.apns.script(({ headers }) => {
      seen.add(headers.authorization);
      return null;
    });
    await sendAll(provider({}, shared), [delivery(), delivery({ lane: 'sandbox' })]);
    await sendAll(provider({}, shared), [delivery()]);
    expect(seen.size).toBe(1);
    expect(sandbox.apns.accepted).toHaveLength(3);
  });

  it('says a provider token that stays expired, and renews it once only', async () => {
    const seen = new Set<unknown>();
    sandbox.apns.script(({ headers }) => {
      seen.add(headers.authorization);
      return reply(403, 'ExpiredProviderToken');
    });
    const apns = provider();
    for (let count = 0; count < 3; count += 1) {
      expect(await sendAll(apns, [delivery()])).toEqual([
        { kind: 'misconfigured', reason: 'ExpiredProviderToken' },
      ]);
    }
    expect(seen.size).toBe(2);
  });

  it.each([
    [400, 'IdleTimeout'],
    [403, 'UnrelatedKeyIdInToken'],
    [503, 'Shutdown'],
  ])('opens another connection after %i %s', async (status, reason) => {
    const apns = provider();
    await sendAll(apns, [delivery()]);
    sandbox.apns.script({ times: 1, answer: reply(status, reason) });
    expect(await sendAll(apns, [delivery()])).toMatchObject([
      { kind: 'unavailable', reason, ambiguous: false },
    ]);
    await sendAll(apns, [delivery()]);
    const [first, last] = [sandbox.apns.accepted[0], sandbox.apns.accepted.at(-1)];
    expect(last?.connection).not.toBe(first?.connection);
  });

  it('goes through a CONNECT proxy', async () => {
    const proxy = await FakeProxy.listen();
    const apns = provider(options(sandbox, { proxyUrl: `http://127.0.0.1:${proxy.port}` }));
    expect(await sendAll(apns, [delivery()])).toMatchObject([{ kind: 'accepted' }]);
    expect(await proxy.asked.next()).toContain('CONNECT 127.0.0.1:');
    await apns.close(0);
    await proxy.close();
  });

  it('keeps apps apart that share a process', async () => {
    const other = provider({ app: 'other', topic: 'com.example.other', dataStyle: 'flat' });
    const harness = { device: delivery(), token: tokenOf } as unknown as ProviderHarness;
    await Promise.all([
      sendAll(provider(), deliveriesOf(harness, 20)),
      sendAll(other, deliveriesOf(harness, 20)),
    ]);
    const topics = sandbox.apns.accepted.map((push) => push.topic);
    expect(topics.filter((topic) => topic === 'com.example.other')).toHaveLength(20);
    const flat = sandbox.apns.accepted.find((push) => push.topic === 'com.example.other');
    expect(flat?.payload).toMatchObject({ message_id: '9223372036854775807', channel_id: 'alice' });
  });
});
