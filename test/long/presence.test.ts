import { reply } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postEvent,
  postMessage,
  registerApns,
  type MessageFields,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { answering, endless, redirecting, silent } from '../helpers/fake-resolver';
import { FakeWukongim } from '../helpers/fake-wukongim';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

afterAll(closeConnections);

const managerToken = 'manager-token-of-the-tests';
const flags = { app: 0, web: 1, pc: 2, android: 4 };
const team = { channelType: 2, channelId: 'team' };

/** Patient, because a busy machine takes longer than WuKongIM does. */
const yaml = `
wukongim: { timeout_ms: 5s }
presence: { skip_online: mobile, mobile_flags: [0, 4] }
badge: { mode: count }
delivery:
  storm: off
  retry: { unavailable: { apns_floor_seconds: 0.2, base_seconds: 0.1 } }
`;

/** Quiet by the clock of UTC, for some hours before and after now. */
function quietNow(): { readonly start: string; readonly end: string } {
  const inHours = (hours: number): string =>
    new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  return { start: inHours(-6), end: inHours(6) };
}

/** Who of those that a message is for got it, once all of it is done. */
async function reachedAt(url: string, fakes: Fakes, fields: MessageFields): Promise<readonly string[]> {
  const before = await metric(url, 'relay_recipients_total');
  fakes.sandbox.reset();
  await postMessage(url, { ...fields, to: [...fields.to, 'witness'] });
  const judged = () => metric(url, 'relay_recipients_total');
  await eventually(judged, (count) => count === before + fields.to.length + 1);
  await eventually(
    () => metric(url, 'relay_inbox_depth'),
    (depth) => depth === 0,
  );
  return fakes.sandbox.apns.accepted
    .map(
      ({ token }) =>
        Buffer.from(token.replace(/(00)+$/, ''), 'hex')
          .toString()
          .split('/')[0] ?? '',
    )
    .filter((uid) => uid !== 'witness')
    .sort();
}

