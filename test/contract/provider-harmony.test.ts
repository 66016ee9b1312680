import type { Notification } from '../../src/domain/notification';
import { harmonyTokenReasons } from '../../src/providers/harmony/outcomes';
import type { HarmonyOptions } from '../../src/providers/harmony/options';
import { createHarmonyProvider } from '../../src/providers/harmony/provider';
import { makerAccounts } from '../../src/sandbox/certificates/identity';
import { notOfMakers, startMaker, type Given } from './maker-harness';
import { describeManyTokens, type MakerRow } from './many-tokens-suite';
import { deliveriesOf, describeProvider, notification, sendAll } from './provider-suite';

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

const tokenOf = (index: number) => `MAMzLgIkEUI_${String(index)}`;

function start(given: Given & { readonly options?: Partial<HarmonyOptions> } = {}) {
  return startMaker(
    given,
    (sandbox, { endpoint, ...limits }, context) =>
      createHarmonyProvider(
        {
          ...limits,
          account: sandbox.credentials.harmony,
          clientId: null,
          category: 'IM',
          callRight: false,
          receiptId: 'receipt-1',
          api: endpoint,
          ...given.options,
        },
        context,
      ),
    ({ harmony }) => ({
      fake: harmony,
      device: { platform: 'harmonyos', lane: 'production', tokenKind: 'alert' },
      token: tokenOf,
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
    }),
  );
}

describeProvider('HarmonyOS', start, {
  ...notOfMakers,
  'takes an empty 503 for unavailable': 'that is how Huawei says that it is too much',
});

describeManyTokens('HarmonyOS', start);

describe('HarmonyOS', () => {
  const open: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function begin(options: Partial<HarmonyOptions> = {}) {
    const harness = await start({ options });
    open.push(harness);
    const send = (what: Notification, count = 1) => {
      const deliveries = deliveriesOf(harness, count).map((delivery) => ({ ...delivery, badge: 3 }));
      return sendAll(harness.provider, deliveries, what);
    };
    return { harmony: harness.own, send };
  }

  it('sends a notification that the system shows, and that a click opens with its fields', async () => {
    const { harmony, send } = await begin();
    expect(await send(notification)).toMatchObject([{ kind: 'accepted' }]);
    const [push] = harmony.accepted;
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
    const { harmony, send } = await begin();
    const reasons = Object.keys(harmonyTokenReasons);
    reasons.forEach((reason, index) => harmony.setDevice(tokenOf(index), { kind: reason }));
    const outcomes = await send(notification, reasons.length + 1);
    expect(outcomes.slice(0, -1)).toEqual(reasons.map((reason) => harmonyTokenReasons[reason]?.(reason)));
    expect(outcomes.at(-1)).toMatchObject({ kind: 'accepted' });
  });

  it('takes an unknown reason for no verdict on a device', async () => {
    const { harmony, send } = await begin();
    harmony.setDevice(tokenOf(0), { kind: 'newReason' });
    const [outcome] = await send(notification, 2);
    expect(outcome).toEqual({ kind: 'rejected', reason: 'newReason', blame: 'payload' });
  });

  it('calls the project wrong where it has no right to any of several', async () => {
    const { harmony, send } = await begin();
    for (const index of [0, 1, 2]) harmony.setDevice(tokenOf(index), { kind: 'noRight' });
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
    const rings = await begin({ callRight: true });
    rings.harmony.hasCallRight = true;
    expect(await rings.send(call)).toMatchObject([{ kind: 'accepted' }]);
    const shows = await begin();
    expect(await shows.send(call)).toMatchObject([{ kind: 'accepted' }]);
    const [ringing, shown] = [...rings.harmony.accepted, ...shows.harmony.accepted];
    expect(ringing?.headers['push-type']).toBe('10');
    const { payload } = ringing?.message as { payload: { extraData: string } };
    expect(JSON.parse(payload.extraData)).toMatchObject({ call_id: 'c1', action: 'invite', title: 'Alice' });
    expect(shown?.headers['push-type']).toBe('0');
    expect(shown?.message).toMatchObject({ pushOptions: { ttl: expect.any(Number) } });
  });

  it('pauses nothing where the app may not ring', async () => {
    const { send } = await begin({ callRight: true });
    expect(await send(call)).toEqual([{ kind: 'rejected', reason: 'noPushTypeRight', blame: 'payload' }]);
  });

  it('takes back what was shown, where the configuration has the client id', async () => {
    const recalled = notification.conversation;
    if (recalled === null) throw new Error('none');
    const recall: Notification = { ...notification, conversation: { ...recalled, kind: 'recall' } };
    const revokes = await begin({ clientId: makerAccounts.harmony.clientId });
    await revokes.send(notification);
    expect(await revokes.send(recall)).toMatchObject([{ kind: 'accepted' }]);
    const replaces = await begin();
    expect(await replaces.send(recall)).toMatchObject([{ kind: 'accepted' }]);
    const pushes = [...revokes.harmony.accepted, ...replaces.harmony.accepted];
    const [shown, revoked, replaced] = pushes.map(({ message }) => message);
    const idOf = (message: unknown) =>
      (message as { payload: { notification: { notifyId: number } } }).payload.notification.notifyId;
    expect(revoked).toEqual({ notifyId: idOf(shown) });
    expect(idOf(replaced)).toBe(idOf(shown));
  });

  it('sends nothing that shows nothing', async () => {
    const silent = { ...notification, kind: 'background' } as const;
    const { send } = await begin();
    expect(await send(silent)).toEqual([
      { kind: 'refused_locally', reason: 'no_silent_pushes', blame: 'payload' },
    ]);
  });
});
