import type { Notification } from '../../src/domain/notification';
import type { XiaomiOptions } from '../../src/providers/xiaomi/options';
import { createXiaomiProvider } from '../../src/providers/xiaomi/provider';
import { reply } from '../../src/sandbox/answer';
import { notOfSigners, startMaker, type Given } from './maker-harness';
import { describeManyTokens, type MakerRow } from './many-tokens-suite';
import { deliveriesOf, describeProvider, notification, sendAll } from './provider-suite';

const rowsOf = (codes: readonly string[], outcome: MakerRow['outcome']): MakerRow[] =>
  codes.map((reason) => ({ status: 200, reason, outcome }));

const rows: readonly MakerRow[] = [
  ...rowsOf(['66007', '10029', '65003'], { kind: 'rejected', blame: 'topic' }),
  ...rowsOf(['10027', '10030', '10032', '10039', '200002', '21303'], {
    kind: 'throttled',
    scope: 'project',
  }),
  ...rowsOf(['10034', '200001'], { kind: 'exhausted' }),
  ...rowsOf(['-1', '1', '10001', '10002', '10003', '10037', '20607', '22102', '26003', '65029', '65030'], {
    kind: 'unavailable',
    ambiguous: false,
  }),
  ...rowsOf(
    ['10031', '10033', '10036', '21301', '21302', '22000', '22006', '22007', '22022', '26006', '27001'],
    { kind: 'misconfigured' },
  ),
  ...rowsOf(['10008', '10012', '10016', '10017', '10041', '21305', '65009', '65011', '65014', '65015'], {
    kind: 'rejected',
    blame: 'payload',
  }),
  ...rowsOf(['65036', '65037', '65038'], { kind: 'rejected', blame: 'payload' }),
  { status: 401, outcome: { kind: 'misconfigured' } },
  { status: 403, outcome: { kind: 'misconfigured' } },
  { status: 429, outcome: { kind: 'throttled' } },
  { status: 503, outcome: { kind: 'unavailable' } },
  { status: 500, outcome: { kind: 'unavailable' } },
];

function start(given: Given & { readonly options?: Partial<XiaomiOptions> } = {}) {
  return startMaker(
    given,
    (sandbox, { endpoint, ...limits }, context) =>
      createXiaomiProvider(
        {
          ...limits,
          ...sandbox.credentials.xiaomi,
          channelId: '12345',
          callChannelId: '67890',
          templates: { direct: null, group: null, mention: null, call: null },
          intentUri: null,
          callbackUrl: null,
          apis: new Map([
            ['cn', endpoint],
            ['eu', endpoint],
          ]),
          ...given.options,
        },
        context,
      ),
    ({ xiaomi }) => ({
      fake: xiaomi,
      device: { platform: 'android', lane: 'cn', tokenKind: 'alert' },
      token: (index) => `IJ8gsd+/${String(index)}=="token\\`,
      tooMany: { status: 200, reason: '200002' },
      badPayload: { status: 200, reason: '10017' },
      allInvalid: { status: 200, reason: '20301' },
      rows,
      unregister: (token) => xiaomi.setDevice(token, { kind: 'dead' }),
      misconfigure: () => void xiaomi.script({ answer: reply(200, '21301') }),
      expireCredential: () => {},
      credentialsMade: () => 0,
    }),
  );
}

describeProvider('Xiaomi', start, notOfSigners);
describeManyTokens('Xiaomi', start, 'forever');

const template = {
  id: 'M12763',
  variables: { keywords1: 'group', keywords2: 'sender', keywords3: 'text' },
} as const;
const parts = { sender: 'Alice 🎉', group: 'Climbers ©', text: '👨‍👩‍👧‍👦👍🏽' };