describeOnEachStore(
  'users who are online',
  (store) => {
    let fakes: Fakes;
    let wukongim: FakeWukongim;
    let relay: RelayProcess;

    beforeAll(async () => {
      fakes = await Fakes.start();
      wukongim = await FakeWukongim.start({ version: 'v2', managerToken });
      const env = { WUKONGIM_API_URL: wukongim.url, WUKONGIM_MANAGER_TOKEN: managerToken };
      relay = await fakes.startRelay({ yaml, env: { ...store.env(), ...env } });
      for (const uid of ['witness', 'mona', 'petra', 'otto', 'ann', 'nick', 'mute', 'quinn', 'rita'])
        await registerApns(relay.url, uid);
      await prefer('ann', { silence_while_online: 'any' });
      await prefer('nick', { silence_while_online: 'none' });
      await prefer('quinn', { quiet_hours: quietNow(), silence_while_online: 'any' });
      await api(relay.url, 'PUT', '/users/mute/mutes/2/team', {});
    });

    afterAll(async () => {
      await relay.stop();
      await wukongim[Symbol.asyncDispose]();
      await fakes[Symbol.asyncDispose]();
    });

    beforeEach(() => {
      fakes.sandbox.reset();
      wukongim.reset();
    });

    async function prefer(uid: string, preferences: object): Promise<void> {
      const { status, body } = await api(relay.url, 'PUT', `/users/${uid}/preferences`, preferences);
      expect(status).toBe(200);
      expect(body).toMatchObject(preferences);
      expect(body).not.toHaveProperty('warnings');
    }

    const online = () => metric(relay.url, 'relay_recipients_total', { result: 'online' });
    const calls = (result: string) => metric(relay.url, 'relay_wukongim_requests_total', { result });

    const reached = (fields: MessageFields) => reachedAt(relay.url, fakes, fields);

    it('get no push on a phone that has the app open, each as the user and the operator chose', async () => {
      wukongim.connect('mona', flags.app);
      wukongim.connect('mona', flags.app);
      wukongim.connect('rita', flags.android);
      wukongim.connect('petra', flags.pc);
      wukongim.connect('ann', flags.web);
      wukongim.connect('nick', flags.app);
      const before = await online();
      expect(await reached({ to: ['mona', 'rita', 'petra', 'otto', 'ann', 'nick'], ...team })).toEqual([
        'nick',
        'otto',
        'petra',
      ]);
      expect((await online()) - before).toBe(3);
      expect(await reached({ to: ['mona', 'otto'] })).toEqual(['otto']);
    });

    it('are asked for in one call, without those to whom it does not matter', async () => {
      await reached({ to: ['mona', 'nick', 'mute', 'quinn', 'nobody', 'otto'], ...team });
      expect(wukongim.questions.map((uids) => [...uids].sort())).toEqual([['mona', 'otto', 'witness']]);
    });

    it('are rung up, and told by the app server what it wants', async () => {
      wukongim.connect('mona', flags.app);
      const call = { call_id: 'c1', uids: ['mona'], from_uid: 'alice', type: 'invite' };
      expect((await api(relay.url, 'POST', '/calls', call)).status).toBe(202);
      await fakes.sandbox.apns.waitForAccepted(1);
      const push = { uids: ['mona'], notification: { title: 'Order', body: 'It is there' } };
      expect((await api(relay.url, 'POST', '/push', push)).status).toBe(202);
      await fakes.sandbox.apns.waitForAccepted(2);
      expect(wukongim.questions).toEqual([]);
      const before = await online();
      await api(relay.url, 'POST', '/push', { ...push, respect_preferences: true });
      await eventually(online, (count) => count === before + 1);
      expect(fakes.sandbox.apns.accepted).toHaveLength(2);
    });

    it('have not read what they are not told: the badge counts it, until it is read', async () => {
      wukongim.connect('mona', flags.app);
      await api(relay.url, 'PUT', '/users/mona/badge', { count: 4 });
      const desk = { channelType: 2, channelId: 'desk', messageSeq: 3 };
      expect(await reached({ to: ['mona'], ...desk })).toEqual([]);
      const badge = async () => (await api(relay.url, 'GET', '/users/mona/badge')).body.count as number;
      expect(await eventually(badge, (count) => count === 5)).toBe(5);
      await api(relay.url, 'POST', '/users/mona/read', {
        channel_type: 2,
        channel_id: 'desk',
        up_to_seq: 3,
      });
      expect(await badge()).toBe(4);
    });

    it('get no push that waited until they came', async () => {
      fakes.sandbox.apns.script({
        when: { token: apnsToken('rita/phone') },
        answer: reply(503, 'Shutdown'),
      });
      await postMessage(relay.url, { to: ['rita'] });
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count === 1,
      );
      wukongim.connect('rita', flags.app);
      const dropped = () => metric(relay.url, 'relay_deliveries_dropped_total', { reason: 'online' });
      await eventually(dropped, (count) => count === 1);
      expect(fakes.sandbox.apns.accepted).toEqual([]);
    });

    it('are found among a large group', async () => {
      const to = Array.from({ length: 250 }, (_, number) => `member${number}`);
      await Promise.all(to.map((uid) => registerApns(relay.url, uid)));
      for (const uid of to.slice(0, 100)) wukongim.connect(uid, flags.app);
      expect(await reached({ to, ...team })).toHaveLength(150);
      expect(new Set(wukongim.questions.flat()).size).toBe(251);
      expect(wukongim.questions.length).toBeLessThanOrEqual(3);
    });

    it('are those who were asked about, and only by rows that say so', async () => {
      wukongim.behave(
        answering([
          { uid: 'mona', device_flag: 0, online: 1 },
          { uid: 'petra', device_flag: 0, online: 0 },
          { uid: 'otto', device_flag: '0', online: 1 },
          { uid: 7, device_flag: 0, online: 1 },
          null,
        ]),
      );
      expect(await reached({ to: ['petra', 'otto'], ...team })).toEqual(['otto', 'petra']);
      wukongim.behave(answering('null'));
      expect(await reached({ to: ['mona'] })).toEqual(['mona']);
      expect(await calls('nonsense')).toBe(0);
    });

    it.each([
      ['answers 500', answering({ msg: 'x', status: 500 }, 500), 'status'],
      ['wants another token', answering('', 401), 'status'],
      ['is a log-in page', answering('<html>Log in</html>'), 'nonsense'],
      ['answers an object', answering({ status: 200 }), 'nonsense'],
      ['redirects', redirecting, 'status'],
      ['answers without end', endless, 'unreachable'],
    ] as const)('get their push where WuKongIM %s', async (_, behavior, result) => {
      wukongim.connect('mona', flags.app);
      expect(await reached({ to: ['mona'] })).toEqual([]);
      const before = await calls(result);
      wukongim.behave(behavior);
      expect(await reached({ to: ['mona'] })).toEqual(['mona']);
      expect((await calls(result)) - before).toBe(1);
    });

    it('can be read over the API', async () => {
      const read = async (): Promise<{ readonly devices: readonly object[] }> =>
        (await api(relay.url, 'GET', '/users/petra/presence')).body as {
          readonly devices: readonly object[];
        };
      await postEvent(relay.url, 'user.onlinestatus', JSON.stringify(['petra-0-1-11-1-1']));
      await eventually(read, ({ devices }) => devices.length === 1);
      expect(await read()).toEqual({
        devices: [{ device_flag: 0, online: false, connections: 0, changed_at: null }],
        online: false,
        source: 'api',
        age_seconds: 0,
        last_seen_at: expect.any(String),
      });
      wukongim.connect('petra', flags.pc);
      wukongim.connect('petra', flags.app);
      wukongim.connect('petra', flags.pc);
      expect(await read()).toEqual({
        devices: [
          { device_flag: 0, online: true, connections: 1, changed_at: expect.any(String) },
          { device_flag: 2, online: true, connections: 2, changed_at: null },
        ],
        online: true,
        source: 'api',
        age_seconds: 0,
        last_seen_at: expect.any(String),
      });
      wukongim.behave(answering({}, 500));
      expect(await read()).toMatchObject({ source: 'event', online: true });
      expect((await api(relay.url, 'GET', '/users/nobody/presence')).body).toMatchObject({
        source: 'event',
        online: null,
      });
    });
  },
  ['embedded', 'redis'],
);

