import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { Delivery, Notification } from '../../src/domain/notification';
import { harmonyTokenReasons } from '../../src/providers/harmony/outcomes';
import type { HarmonyOptions } from '../../src/providers/harmony/options';
import { createHarmonyProvider } from '../../src/providers/harmony/provider';
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
  ...['80100001', '80100003', '80100004', '80100022', '80300008', '80300010', '80300030'].map((reason) => ({
    status: 400,
    reason,
    outcome: badPayload,
  })),
  ...['80300002', '80300036', '80300037'].map((reason) => ({ status: 400, reason, outcome: misconfigured })),
  { status: 401, reason: '80200001', outcome: misconfigured },
  { status: 401, reason: '80200005', outcome: misconfigured },
  { status: 401, outcome: misconfigured },
  { status: 404, outcome: misconfigured },
  { status: 400, reason: '80300029', outcome: throttled },
  { status: 503, outcome: throttled },
  { status: 500, reason: '81000001', outcome: unavailable },
  { status: 500, outcome: unavailable },
  { status: 502, outcome: unavailable },
];

const start: StartMaker = async ({ clock = systemClock, ...given }) => {
  const sandbox = await startSandbox({ identity });
  const clients: HttpClient[] = [];
  const provider = createHarmonyProvider(optionsOf(sandbox, given), {
    clock,
    logger: silentLogger,
    createHttp1Client: (options) => {
      clients.push(createHttp1Client(options));
      return clients.at(-1) as HttpClient;
    },
  });
  const { harmony } = sandbox;
  return {
    provider,
    connections: () => clients.reduce((sum, one) => sum + one.stats().connections, 0),
    fake: harmony as unknown as ProviderHarness['fake'],
    maker: harmony,
    device: { platform: 'harmonyos', lane: 'production', tokenKind: 'alert' },
    token: tokenOf,
    read: () => ({ id: null, badge: null }),
    tooMany: { status: 503, reason: '80300029' },
    badPayload: { status: 400, reason: '80100003' },
    allInvalid: { status: 400, reason: '80300007' },
    rows,
    unregister: (token) => harmony.setDevice(token, { kind: 'tokenFormatError' }),
    misconfigure: () => {
      harmony.refusesAccount = true;
    },
    expireCredential: () => harmony.revokeCredentials(),
    credentialsMade: () => harmony.credentials,
    close: async () => {
      await provider.close(0);
      await sandbox.close();
    },
  };
};

const tokenOf = (index: number) => `MAMzLgIkEUI_${String(index)}`;

function optionsOf(
  sandbox: Sandbox,
  given: { readonly url?: string; readonly timeoutMs?: number; readonly maxConnections?: number } = {},
): HarmonyOptions {
  return {
    account: sandbox.credentials.harmony,
    app: 'default',
    clientId: null,
    category: 'IM',
    callRight: false,
    receiptId: 'receipt-1',
    api: { url: given.url ?? sandbox.harmony.url, proxyUrl: null, ca: sandbox.caPem },
    timeoutMs: given.timeoutMs ?? 10_000,
    maxConnections: given.maxConnections ?? 100,
  };
}

describeProvider('HarmonyOS', (given) => start({ timeoutMs: 60_000, ...given }), {
  ...notOfMakers,
  'takes an empty 503 for unavailable': 'that is how Huawei says that it is too much',
});

describeManyTokens('HarmonyOS', (given) => start({ timeoutMs: 60_000, ...given }));

