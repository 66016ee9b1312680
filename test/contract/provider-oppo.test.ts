import type { Notification } from '../../src/domain/notification';
import { providerTable } from '../../src/domain/provider-table';
import type { OppoOptions } from '../../src/providers/oppo/options';
import { createOppoProvider } from '../../src/providers/oppo/provider';
import { reply } from '../../src/sandbox/answer';
import { notOfMakers, startMaker, type Given } from './maker-harness';
import { describeManyTokens, type MakerRow } from './many-tokens-suite';
import { deliveriesOf, describeProvider, notification, sendAll } from './provider-suite';

const rowsOf = (codes: readonly string[], outcome: MakerRow['outcome']): MakerRow[] =>
  codes.map((reason) => ({ status: 200, reason, outcome }));

const rows: readonly MakerRow[] = [
  ...rowsOf(['41'], { kind: 'rejected', blame: 'topic' }),
  ...rowsOf(['-2', '13', '55'], { kind: 'throttled', scope: 'project' }),
  ...rowsOf(['33'], { kind: 'exhausted' }),
  ...rowsOf(['-1'], { kind: 'unavailable', ambiguous: false }),
  ...rowsOf(['11', '14', '15', '16', '17', '18', '19', '26', '27', '28', '29', '30', '54', '59', '67'], {
    kind: 'misconfigured',
  }),
  ...rowsOf(['12', '20', '21', '22', '23', '24', '25', '31', '32', '40', '51'], {
    kind: 'rejected',
    blame: 'payload',
  }),
  { status: 401, outcome: { kind: 'misconfigured' } },
  { status: 403, outcome: { kind: 'misconfigured' } },
  { status: 429, outcome: { kind: 'throttled' } },
  { status: 500, outcome: { kind: 'unavailable' } },
  { status: 503, outcome: { kind: 'unavailable' } },
];

function start(given: Given & { readonly options?: Partial<OppoOptions> } = {}) {
  return startMaker(
    given,
    (sandbox, { endpoint, ...limits }, context) =>
      createOppoProvider(
        {
          ...limits,
          ...sandbox.credentials.oppo,
          category: 'IM',
          notifyLevel: 2,
          channelId: null,
          template: null,
          click: null,
          callbackUrl: null,
          apis: new Map([
            ['cn', endpoint],
            ['intl', endpoint],
          ]),
          ...given.options,
        },
        context,
      ),
    ({ oppo }) => ({
      fake: oppo,
      device: { platform: 'android', lane: 'cn', tokenKind: 'alert' },
      token: (index) => `CN_0a1b2c${String(index)}"&token\\`,
      tooMany: { status: 200, reason: '13' },
      badPayload: { status: 200, reason: '40' },
      allInvalid: { status: 200, reason: '10000' },
      rows,
      unregister: (token) => oppo.setDevice(token, { kind: 'dead' }),
      misconfigure: () =>
        void oppo.scriptAuth({
          answer: reply(200, undefined, { body: '{"code":18,"message":"Invalid Signature"}' }),
        }),
      expireCredential: () => oppo.tokens.revokeAll(),
      credentialsMade: () => oppo.tokens.issued,
    }),
  );
}

describeProvider('OPPO', start, notOfMakers);
describeManyTokens('OPPO', start);