describe('a message to Xiaomi', () => {
  const open: { close(): Promise<void> }[] = [];
  const shown = async (what: Notification, options: Partial<XiaomiOptions> = {}) => {
    const harness = await start({ options });
    open.push(harness);
    const outcomes = await sendAll(harness.provider, deliveriesOf(harness, 1), what);
    return { outcomes, message: harness.maker.accepted[0]?.message ?? {} };
  };

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('counts an emoji as one character, and leaves nothing empty', async () => {
    const long = await shown({ ...notification, title: '👍'.repeat(60), body: '好'.repeat(300) });
    expect([...String(long.message['title'])]).toHaveLength(49);
    expect([...String(long.message['description'])]).toHaveLength(127);
    const whole = await shown({ ...notification, title: '👍'.repeat(49), body: '👍'.repeat(127) });
    expect(whole.message['title']).toBe('👍'.repeat(49));
    expect(whole.message['description']).toBe('👍'.repeat(127));
    const blank = await shown({ ...notification, title: ' ', body: '\u2003' });
    expect(blank.message).toMatchObject({ title: '…', description: '…' });
  });

  it('fills the template of a group without symbols, and never leaves a variable empty', async () => {
    const { message } = await shown(
      { ...notification, parts },
      { templates: { direct: null, group: template, mention: null, call: null } },
    );
    expect(message['extra.template_id']).toBe('M12763');
    expect(JSON.parse(String(message['extra.template_param']))).toEqual({
      keywords1: 'Climbers',
      keywords2: 'Alice',
      keywords3: '…',
    });
  });

  it.each([
    ['more emoji than are looked at', `hi${'😀'.repeat(1_200)}`, 'hi'],
    ['a flag of tags, a keycap and a family', 'a🏴󠁧󠁢󠁥󠁮󠁧󠁿b 1️⃣ 👨‍👩‍👧‍👦c', 'a b 1 c'],
    ['half an emoji', 'x\ud83d', 'x'],
    ['ideographs beyond the first plane', '𠀀𪚥', '𠀀𪚥'],
  ])('fills a variable with %s', async (_, text, value) => {
    const one = { id: 'D', variables: { v: 'text' } } as const;
    const { outcomes, message } = await shown(
      { ...notification, parts: { ...parts, group: null, text } },
      { templates: { direct: one, group: null, mention: null, call: null } },
    );
    expect(outcomes).toMatchObject([{ kind: 'accepted' }]);
    expect(JSON.parse(String(message['extra.template_param']))).toEqual({ v: value });
  });

  it('takes the template of what is shown', async () => {
    const one = (id: string) => ({ id, variables: { v: 'text' } }) as const;
    const templates = { direct: one('D'), group: one('G'), mention: one('M'), call: one('C') };
    const chosen = async (what: Partial<Notification>, but: Partial<typeof templates> | object = {}) =>
      (await shown({ ...notification, ...what }, { templates: { ...templates, ...but } })).message[
        'extra.template_id'
      ];
    expect(await chosen({ parts: { ...parts, group: null } })).toBe('D');
    expect(await chosen({ parts })).toBe('G');
    expect(await chosen({ parts, category: 'mention' })).toBe('M');
    expect(await chosen({ parts, category: 'mention' }, { mention: null })).toBe('G');
    expect(await chosen({ parts, category: 'call' })).toBe('C');
  });

  it('opens the launcher with the fields as extras, or what the template says', async () => {
    const launcher = await shown(notification);
    expect(launcher.message['extra.intent_uri']).toContain('package=com.example.chat;end');
    expect(launcher.message['extra.intent_uri']).toContain(';S.channel_id=');
    const own = await shown(notification, { intentUri: 'intent:#Intent;S.c={channel_id};end' });
    expect(own.message['extra.intent_uri']).toMatch(/^intent:#Intent;S\.c=[^;{]+;end$/);
  });

  it('replaces under one number, repeats under one key, and lives no longer than it may', async () => {
    const harness = await start({});
    open.push(harness);
    for (let attempt = 0; attempt < 2; attempt += 1)
      await sendAll(harness.provider, deliveriesOf(harness, 1), { ...notification });
    const [first, second] = harness.maker.accepted.map(({ message }) => message);
    expect(first?.['extra.jobkey']).toMatch(/^[0-9A-Za-z]{20}$/);
    expect(second?.['extra.jobkey']).toBe(first?.['extra.jobkey']);
    expect(second?.['notify_id']).toBe(first?.['notify_id']);
    expect(Number(first?.['time_to_live'])).toBeGreaterThan(3_500_000);
    expect(Number(first?.['time_to_live'])).toBeLessThanOrEqual(3_600_000);
  });

  it('shows a call on its own channel, and its end in the same place', async () => {
    const call = {
      callId: 'c1',
      action: 'invite',
      media: 'audio',
      fromUid: 'alice',
      senderName: 'Alice',
      expiresAtMs: Date.now() + 45_000,
    } as const;
    const what = { ...notification, kind: 'call', category: 'call', conversation: null, call } as const;
    const invite = await shown(what);
    const end = await shown({ ...what, call: { ...call, action: 'cancel' } });
    expect(invite.message).toMatchObject({ 'extra.channel_id': '67890', notify_type: '-1' });
    expect(end.message).toMatchObject({ notify_type: '4', notify_id: invite.message['notify_id'] });
  });

  it('sends nothing that shows nothing', async () => {
    const { outcomes } = await shown({ ...notification, kind: 'background' });
    expect(outcomes).toEqual([{ kind: 'refused_locally', reason: 'shows_nothing', blame: 'payload' }]);
  });

  it('asks each region at its own host, and forgets a device of none', async () => {
    const harness = await start({});
    open.push(harness);
    const [a, b, c] = deliveriesOf(harness, 3);
    if (a === undefined || b === undefined || c === undefined) throw new Error('three');
    const outcomes = await sendAll(harness.provider, [a, { ...b, lane: 'eu' }, { ...c, lane: 'moon' }]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'refused_locally']);
    expect(harness.maker.counts.requests).toBe(2);
  });

  it('asks to be told of device tokens that are gone, where it has an address', async () => {
    const url = 'https://push.example.com/receipts/xiaomi/default/secret';
    const { message } = await shown(notification, { callbackUrl: url });
    expect(message).toMatchObject({ 'extra.callback': url, 'extra.callback.type': '48' });
  });
});
