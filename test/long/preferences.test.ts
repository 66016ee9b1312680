import { reply } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  type MessageFields,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { faketimeLibrary, ShiftedClock } from '../helpers/shifted-clock';

const yaml = `
apps:
  default: { display_name: Acme Chat, preview: sender, default_timezone: UTC }
delivery:
  storm: off
  retry:
    unavailable: { apns_floor_seconds: 0.2, fcm_floor_seconds: 0.2, base_seconds: 0.1 }
`;

/** Quiet now by the clock of UTC, for some hours before and after. */
function quietNow(): { start: string; end: string } {
  const inHours = (hours: number): string =>
    new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  return { start: inHours(-6), end: inHours(6) };
}

describeOnEachStore('what a user wants', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ yaml, env: store.env() });
    for (const uid of ['witness', 'mona', 'quinn', 'pia', 'rita', 'deva', 'ada'])
      await registerApns(relay.url, uid);
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  beforeEach(() => fakes.sandbox.reset());

  const put = async (path: string, body: object): Promise<void> => {
    const { status } = await api(relay.url, 'PUT', path, body);
    expect([200, 201, 204]).toContain(status);
  };
  const results = (result: string) => metric(relay.url, 'relay_recipients_total', { result });

  /** Who of those that a message is for, and a witness after them, got it. */
  async function reached(fields: MessageFields): Promise<readonly string[]> {
    const before = await metric(relay.url, 'relay_recipients_total');
    fakes.sandbox.reset();
    await postMessage(relay.url, { ...fields, to: [...fields.to, 'witness'] });
    const judged = () => metric(relay.url, 'relay_recipients_total');
    await eventually(judged, (count) => count === before + fields.to.length + 1);
    const waiting = () => metric(relay.url, 'relay_inbox_depth');
    await eventually(waiting, (depth) => depth === 0);
    return fakes.sandbox.apns.accepted
      .map(({ token }) => token)
      .sort()
      .map((token) => Buffer.from(token.replace(/(00)+$/, ''), 'hex').toString())
      .filter((device) => device !== 'witness/phone');
  }

  const team = { channelId: 'team', channelType: 2 };

  it('leaves out who muted the conversation, until it is over', async () => {
    const muted = await results('muted');
    await put('/users/mona/mutes/2/team', {});
    expect(await reached({ ...team, to: ['mona', 'ada'] })).toEqual(['ada/phone']);
    expect(await results('muted')).toBe(muted + 1);
    expect(await reached({ channelId: 'other', channelType: 2, to: ['mona'] })).toEqual(['mona/phone']);
    expect(await reached({ to: ['mona'] })).toEqual(['mona/phone']);
    await put('/users/mona/mutes/2/team', { until: new Date(Date.now() - 1_000).toISOString() });
    expect(await reached({ ...team, to: ['mona'] })).toEqual(['mona/phone']);
    await put('/users/mona/mutes/2/team', { until: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await reached({ ...team, to: ['mona'] })).toEqual([]);
    await api(relay.url, 'DELETE', '/users/mona/mutes/2/team');
    expect(await reached({ ...team, to: ['mona'] })).toEqual(['mona/phone']);
  });

  it('lets mentions pass a mute that allows them, of the reader and of all', async () => {
    const mentions = [{ uids: ['mona'] }, { all: 1 }];
    const text = (mention?: object) => ({
      ...team,
      to: ['mona'],
      payload: { type: 1, content: 'x', mention },
    });
    await put('/users/mona/mutes/2/team', { allow_mentions: true });
    expect(await reached(text())).toEqual([]);
    for (const mention of mentions) expect(await reached(text(mention))).toEqual(['mona/phone']);
    await put('/users/mona/mutes/2/team', {});
    for (const mention of mentions) expect(await reached(text(mention))).toEqual([]);
    await api(relay.url, 'DELETE', '/users/mona/mutes/2/team');
  });

  it('mutes a person by the uid of the other one', async () => {
    await put('/users/mona/mutes/1/alice', {});
    expect(await reached({ from: 'alice', to: ['mona'] })).toEqual([]);
    expect(await reached({ from: 'bob', to: ['mona'] })).toEqual(['mona/phone']);
    await api(relay.url, 'DELETE', '/users/mona/mutes/1/alice');
  });

  it('leaves out who muted everything, and those in quiet hours, mentions and all', async () => {
    const all = { type: 1, content: 'x', mention: { all: 1 } };
    await put('/users/quinn/preferences', { muted_until: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await reached({ ...team, to: ['quinn'], payload: all })).toEqual([]);
    const quiet = await results('quiet_hours');
    await put('/users/quinn/preferences', { quiet_hours: quietNow() });
    expect(await reached({ ...team, to: ['quinn'], payload: all })).toEqual([]);
    expect(await results('quiet_hours')).toBe(quiet + 1);
    await put('/users/quinn/preferences', { quiet_hours: { ...quietNow(), allow_mentions: true } });
    expect(await reached({ ...team, to: ['quinn'], payload: all })).toEqual(['quinn/phone']);
    expect(await reached({ ...team, to: ['quinn'] })).toEqual([]);
    await put('/users/quinn/preferences', {});
    expect(await reached({ ...team, to: ['quinn'] })).toEqual(['quinn/phone']);
  });

  it('asks each device for its own time', async () => {
    await put('/users/quinn/preferences', { quiet_hours: quietNow() });
    await put('/users/quinn/devices/tablet', {
      provider: 'apns',
      token: apnsToken('quinn/tablet'),
      // Half a day away from UTC, where it is not quiet now.
      timezone: 'Etc/GMT-12',
    });
    expect(await reached({ to: ['quinn'] })).toEqual(['quinn/tablet']);
    await put('/users/quinn/preferences', {});
    await api(relay.url, 'DELETE', '/users/quinn/devices/tablet');
  });

  it('shows as much as the device, the user or the app wants, in the language of device or user', async () => {
    const shown = async () => {
      await reached({ from: 'alice', to: ['pia'], payload: { type: 1, content: 'See you' } });
      const push = fakes.sandbox.apns.accepted.find(({ token }) => token === apnsToken('pia/phone'));
      const { aps, wukongim } = push?.payload as { aps: { alert: object }; wukongim: object };
      return {
        ...aps.alert,
        names: Object.keys(wukongim).filter((name) => /uid|channel_id|hash/.test(name)),
      };
    };
    const ids = ['from_uid', 'channel_id'];
    expect(await shown()).toEqual({ title: 'Alice', body: 'New message', names: ids });
    await put('/users/pia/preferences', { preview: 'full' });
    expect(await shown()).toEqual({ title: 'Alice', body: 'See you', names: ids });
    await put('/users/pia/preferences', { preview: 'none', locale: 'zh-CN' });
    expect(await shown()).toEqual({ title: 'Acme Chat', body: '新消息', names: ['conversation_hash'] });
    const device = { provider: 'apns', token: apnsToken('pia/phone') };
    await put('/users/pia/devices/phone', { ...device, preview: 'sender', locale: 'fr' });
    expect(await shown()).toMatchObject({ title: 'Alice', names: ids });
    await api(relay.url, 'POST', '/users/pia/test-push');
    await put('/users/pia/devices/phone', device);
  });

  it('holds back a push of the app server’s own only if it respects preferences', async () => {
    await put('/users/quinn/preferences', { quiet_hours: quietNow() });
    const push = (more: object) =>
      api(relay.url, 'POST', '/push', { uids: ['quinn'], notification: { title: 'Bill' }, ...more });
    const quiet = await results('quiet_hours');
    expect((await push({ respect_preferences: true })).status).toBe(202);
    await eventually(
      () => results('quiet_hours'),
      (count) => count === quiet + 1,
    );
    expect(fakes.sandbox.apns.accepted).toEqual([]);
    await push({ respect_preferences: false });
    await push({});
    await fakes.sandbox.apns.waitForAccepted(2);
    await put('/users/quinn/preferences', {});
  });

  it('keeps to the rules on a retry that falls into quiet hours', async () => {
    fakes.sandbox.apns.script({ when: { token: apnsToken('rita/phone') }, answer: reply(503, 'Shutdown') });
    await postMessage(relay.url, { to: ['rita'] });
    await eventually(
      () => metric(relay.url, 'relay_deliveries_total', { outcome: 'unavailable' }),
      (count) => count > 0,
    );
    await put('/users/rita/preferences', { quiet_hours: quietNow() });
    await eventually(
      () => metric(relay.url, 'relay_deliveries_dropped_total', { reason: 'quiet_hours' }),
      (count) => count === 1,
    );
    await eventually(
      () => metric(relay.url, 'relay_retries_pending'),
      (pending) => pending === 0,
    );
    expect(fakes.sandbox.apns.accepted).toEqual([]);
  });

  it('asks again when a dead letter is replayed', async () => {
    const when = { token: apnsToken('deva/phone') };
    fakes.sandbox.apns.script({ when, times: 1, answer: reply(413, 'PayloadTooLarge') });
    await postMessage(relay.url, { ...team, to: ['deva'] });
    await eventually(
      () => api(relay.url, 'GET', '/dead-letters'),
      ({ body }) => body.items.length === 1,
    );
    await put('/users/deva/mutes/2/team', {});
    const muted = await results('muted');
    expect((await api(relay.url, 'POST', '/dead-letters/replay', { all: true })).body).toMatchObject({
      replayed: 1,
    });
    await eventually(
      () => results('muted'),
      (count) => count === muted + 1,
    );
    expect(fakes.sandbox.apns.accepted).toEqual([]);
    expect((await api(relay.url, 'GET', '/dead-letters')).body.items).toEqual([]);
  });
});

