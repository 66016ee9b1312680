import type { Notification } from '../../src/domain/notification';
import type { HonorOptions } from '../../src/providers/honor/options';
import { createHonorProvider } from '../../src/providers/honor/provider';
import { reply } from '../../src/sandbox/answer';
import { notOfMakers, startMaker, type Given } from './maker-harness';
import { describeManyTokens, type MakerRow } from './many-tokens-suite';
import { deliveriesOf, describeProvider, notification, sendAll } from './provider-suite';

const rows: readonly MakerRow[] = [
  { status: 401, reason: '401', outcome: { kind: 'misconfigured' } },
  { status: 200, reason: '401', outcome: { kind: 'misconfigured' } },
  { status: 200, reason: '403', outcome: { kind: 'misconfigured' } },
  { status: 404, reason: '404', outcome: { kind: 'misconfigured' } },
  { status: 429, reason: '429', outcome: { kind: 'throttled', scope: 'project' } },
  { status: 200, reason: '503', outcome: { kind: 'throttled', scope: 'project' } },
  { status: 200, reason: '500', outcome: { kind: 'unavailable', ambiguous: false } },
  { status: 502, reason: '502', outcome: { kind: 'unavailable', ambiguous: false } },
  { status: 504, reason: '504', outcome: { kind: 'unavailable', ambiguous: false } },
  { status: 401, outcome: { kind: 'misconfigured' } },
  { status: 403, outcome: { kind: 'misconfigured' } },
  { status: 404, outcome: { kind: 'misconfigured' } },
  { status: 429, outcome: { kind: 'throttled' } },
  { status: 503, outcome: { kind: 'throttled' } },
  { status: 500, outcome: { kind: 'unavailable' } },
  { status: 502, outcome: { kind: 'unavailable' } },
  { status: 504, outcome: { kind: 'unavailable' } },
];

function start(given: Given & { readonly options?: Partial<HonorOptions> } = {}) {
  return startMaker(
    given,
    (sandbox, { endpoint, ...limits }, context) =>
      createHonorProvider(
        {
          ...limits,
          ...sandbox.credentials.honor,
          importance: 'NORMAL',
          clickIntent: null,
          badgeClass: 'com.example.chat.MainActivity',
          api: endpoint,
          auth: { ...endpoint, url: sandbox.honor.url },
          ...given.options,
        },
        context,
      ),
    ({ honor }) => ({
      fake: honor,
      device: { platform: 'android', lane: 'production', tokenKind: 'alert' },
      token: (index) => `BAEAAB9${String(index)}"honor\\`,
      tooMany: { status: 200, reason: '429' },
      badPayload: { status: 200, reason: '400' },
      allInvalid: null,
      rows,
      unregister: (token) => honor.setDevice(token, { kind: 'dead' }),
      misconfigure: () =>
        void honor.scriptAuth({ answer: reply(400, undefined, { body: '{"error":"invalid_client"}' }) }),
      expireCredential: () => honor.auth.tokens.revokeAll(),
      credentialsMade: () => honor.auth.tokens.issued,
    }),
  );
}

describeProvider('Honor', start, {
  ...notOfMakers,
  'takes an empty 503 for unavailable': 'that is how Honor says that it is too much',
});
describeManyTokens('Honor', start);

describe('Honor', () => {
  const open: { close(): Promise<void> }[] = [];
  const started = async (options: Partial<HonorOptions> = {}) => {
    const harness = await start({ options });
    open.push(harness);
    return harness;
  };
  const shown = async (what: Notification, options: Partial<HonorOptions> = {}) => {
    const harness = await started(options);
    await sendAll(harness.provider, deliveriesOf(harness, 1), what);
    const { android = {}, data } = harness.maker.accepted[0]?.message ?? {};
    const shell = android as { readonly notification?: object };
    return { data: JSON.parse(String(data)) as object, notification: shell.notification };
  };

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('forgets devices that are gone, and keeps those that Honor does not take', async () => {
    const harness = await started();
    harness.maker.setDevice(harness.token(0), { kind: 'dead' });
    harness.maker.setDevice(harness.token(1), { kind: 'foreign' });
    expect(await sendAll(harness.provider, deliveriesOf(harness, 3))).toMatchObject([
      { kind: 'unregistered' },
      { kind: 'rejected', blame: 'topic' },
      { kind: 'accepted' },
    ]);
  });

  it('counts up on each phone where the numbers of a call differ', async () => {
    const harness = await started();
    await sendAll(harness.provider, deliveriesOf(harness, 2));
    const badgeOf = (index: number) =>
      (harness.maker.accepted[index]?.message['android'] as { notification: { badge: object } }).notification
        .badge;
    expect(badgeOf(0)).toMatchObject({ addNum: 1 });
    await sendAll(harness.provider, deliveriesOf(harness, 1, 7));
    expect(badgeOf(2)).toMatchObject({ setNum: 7 });
  });

  it('opens what the intent says, and is marketing where nothing else was granted', async () => {
    const own = await shown(notification, { clickIntent: 'intent://chat#Intent;S.c={channel_id};end' });
    expect(own.notification).toMatchObject({ clickAction: { type: 1 }, importance: 'NORMAL' });
    const low = await shown(notification, { importance: 'LOW' });
    expect(low.notification).toMatchObject({ clickAction: { type: 3 }, importance: 'LOW' });
  });

  it('sends what shows nothing as data for an app that runs', async () => {
    const { notification: nothing, data } = await shown({ ...notification, kind: 'background' });
    expect(nothing).toBeUndefined();
    expect(data).toHaveProperty('message_id');
  });
});
