import type { ConversationData, Notification } from '../../src/domain/notification';
import type { HuaweiOptions } from '../../src/providers/huawei/options';
import { createHuaweiProvider } from '../../src/providers/huawei/provider';
import { reply } from '../../src/sandbox/answer';
import { notOfMakers, startMaker, type Given } from './maker-harness';
import { describeManyTokens, type MakerRow } from './many-tokens-suite';
import { deliveriesOf, describeProvider, notification, sendAll } from './provider-suite';

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

function start(given: Given & { readonly options?: Partial<HuaweiOptions> } = {}) {
  return startMaker(
    given,
    (sandbox, { endpoint, ...limits }, context) =>
      createHuaweiProvider(
        {
          ...limits,
          ...sandbox.credentials.huawei,
          category: 'IM',
          channelId: null,
          callChannelId: null,
          callRight: false,
          clickIntent: null,
          badgeClass: 'com.example.chat.MainActivity',
          receiptId: null,
          api: endpoint,
          auth: { ...endpoint, url: sandbox.huawei.url },
          ...given.options,
        },
        context,
      ),
    ({ huawei }) => ({
      fake: huawei,
      device: { platform: 'android', lane: 'production', tokenKind: 'alert' },
      token: (index) => `IQAAAACy0-${String(index)}_"token\\`,
      tooMany: { status: 503, reason: '80300006' },
      badPayload: { status: 400, reason: '80100003' },
      allInvalid: { status: 400, reason: '80300007' },
      rows,
      unregister: (token) => huawei.setDevice(token, { kind: 'dead' }),
      misconfigure: () =>
        void huawei.scriptAuth({
          answer: reply(400, undefined, { body: '{"error":1101,"sub_error":20042}' }),
        }),
      expireCredential: () => huawei.auth.tokens.revokeAll(),
      credentialsMade: () => huawei.auth.tokens.issued,
    }),
  );
}

describeProvider('Huawei', start, {
  ...notOfMakers,
  'takes an empty 503 for unavailable': 'that is how Huawei says that it is too much',
});

describeManyTokens('Huawei', start);

describe('Huawei', () => {
  const open: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function begin(options: Partial<HuaweiOptions> = {}, hasCallRight = false) {
    const harness = await start({ options });
    open.push(harness);
    harness.own.hasCallRight = hasCallRight;
    const send = (what: Notification, badges: readonly (number | null)[] = [3]) =>
      sendAll(
        harness.provider,
        deliveriesOf(harness, badges.length).map((delivery, index) => ({
          ...delivery,
          badge: badges[index] ?? null,
        })),
        what,
      );
    return { huawei: harness.own, token: (index: number) => harness.token(index), send };
  }

  const shownOf = (push: { readonly message: unknown } | undefined) =>
    (push?.message as { android: { notification: Record<string, unknown> } }).android.notification;

  it('sends a notification that the system shows, and that a click opens with its fields', async () => {
    const { huawei, send } = await begin({ channelId: 'messages', receiptId: 'receipt-1' });
    await send(notification);
    const [push] = huawei.accepted;
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
    const { huawei, send } = await begin({ clickIntent });
    await send({ ...notification, conversation });
    await send({ ...notification, conversation: null });
    const clicks = huawei.accepted.map((push) => shownOf(push)['click_action']);
    expect(clicks).toEqual([
      {
        type: 1,
        intent: 'intent://chat/1/a%3Bb%2F%C3%BC#Intent;scheme=x;S.m=9223372036854775807;end',
      },
      { type: 3 },
    ]);
  });

  it('lets phones count by themselves where one call has several numbers', async () => {
    const { huawei, send } = await begin();
    await send(notification, [5, 5, 5]);
    await send(notification, [1, 2, 300]);
    await send(notification, [300]);
    const { accepted, counts } = huawei;
    expect(counts.requests).toBe(3);
    const changes = [0, 3, 6].map((at) => shownOf(accepted[at])['badge']);
    expect(changes).toMatchObject([{ set_num: 5 }, { add_num: 1 }, { set_num: 99 }]);
  });

  it('sends what only sets a number by number, because an app cannot count up', async () => {
    const badge: Notification = { ...notification, kind: 'badge', conversation: null };
    const { huawei, token: tokenOf, send } = await begin();
    await send(badge, [1, 2, 1]);
    const data = huawei.accepted.map(({ token, message }) => [token, (message as { data: string }).data]);
    expect(huawei.counts.requests).toBe(2);
    expect(new Map(data as [string, string][])).toEqual(
      new Map([
        [tokenOf(0), '{"badge":"1"}'],
        [tokenOf(1), '{"badge":"2"}'],
        [tokenOf(2), '{"badge":"1"}'],
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
    const rings = await begin({ callRight: true }, true);
    await rings.send(call);
    const shows = await begin({ channelId: 'messages', callChannelId: 'calls' });
    await shows.send(call);
    const [ringing, shown] = [...rings.huawei.accepted, ...shows.huawei.accepted];
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
    const { send } = await begin({ callRight: true });
    expect(await send(call)).toMatchObject([
      { kind: 'rejected', blame: 'payload', reason: expect.stringContaining('80300011') },
    ]);
  });

  it('says in the words of Huawei why it gets no access token', async () => {
    const { huawei, send } = await begin({ appSecret: 'another' });
    expect(await send(notification, [null, null])).toEqual(
      Array(2).fill({ kind: 'misconfigured', reason: 'error 1101: client_secret is wrong' }),
    );
    expect(huawei.counts.requests).toBe(0);
  });
});
