import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { ConversationData, Delivery, Notification } from '../../src/domain/notification';
import type { HuaweiOptions } from '../../src/providers/huawei/options';
import { createHuaweiProvider } from '../../src/providers/huawei/provider';
import { reply } from '../../src/sandbox/answer';
import { createIdentity, type SandboxIdentity } from '../../src/sandbox/certificates/identity';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { createHttp1Client } from '../../src/transport/http1-client';
import type { HttpClient } from '../../src/transport/port';
import { notOfMakers } from './maker-harness';
import { describeManyTokens, type MakerRow, type StartMaker } from './many-tokens-suite';
import { describeProvider, notification, sendAll, type ProviderHarness } from './provider-suite';

let identity: SandboxIdentity;

beforeAll(async () => {
  identity = await createIdentity({ clock: systemClock });
});

const badPayload = { kind: 'rejected', blame: 'payload' } as const;
const misconfigured = { kind: 'misconfigured' } as const;
const throttled = { kind: 'throttled', scope: 'project' } as const;
const unavailable = { kind: 'unavailable', ambiguous: false } as const;

const rows: readonly MakerRow[] = [
  ...[
    '80100001',
    '80100002',
    '80100003',
    '80100004',
    '80100013',
    '80100016',
    '80100017',
    '80100018',
    '80100022',
    '80300008',
    '80300010',
    '80300011',
    '80300013',
  ].map((reason) => ({ status: 400, reason, outcome: badPayload })),
  { status: 401, reason: '80200001', outcome: misconfigured },
  { status: 401, reason: '80200003', outcome: misconfigured },
  { status: 400, reason: '80300002', outcome: misconfigured },
  { status: 404, reason: '80999999', outcome: misconfigured },
  { status: 401, reason: '80999999', outcome: misconfigured },
  { status: 400, reason: '80300006', outcome: throttled },
  { status: 503, outcome: throttled },
  { status: 503, reason: '80999999', outcome: throttled },
  { status: 400, reason: '80600003', outcome: unavailable },
  { status: 500, reason: '81000001', outcome: unavailable },
  { status: 500, outcome: unavailable },
  { status: 502, outcome: unavailable },
];

const start: StartMaker = async ({ clock = systemClock, ...given }) => {
  const sandbox = await startSandbox({ identity });
  const clients: HttpClient[] = [];
  const provider = createHuaweiProvider(optionsOf(sandbox, given), {
    clock,
    logger: silentLogger,
    createHttp1Client: (options) => {
      clients.push(createHttp1Client(options));
      return clients.at(-1) as HttpClient;
    },
  });
  const { huawei } = sandbox;
  return {
    provider,
    connections: () => clients.reduce((sum, one) => sum + one.stats().connections, 0),
    fake: huawei as unknown as ProviderHarness['fake'],
    maker: huawei,
    device: { platform: 'android', lane: 'production', tokenKind: 'alert' },
    token: (index) => `IQAAAACy0-${String(index)}_"token\\`,
    read: () => ({ id: null, badge: null }),
    tooMany: { status: 503, reason: '80300006' },
    badPayload: { status: 400, reason: '80100003' },
    allInvalid: { status: 400, reason: '80300007' },
    rows,
    unregister: (token) => huawei.setDevice(token, { kind: 'dead' }),
    misconfigure: () =>
      void huawei.scriptAuth({ answer: reply(400, undefined, { body: '{"error":1101,"sub_error":20042}' }) }),
    expireCredential: () => huawei.auth.tokens.revokeAll(),
    credentialsMade: () => huawei.auth.tokens.issued,
    close: async () => {
      await provider.close(0);
      await sandbox.close();
    },
  };
};

function optionsOf(
  sandbox: Sandbox,
  given: { readonly url?: string; readonly timeoutMs?: number; readonly maxConnections?: number } = {},
): HuaweiOptions {
  const endpoint = { url: sandbox.huawei.url, proxyUrl: null, ca: sandbox.caPem };
  return {
    ...sandbox.credentials.huawei,
    app: 'default',
    category: 'IM',
    channelId: null,
    callChannelId: null,
    callRight: false,
    clickIntent: null,
    badgeClass: 'com.example.chat.MainActivity',
    receiptId: null,
    api: { ...endpoint, url: given.url ?? endpoint.url },
    auth: endpoint,
    timeoutMs: given.timeoutMs ?? 10_000,
    maxConnections: given.maxConnections ?? 100,
  };
}

describeProvider('Huawei', (given) => start({ timeoutMs: 60_000, ...given }), {
  ...notOfMakers,
  'takes an empty 503 for unavailable': 'that is how Huawei says that it is too much',
});

describeManyTokens('Huawei', (given) => start({ timeoutMs: 60_000, ...given }));