describe('OPPO', () => {
  const open: { close(): Promise<void> }[] = [];
  const started = async (options: Partial<OppoOptions> = {}) => {
    const harness = await start({ options });
    open.push(harness);
    return harness;
  };
  const shown = async (what: Notification, options: Partial<OppoOptions> = {}) => {
    const harness = await started(options);
    const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 1), what);
    return { outcomes, message: harness.maker.accepted[0]?.message ?? {} };
  };

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('tries again, as ambiguous, what the answer does not name, and takes the code of each that it names', async () => {
    const harness = await started();
    const data = [
      { registrationId: harness.token(0), messageId: 'm0' },
      { registrationId: harness.token(1), errorCode: '10000', errorMessage: 'Invalid RegistrationId' },
      { registrationId: harness.token(2), errorCode: 33 },
      { registrationId: harness.token(3), errorCode: 'no code \n' },
      { registrationId: 7 },
      'nonsense',
    ];
    const body = JSON.stringify({ code: 0, message: 'Success', data });
    harness.maker.script({ times: 1, answer: reply(200, undefined, { body }) });
    const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 5));
    expect(outcomes).toMatchObject([
      { kind: 'accepted', receipt: 'm0' },
      { kind: 'unregistered', reason: '10000' },
      { kind: 'exhausted' },
      { kind: 'unavailable', ambiguous: true },
      { kind: 'unavailable', ambiguous: true },
    ]);
  });

  it('counts an emoji as one character, and leaves nothing empty', async () => {
    const short = await shown({ ...notification, title: '👍'.repeat(51), body: '好'.repeat(50) });
    expect([...String(short.message['title'])]).toHaveLength(50);
    expect(short.message).toMatchObject({ style: 1, content: '好'.repeat(50) });
    const long = await shown({ ...notification, body: '好'.repeat(300) });
    expect(long.message['style']).toBe(2);
    expect([...String(long.message['content'])]).toHaveLength(128);
    const blank = await shown({ ...notification, title: ' ', body: '\u2003' });
    expect(blank.message).toMatchObject({ title: '…', content: '…' });
  });

  it('sends a category or a channel, never both, and is quiet where nothing may sound', async () => {
    const granted = await shown(notification, { channelId: 'chat' });
    expect(granted.message).toMatchObject({ category: 'IM', notify_level: 2 });
    expect(granted.message['channel_id']).toBeUndefined();
    const older = await shown(notification, { category: null, channelId: 'chat' });
    expect(older.message['channel_id']).toBe('chat');
    expect(older.message['notify_level']).toBeUndefined();
    const quiet = await shown({ ...notification, sound: null });
    expect(quiet.message['notify_level']).toBe(1);
  });

  it('fills the template, without which an app that was switched over is refused', async () => {
    const parts = { sender: 'Alice', group: null, text: 'hello' };
    const template = { id: 'T1', title: { name: 'sender' }, body: { text: 'text' } } as const;
    const { message } = await shown({ ...notification, parts }, { template });
    expect(message).toMatchObject({
      private_msg_template_id: 'T1',
      private_title_parameters: '{"name":"Alice"}',
      private_content_parameters: '{"text":"hello"}',
    });
    const harness = await started();
    harness.own.needsTemplate = true;
    const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 1));
    expect(outcomes).toMatchObject([{ kind: 'misconfigured', reason: expect.stringMatching(/^54/) }]);
  });

  it('opens what the configuration says, or the launcher, with the fields for the app', async () => {
    const launcher = await shown(notification);
    expect(launcher.message['click_action_type']).toBe(0);
    expect(JSON.parse(String(launcher.message['action_parameters']))).toHaveProperty('message_id');
    const click = { type: 'activity', value: 'com.example.chat.ChatActivity' } as const;
    const activity = await shown(notification, { click });
    expect(activity.message).toMatchObject({
      click_action_type: 4,
      click_action_activity: 'com.example.chat.ChatActivity',
    });
    const toChannel = { type: 'action', value: 'com.example.chat.OPEN.{channel_id}' } as const;
    const conversation = { ...notification.conversation, channelId: '群'.repeat(85) };
    const long = await shown({ ...notification, conversation } as Notification, { click: toChannel });
    expect(long.outcomes).toMatchObject([{ kind: 'accepted' }]);
    expect(long.message['click_action_type']).toBe(0);
  });

  it('replaces under one number, and reaches a device once', async () => {
    const harness = await started();
    for (let attempt = 0; attempt < 2; attempt += 1)
      await sendAll(harness.provider, deliveriesOf(harness, 1), { ...notification, collapseId: 'c' });
    const [first, second] = harness.maker.accepted.map(({ message }) => message);
    expect(first?.['app_message_id']).toMatch(/^[0-9A-Za-z]{20}$/);
    expect(second?.['app_message_id']).toBe(first?.['app_message_id']);
    expect(second?.['notify_id']).toBe(first?.['notify_id']);
  });

  it('tells by the registration id where a phone is', () => {
    const { laneOfToken } = providerTable.oppo;
    expect(
      ['0a1b', 'CN_0a1b', 'OPPO_CN_0a1b', 'EU_0a1b', 'OPPO_IN_0a1b'].map((token) => laneOfToken?.(token)),
    ).toEqual(['cn', 'cn', 'cn', 'intl', 'intl']);
  });
});
