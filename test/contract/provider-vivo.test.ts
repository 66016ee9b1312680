import type { Notification } from '../../src/domain/notification';
import type { VivoOptions } from '../../src/providers/vivo/options';
import { createVivoProvider } from '../../src/providers/vivo/provider';
import { hang, reply } from '../../src/sandbox/answer';
import { notOfMakers, startMaker, type Given } from './maker-harness';
import { describeManyTokens, type MakerRow } from './many-tokens-suite';
import { deliveriesOf, describeProvider, notification, sendAll } from './provider-suite';

const rowsOf = (outcome: MakerRow['outcome'], ...codes: readonly string[]): MakerRow[] =>
  codes.map((reason) => ({ status: 200, reason, outcome }));

const rows: readonly MakerRow[] = [
  ...rowsOf({ kind: 'misconfigured' }, '10000', '10094', '10096', '10097'),
  ...rowsOf({ kind: 'throttled', scope: 'project' }, '10040', '10072'),
  ...rowsOf({ kind: 'exhausted' }, '10070', '10073', '10252', '10254'),
  ...rowsOf(
    { kind: 'rejected', blame: 'payload' },
    '10045',
    '10050',
    '10055',
    '10058',
    '10071',
    '10085',
    '10104',
  ),
  { status: 500, reason: '10072', outcome: { kind: 'throttled' } },
  { status: 401, outcome: { kind: 'misconfigured' } },
  { status: 403, outcome: { kind: 'misconfigured' } },
  { status: 429, outcome: { kind: 'throttled' } },
  { status: 500, outcome: { kind: 'unavailable' } },
];

function start(given: Given & { readonly options?: Partial<VivoOptions> } = {}) {
  return startMaker(
    given,
    (sandbox, { endpoint, ...limits }, context) =>
      createVivoProvider(
        {
          ...limits,
          ...sandbox.credentials.vivo,
          category: 'IM',
          skipContent: null,
          testMode: false,
          api: endpoint,
          ...given.options,
        },
        context,
      ),
    ({ vivo }) => ({
      fake: vivo,
      device: { platform: 'android', lane: 'production', tokenKind: 'alert' },
      token: (index) => `1650000${String(index)}"vivo\\`,
      tooMany: { status: 200, reason: '10072' },
      badPayload: { status: 200, reason: '10058' },
      allInvalid: { status: 200, reason: '10302' },
      pushPath: '/message/pushToList',
      rows,
      unregister: (token) => vivo.setDevice(token, { kind: 'dead' }),
      misconfigure: () =>
        void vivo.scriptAuth({
          answer: reply(200, undefined, { body: '{"result":10202,"desc":"sign is wrong"}' }),
        }),
      expireCredential: () => vivo.tokens.revokeAll(),
      credentialsMade: () => vivo.tokens.issued,
    }),
  );
}

const kept = 'the message of several devices is kept first, which pushes nothing and is tried again';

describeProvider('vivo', start, {
  ...notOfMakers,
  'drains on close: what is in flight finishes, nothing new is taken': kept,
  'cuts at the deadline of close what hangs, each as ambiguous': kept,
});
describeManyTokens('vivo', start);