describe('users of an operator who skips nobody', () => {
  let fakes: Fakes;
  let wukongim: FakeWukongim;

  beforeAll(async () => {
    fakes = await Fakes.start();
    wukongim = await FakeWukongim.start({ version: 'main' });
  });
  afterAll(async () => {
    await wukongim[Symbol.asyncDispose]();
    await fakes[Symbol.asyncDispose]();
  });

  it('are asked for only where they chose; main has no token', async () => {
    await using relay = await fakes.startRelay({
      yaml: `wukongim: { api_url: "${wukongim.url}/", manager_token: unused, timeout_ms: 5s }`,
    });
    for (const uid of ['ann', 'bob']) await registerApns(relay.url, uid);
    for (const uid of ['ann', 'bob']) wukongim.connect(uid, flags.pc);
    await api(relay.url, 'PUT', '/users/ann/preferences', { silence_while_online: 'any' });
    await postMessage(relay.url, { to: ['ann', 'bob'], ...team });
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(push?.token).toBe(apnsToken('bob/phone'));
    const online = () => metric(relay.url, 'relay_recipients_total', { result: 'online' });
    await eventually(online, (count) => count === 1);
    expect(wukongim.questions).toEqual([['ann']]);
  });

  it('have read what they are not told, where being online says so', async () => {
    await using relay = await fakes.startRelay({
      yaml: `
wukongim: { api_url: "${wukongim.url}", timeout_ms: 5s }
presence: { skip_online: any }
badge: { mode: count, reset_on_online: true }
`,
    });
    for (const uid of ['otto', 'witness']) await registerApns(relay.url, uid);
    wukongim.connect('otto', flags.pc);
    await api(relay.url, 'PUT', '/users/otto/badge', { count: 4 });
    expect(await reachedAt(relay.url, fakes, { to: ['otto'] })).toEqual([]);
    expect((await api(relay.url, 'GET', '/users/otto/badge')).body).toMatchObject({ count: 4 });
  });

  it('are told that their choice has no effect where WuKongIM is not known', async () => {
    await using relay = await fakes.startRelay();
    const preferences = { silence_while_online: 'mobile' };
    const { status, body } = await api(relay.url, 'PUT', '/users/ann/preferences', preferences);
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...preferences, warnings: [{ path: 'silence_while_online' }] });
    expect((await api(relay.url, 'GET', '/users/ann/presence')).body).toMatchObject({ source: 'event' });
  });
});

describe('users of a WuKongIM that does not answer', () => {
  let fakes: Fakes;
  let wukongim: FakeWukongim;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    wukongim = await FakeWukongim.start({ version: 'v2', managerToken });
    relay = await fakes.startRelay({
      yaml: `
presence: { skip_online: any }
wukongim: { api_url: "${wukongim.url}", manager_token: ${managerToken} }
delivery: { storm: off }
`,
    });
    for (const uid of ['mona', 'witness']) await registerApns(relay.url, uid);
    wukongim.connect('mona', flags.pc);
  });
  afterAll(async () => {
    await relay.stop();
    await wukongim[Symbol.asyncDispose]();
    await fakes[Symbol.asyncDispose]();
  });

  const reached = () => reachedAt(relay.url, fakes, { to: ['mona'] });

  it('get their push at once after some tries, and it is asked again by itself', async () => {
    await eventually(reached, (uids) => uids.length === 0);
    wukongim.behave(silent);
    for (let round = 0; round < 3; round += 1) expect(await reached()).toEqual(['mona']);
    await relay.logged(({ event }) => event === 'wukongim_api_away');
    expect(
      await metric(relay.url, 'relay_wukongim_requests_total', { result: 'late' }),
    ).toBeGreaterThanOrEqual(3);
    const asked = wukongim.questions.length;
    const startedMs = performance.now();
    for (let round = 0; round < 10; round += 1) expect(await reached()).toEqual(['mona']);
    // One every five seconds is a probe.
    const probes = Math.ceil((performance.now() - startedMs) / 5_000);
    expect(wukongim.questions.length - asked).toBeLessThanOrEqual(probes);
    const check = async () => {
      const { checks } = (await (await fetch(`${relay.url}/readyz`)).json()) as {
        readonly checks: readonly { readonly name: string; readonly status: string }[];
      };
      return checks.find(({ name }) => name === 'wukongim');
    };
    expect(await check()).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining('wukongim.api_url'),
    });
    wukongim.behave(null);
    await eventually(reached, (uids) => uids.length === 0);
    await relay.logged(({ event }) => event === 'wukongim_api_back');
    expect(await check()).toMatchObject({ status: 'ok' });
    expect(JSON.stringify(relay.log)).not.toContain(managerToken);
  });
});