if (faketimeLibrary !== null)
  describeOnEachStore(
    'quiet hours, over the beginning of daylight saving',
    (store) => {
      it('end by the new time', async () => {
        await using fakes = await Fakes.start();
        const changeMs = nextSummerTimeMs(Date.now());
        const shiftTo = (timeMs: number): number => Math.round((timeMs - Date.now()) / 1000);
        const clock = await ShiftedClock.create(shiftTo(changeMs - 86_400_000));
        const relay = await fakes.startRelay({ env: { ...store.env(), ...clock.env } });
        const results = (result: string) => metric(relay.url, 'relay_recipients_total', { result });
        await registerApns(relay.url, 'berta');
        await api(relay.url, 'PUT', '/users/berta/preferences', {
          quiet_hours: { start: '22:00', end: '07:00', timezone: 'Europe/Berlin' },
        });
        // 06:30, in winter time.
        await postMessage(relay.url, { to: ['berta'] });
        await eventually(
          () => results('quiet_hours'),
          (count) => count === 1,
        );
        // The same time of UTC a day later is 07:30.
        await clock.set(shiftTo(changeMs));
        await postMessage(relay.url, { to: ['berta'] });
        await eventually(
          () => results('pushed'),
          (count) => count === 1,
        );
        expect(await results('quiet_hours')).toBe(1);
        await relay.stop();
        closeConnections();
      });
    },
    ['embedded', 'redis'],
  );

/** 05:30 UTC of the next last Sunday in March: the fakes' certificates are good from now on, for two years. */
function nextSummerTimeMs(nowMs: number): number {
  const inMarch = (year: number): number => {
    const last = new Date(Date.UTC(year, 2, 31, 5, 30));
    return last.getTime() - last.getUTCDay() * 86_400_000;
  };
  const year = new Date(nowMs).getUTCFullYear();
  return inMarch(year) - 86_400_000 > nowMs ? inMarch(year) : inMarch(year + 1);
}
