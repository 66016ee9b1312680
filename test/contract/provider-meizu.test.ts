import type { Notification } from '../../src/domain/notification';
import type { MeizuOptions } from '../../src/providers/meizu/options';
import { createMeizuProvider } from '../../src/providers/meizu/provider';
import { reply } from '../../src/sandbox/answer';
import { notOfSigners, startMaker, type Given } from './maker-harness';
import { describeManyTokens, type MakerRow } from './many-tokens-suite';
import { deliveriesOf, describeProvider, notification, sendAll } from './provider-suite';

const rowsOf = (outcome: MakerRow['outcome'], ...codes: readonly string[]): MakerRow[] =>
  codes.map((reason) => ({ status: 200, reason, outcome }));

const rows: readonly MakerRow[] = [
  ...rowsOf({ kind: 'unavailable', ambiguous: false }, '500', '1001', '1003'),
  ...rowsOf({ kind: 'rejected', blame: 'payload' }, '1005', '110004', '110032'),
  ...rowsOf({ kind: 'misconfigured' }, '1006', '110000', '110001', '110009', '110031', '110033'),
  ...rowsOf({ kind: 'throttled', scope: 'project' }, '110010'),
  ...rowsOf({ kind: 'exhausted' }, '110019', '110051', '110053'),
  { status: 403, outcome: { kind: 'misconfigured' } },
  { status: 429, outcome: { kind: 'throttled' } },
  { status: 500, outcome: { kind: 'unavailable' } },
];

function start(given: Given & { readonly options?: Partial<MeizuOptions> } = {}) {
  return startMaker(
    given,
    (sandbox, { endpoint, ...limits }, context) =>
      createMeizuProvider(
        { ...limits, ...sandbox.credentials.meizu, activity: null, api: endpoint, ...given.options },
        context,
      ),
    ({ meizu }) => ({
      fake: meizu,
      device: { platform: 'android', lane: 'production', tokenKind: 'alert' },
      token: (index) => `RA5${String(index)}"meizu\\+&=`,
      tooMany: { status: 200, reason: '110010' },
      badPayload: { status: 200, reason: '1005' },
      allInvalid: null,
      rows,
      unregister: (token) => meizu.setDevice(token, { kind: 'dead' }),
      misconfigure: () => void meizu.script({ answer: reply(200, '1006') }),
      expireCredential: () => {},
      credentialsMade: () => 0,
    }),
  );
}

describeProvider('Meizu', start, notOfSigners);
describeManyTokens('Meizu', start, 'forever');

describe('Meizu', () => {
  const open: { close(): Promise<void> }[] = [];
  const started = async (options: Partial<MeizuOptions> = {}) => {
    const harness = await start({ options });
    open.push(harness);
    return harness;
  };
  const shown = async (what: Notification, options: Partial<MeizuOptions> = {}) => {
    const harness = await started(options);
    await sendAll(harness.provider, deliveriesOf(harness, 1), what);
    return harness.maker.accepted[0]?.message ?? {};
  };

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('reads the code of each device, where the same number means something else than of the call', async () => {
    const harness = await started();
    const codes = ['110002', '110003', '110010', '110011', '520', '501', '201', '77777'];
    const value = Object.fromEntries(codes.map((code, index) => [code, [harness.token(index)]]));
    const body = JSON.stringify({ code: '200', message: '', value, msgId: 'NS1' });
    harness.maker.script({ answer: reply(200, undefined, { body }) });
    expect(await sendAll(harness.provider, deliveriesOf(harness, 9))).toMatchObject([
      { kind: 'unregistered', reason: '110002' },
      { kind: 'unregistered', reason: '110003' },
      { kind: 'rejected', blame: 'topic' },
      { kind: 'throttled', scope: 'device', retryAfterMs: expect.any(Number) },
      { kind: 'throttled', scope: 'device', retryAfterMs: 60_000 },
      { kind: 'unavailable', ambiguous: false },
      { kind: 'misconfigured' },
      { kind: 'unavailable', ambiguous: true, reason: expect.stringContaining('77777') },
      { kind: 'accepted', receipt: 'NS1' },
    ]);
  });

  it('signs what it sends, whatever is in it', async () => {
    const message = await shown({ ...notification, title: 'a&b=c+d%', body: '你好 👍 "\\' });
    expect(message['noticeBarInfo']).toEqual({
      noticeMsgType: 1,
      title: 'a&b=c+d%',
      content: '你好 👍 "\\',
    });
  });

  it('keeps to the limits, and replaces under one key', async () => {
    const long = await shown({
      ...notification,
      title: '好'.repeat(60),
      body: '👍'.repeat(200),
      collapseId: 'c',
      expiresAtMs: null,
    });
    const bar = long['noticeBarInfo'] as { readonly title: string; readonly content: string };
    expect([...bar.title]).toHaveLength(32);
    expect([...bar.content]).toHaveLength(100);
    expect(long['advanceInfo']).toMatchObject({ notifyKey: expect.stringMatching(/^[\w-]{8}$/) });
    expect(long['pushTimeInfo']).toEqual({ offLine: true, validTime: 1 });
  });

  it('opens the activity, or the launcher, with the fields for the app', async () => {
    expect((await shown(notification))['clickTypeInfo']).toMatchObject({ clickType: 0 });
    const own = await shown(notification, { activity: 'com.example.chat.ChatActivity' });
    expect(own['clickTypeInfo']).toMatchObject({
      clickType: 1,
      activity: 'com.example.chat.ChatActivity',
      parameters: { message_id: expect.any(String) },
    });
  });
});