describe('Huawei', () => {
  let sandbox: Sandbox;
  const close: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    sandbox = await startSandbox({ identity });
  });

  afterEach(async () => {
    for (const one of close.splice(0)) await one();
    await sandbox.close();
  });

  function send(
    what: Notification,
    badges: readonly (number | null)[] = [3],
    options: Partial<HuaweiOptions> = {},
  ) {
    const provider = createHuaweiProvider(
      { ...optionsOf(sandbox), ...options },
      { clock: systemClock, logger: silentLogger, createHttp1Client },
    );
    close.push(() => provider.close(0));
    const deliveries = badges.map((badge, index): Delivery => ({
      id: `id-${String(index)}`,
      uid: 'u',
      deviceId: 'd',
      tokenKind: 'alert',
      token: `token-${String(index)}`,
      platform: 'android',
      lane: 'production',
      badge,
    }));
    return sendAll(provider, deliveries, what);
  }

  const shownOf = (push: { readonly message: unknown } | undefined) =>
    (push?.message as { android: { notification: Record<string, unknown> } }).android.notification;

  it('sends a notification that the system shows, and that a click opens with its fields', async () => {
    await send(notification, [3], { channelId: 'messages', receiptId: 'receipt-1' });
    const [push] = sandbox.huawei.accepted;
    expect(push?.message).toMatchObject({
      android: { category: 'IM', ttl: expect.stringMatching(/^\d+s$/), receipt_id: 'receipt-1' },
    });
    expect(JSON.parse((push?.message as { data: string }).data)).toMatchObject({
      channel_id: 'alice',
      channel_type: '1',
    });
    expect(shownOf(push)).toMatchObject({
      title: 'Alice',
      click_action: { type: 3 },
      channel_id: 'messages',
      tag: 'message-1',
      badge: { class: 'com.example.chat.MainActivity', set_num: 3 },
    });
  });

  it('opens the conversation by the template, its values percent-encoded', async () => {
    const clickIntent = 'intent://chat/{channel_type}/{channel_id}#Intent;scheme=x;S.m={message_id};end';
    const conversation = { ...(notification.conversation as ConversationData), channelId: 'a;b/ü' };
    await send({ ...notification, conversation }, [null], { clickIntent });
    await send({ ...notification, conversation: null }, [null], { clickIntent });
    const clicks = sandbox.huawei.accepted.map((push) => shownOf(push)['click_action']);
    expect(clicks).toEqual([
      {
        type: 1,
        intent: 'intent://chat/1/a%3Bb%2F%C3%BC#Intent;scheme=x;S.m=9223372036854775807;end',
      },
      { type: 3 },
    ]);
  });

  it('lets phones count by themselves where one call has several numbers', async () => {
    await send(notification, [5, 5, 5]);
    await send(notification, [1, 2, 300]);
    await send(notification, [300]);
    const { accepted, counts } = sandbox.huawei;
    expect(counts.requests).toBe(3);
    const changes = [0, 3, 6].map((at) => shownOf(accepted[at])['badge']);
    expect(changes).toMatchObject([{ set_num: 5 }, { add_num: 1 }, { set_num: 99 }]);
  });

  it('sends what only sets a number by number, because an app cannot count up', async () => {
    const badge: Notification = { ...notification, kind: 'badge', conversation: null };
    await send(badge, [1, 2, 1]);
    const data = sandbox.huawei.accepted.map(({ token, message }) => [
      token,
      (message as { data: string }).data,
    ]);
    expect(sandbox.huawei.counts.requests).toBe(2);
    expect(new Map(data as [string, string][])).toEqual(
      new Map([
        ['token-0', '{"badge":"1"}'],
        ['token-1', '{"badge":"2"}'],
        ['token-2', '{"badge":"1"}'],
      ]),
    );
  });

  const call: Notification = {
    ...notification,
    kind: 'call',
    category: 'call',
    collapseId: null,
    conversation: null,
    call: {
      callId: 'c1',
      action: 'invite',
      media: 'voice',
      fromUid: 'alice',
      senderName: 'Alice',
      expiresAtMs: Date.now() + 45_000,
    },
    expiresAtMs: Date.now() + 45_000,
  };

  it('rings the app where it may, and shows a call on its channel elsewhere', async () => {
    sandbox.huawei.hasCallRight = true;
    await send(call, [null], { callRight: true });
    await send(call, [null], { channelId: 'messages', callChannelId: 'calls' });
    const [ringing, shown] = sandbox.huawei.accepted;
    expect(ringing?.message).toMatchObject({ android: { category: 'VOIP', urgency: 'HIGH' } });
    expect(ringing?.message).not.toHaveProperty('android.notification');
    expect(JSON.parse((ringing?.message as { data: string }).data)).toMatchObject({
      kind: 'call',
      call_id: 'c1',
      title: 'Alice',
    });
    expect(shownOf(shown)).toMatchObject({ channel_id: 'calls', tag: 'call:c1', default_sound: true });
    expect(shown?.message).toMatchObject({ android: { ttl: expect.stringMatching(/^\d{1,2}s$/) } });
  });

  it('pauses nothing where the app may not ring', async () => {
    expect(await send(call, [null], { callRight: true })).toMatchObject([
      { kind: 'rejected', blame: 'payload', reason: expect.stringContaining('80300011') },
    ]);
  });

  it('says in the words of Huawei why it gets no access token', async () => {
    expect(await send(notification, [null, null], { appSecret: 'another' })).toEqual(
      Array(2).fill({ kind: 'misconfigured', reason: 'error 1101: client_secret is wrong' }),
    );
    expect(sandbox.huawei.counts.requests).toBe(0);
  });
});