describe('vivo', () => {
  const open: { close(): Promise<void> }[] = [];
  const started = async (options: Partial<VivoOptions> = {}) => {
    const harness = await start({ options });
    open.push(harness);
    return harness;
  };
  const shown = async (what: Notification, options: Partial<VivoOptions> = {}) => {
    const harness = await started(options);
    const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 1), what);
    return { outcomes, message: harness.maker.accepted[0]?.message ?? {} };
  };

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('asks vivo to keep a message for several devices, and not for one', async () => {
    const harness = await started();
    const paths: string[] = [];
    harness.maker.script(({ path }) => {
      paths.push(path);
      return null;
    });
    await sendAll(harness.provider, deliveriesOf(harness, 1));
    await sendAll(harness.provider, deliveriesOf(harness, 2, 1));
    expect(paths).toEqual(['/message/send', '/message/saveListPayload', '/message/pushToList']);
  });

  it('is sent device by device for the rest of the day where vivo keeps no more messages for lists', async () => {
    const harness = await started();
    const paths: string[] = [];
    harness.maker.script(({ path }) => {
      paths.push(path);
      return path.includes('saveListPayload') ? reply(200, '10252') : null;
    });
    for (const outcome of await sendAll(harness.provider, deliveriesOf(harness, 3)))
      expect(outcome).toMatchObject({ kind: 'accepted' });
    await sendAll(harness.provider, deliveriesOf(harness, 2, 3));
    expect(harness.maker.accepted).toHaveLength(5);
    expect(paths).toEqual(['/message/saveListPayload', ...new Array<string>(5).fill('/message/send')]);
  });

  it('is not ambiguous while vivo has only been asked to keep the message', async () => {
    const harness = await startShort();
    open.push(harness);
    await sendAll(harness.provider, deliveriesOf(harness, 1, 5000));
    harness.maker.script({ when: { path: 'saveListPayload' }, answer: hang() });
    for (const outcome of await sendAll(harness.provider, deliveriesOf(harness, 3)))
      expect(outcome).toMatchObject({ kind: 'unavailable', ambiguous: false });
  });

  it('tells devices that are gone by their status, and test users in test mode', async () => {
    const harness = await started();
    const user = (index: number, status: number | string) => ({ userid: harness.token(index), status });
    const invalidUsers = [user(0, 1), user(1, '2'), user(2, 3), user(3, 4), user(4, 99), 'nonsense'];
    const body = JSON.stringify({ result: 0, requestId: 'r1', invalidUsers });
    harness.maker.script({ when: { path: 'pushToList' }, answer: reply(200, undefined, { body }) });
    const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 6));
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'unregistered',
      'unregistered',
      'unregistered',
      'misconfigured',
      'unavailable',
      'accepted',
    ]);
    expect(outcomes[4]).toMatchObject({ reason: 'unknown code 99: invalidUser', ambiguous: true });
    const testing = await shown(notification, { testMode: true });
    expect(testing.outcomes).toMatchObject([{ kind: 'misconfigured' }]);
  });

  it.each([
    ['Alice', '123 !', 'Alice 的消息', '消息: 123 !'],
    ['爱丽丝', 'ok', '爱丽丝', '爱丽丝: ok'],
    ['42', '👍', '42 的消息', '消息: 👍'],
    ['测试群', '[有人@我] Bob：{hi}', '测 试群', '［有人@我］ Bob：｛hi｝'],
    ['Ünal', 'hello', 'Ünal', 'Ünal: hello'],
  ])('sends nothing that vivo takes for a test: %s, %s', async (title, body, shownTitle, content) => {
    const { outcomes, message } = await shown({ ...notification, title, body });
    expect(message).toMatchObject({ title: shownTitle, content });
    expect(outcomes).toMatchObject([{ kind: 'accepted' }]);
  });

  it.each([
    ['好'.repeat(60), '好'.repeat(200), `${'好'.repeat(19)}…`, `${'好'.repeat(49)}…`],
    ['𠀀'.repeat(21), '好'.repeat(50), `${'𠀀'.repeat(19)}…`, '好'.repeat(50)],
    ['a'.repeat(60), 'b'.repeat(200), `${'a'.repeat(31)}… 的消息`, `消息: ${'b'.repeat(92)}…`],
    [`${'a'.repeat(38)}好`, `${'b'.repeat(98)}好`, `${'a'.repeat(38)}好`, `${'b'.repeat(98)}好`],
    ['名', '👨‍👩‍👧‍👦'.repeat(30), '名', expect.stringMatching(/^名: (👨‍👩‍👧‍👦)+…$/u)],
  ])('counts a Chinese character as two: %s, %s', async (title, body, shownTitle, content) => {
    const { outcomes, message } = await shown({ ...notification, title, body });
    expect(message).toMatchObject({ title: shownTitle, content });
    expect(outcomes).toMatchObject([{ kind: 'accepted' }]);
  });

  it('hands the app ten fields at most', async () => {
    const conversation = { ...notification.conversation, mention: 'me', type: 1, senderName: 'Al' };
    const avatarUrl = 'https://example.com/a.png';
    const full = { ...notification, conversation: { ...conversation, avatarUrl } } as Notification;
    const { outcomes, message } = await shown(full);
    expect(outcomes).toMatchObject([{ kind: 'accepted' }]);
    const names = Object.keys(message['clientCustomMap'] as object);
    expect(names).toHaveLength(10);
    expect(names).toEqual(expect.arrayContaining(['message_id', 'channel_id', 'channel_type']));
  });

  it('opens what the template says, or the launcher, with as many fields as fit', async () => {
    const launcher = await shown(notification);
    expect(launcher.message['skipType']).toBe(1);
    expect(launcher.message['clientCustomMap']).toHaveProperty('message_id');
    const own = await shown(notification, { skipContent: 'intent://chat#Intent;S.c={channel_id};end' });
    expect(own.message).toMatchObject({
      skipType: 4,
      skipContent: expect.stringMatching(/^intent:\/\/chat/),
    });
    const conversation = { ...notification.conversation, clientMsgNo: 'x'.repeat(2000) };
    const full = await shown({ ...notification, conversation } as Notification);
    expect(Object.keys(full.message['clientCustomMap'] as object)).toEqual([
      'message_id',
      'channel_id',
      'channel_type',
    ]);
    const tooMuch = await shown({ ...notification, data: { long: 'x'.repeat(5000) } });
    expect(tooMuch.outcomes).toMatchObject([{ kind: 'refused_locally', reason: 'payload_too_large' }]);
  });

  it('is a message between people with a category, and one of the operator’s without', async () => {
    expect((await shown(notification)).message).toMatchObject({ classification: 1, category: 'IM' });
    const plain = await shown({ ...notification, sound: null }, { category: null });
    expect(plain.message).toMatchObject({ classification: 0, notifyType: 1 });
  });
});

function startShort() {
  return start({ timeoutMs: 400 });
}