describe('HarmonyOS', () => {
  let sandbox: Sandbox;
  const close: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    sandbox = await startSandbox({ identity });
  });

  afterEach(async () => {
    for (const one of close.splice(0)) await one();
    await sandbox.close();
  });

  function send(what: Notification, count = 1, options: Partial<HarmonyOptions> = {}) {
    const provider = createHarmonyProvider(
      { ...optionsOf(sandbox), ...options },
      { clock: systemClock, logger: silentLogger, createHttp1Client },
    );
    close.push(() => provider.close(0));
    const deliveries = Array.from({ length: count }, (_, index): Delivery => ({
      id: `id-${String(index)}`,
      uid: 'u',
      deviceId: 'd',
      tokenKind: 'alert',
      token: tokenOf(index),
      platform: 'harmonyos',
      lane: 'production',
      badge: 3,
    }));
    return sendAll(provider, deliveries, what);
  }

  it('sends a notification that the system shows, and that a click opens with its fields', async () => {
    expect(await send(notification)).toMatchObject([{ kind: 'accepted' }]);
    const [push] = sandbox.harmony.accepted;
    expect(push?.headers['push-type']).toBe('0');
    expect(push?.message).toEqual({
      payload: {
        notification: {
          category: 'IM',
          title: 'Alice',
          body: 'hello 你好 👨‍👩‍👧‍👦',
          clickAction: {
            actionType: 0,
            data: expect.objectContaining({ channel_id: 'alice', channel_type: '1', message_seq: '7' }),
          },
          notifyId: expect.any(Number),
          appMessageId: expect.stringMatching(/^[\w-]{20}$/),
          badge: { setNum: 3 },
          foregroundShow: false,
        },
      },
      pushOptions: { ttl: expect.any(Number), receiptId: 'receipt-1' },
    });
  });

  it('reads why single device tokens are refused', async () => {
    const reasons = Object.keys(harmonyTokenReasons);
    reasons.forEach((reason, index) => sandbox.harmony.setDevice(tokenOf(index), { kind: reason }));
    const outcomes = await send(notification, reasons.length + 1);
    expect(outcomes.slice(0, -1)).toEqual(reasons.map((reason) => harmonyTokenReasons[reason]?.(reason)));
    expect(outcomes.at(-1)).toMatchObject({ kind: 'accepted' });
  });

  it('takes an unknown reason for no verdict on a device', async () => {
    sandbox.harmony.setDevice(tokenOf(0), { kind: 'newReason' });
    const [outcome] = await send(notification, 2);
    expect(outcome).toEqual({ kind: 'rejected', reason: 'newReason', blame: 'payload' });
  });

  it('calls the project wrong where it has no right to any of several', async () => {
    for (const index of [0, 1, 2]) sandbox.harmony.setDevice(tokenOf(index), { kind: 'noRight' });
    for (const outcome of await send(notification, 3))
      expect(outcome).toMatchObject({ kind: 'misconfigured' });
    expect(await send(notification, 1)).toMatchObject([{ kind: 'rejected', blame: 'topic' }]);
  });

  const call: Notification = {
    ...notification,
    conversation: null,
    category: 'call',
    collapseId: null,
    kind: 'alert',
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

  it('rings the app where it may, and shows a call elsewhere', async () => {
    sandbox.harmony.hasCallRight = true;
    expect(await send(call, 1, { callRight: true })).toMatchObject([{ kind: 'accepted' }]);
    expect(await send(call)).toMatchObject([{ kind: 'accepted' }]);
    const [ringing, shown] = sandbox.harmony.accepted;
    expect(ringing?.headers['push-type']).toBe('10');
    const { payload } = ringing?.message as { payload: { extraData: string } };
    expect(JSON.parse(payload.extraData)).toMatchObject({ call_id: 'c1', action: 'invite', title: 'Alice' });
    expect(shown?.headers['push-type']).toBe('0');
    expect(shown?.message).toMatchObject({ pushOptions: { ttl: expect.any(Number) } });
  });

  it('pauses nothing where the app may not ring', async () => {
    expect(await send(call, 1, { callRight: true })).toEqual([
      { kind: 'rejected', reason: 'noPushTypeRight', blame: 'payload' },
    ]);
  });

  it('takes back what was shown, where the configuration has the client id', async () => {
    const recalled = notification.conversation;
    if (recalled === null) throw new Error('none');
    const recall: Notification = { ...notification, conversation: { ...recalled, kind: 'recall' } };
    const { clientId } = sandbox.credentials.harmony;
    await send(notification);
    expect(await send(recall, 1, { clientId })).toMatchObject([{ kind: 'accepted' }]);
    expect(await send(recall)).toMatchObject([{ kind: 'accepted' }]);
    const [shown, revoked, replaced] = sandbox.harmony.accepted.map(({ message }) => message);
    const idOf = (message: unknown) =>
      (message as { payload: { notification: { notifyId: number } } }).payload.notification.notifyId;
    expect(revoked).toEqual({ notifyId: idOf(shown) });
    expect(idOf(replaced)).toBe(idOf(shown));
  });

  it('sends nothing that shows nothing', async () => {
    const silent = { ...notification, kind: 'background' } as const;
    expect(await send(silent)).toEqual([
      { kind: 'refused_locally', reason: 'no_silent_pushes', blame: 'payload' },
    ]);
  });
});
