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
import { apiKey, Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { runInProcess } from '../helpers/run-command';

const yaml = `
trace: { full_up_to_recipients: 2 }
devices: { suspend_after_rejections: 2 }
delivery:
  probe_interval_seconds: 1
  retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } }
`;

interface Traced {
  readonly message_id: string;
  readonly source: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly recipients: readonly {
    readonly uid: string;
    readonly result: string;
    readonly detail?: string;
    readonly devices: readonly {
      readonly device_id: string;
      readonly state: string;
      readonly steps: readonly {
        readonly step: string;
        readonly reason?: string;
        readonly detail?: string;
      }[];
    }[];
  }[];
}

describeOnEachStore('what a trace tells of what came later', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;
  let lastId = 3_500_000_000_000_000_000n;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ env: store.env(), yaml });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => fakes.sandbox.apns.reset());

  const refuse = (uid: string, status: number, reason: string, times = 1, deviceId = 'phone') =>
    fakes.sandbox.apns.script({
      when: { token: apnsToken(`${uid}/${deviceId}`) },
      times,
      answer: reply(status, reason),
    });

  const post = async (fields: MessageFields): Promise<string> => {
    const messageId = String((lastId += 1n));
    await postMessage(relay.url, { messageId, ...fields });
    return messageId;
  };

  const traced = (id: string, fits: (trace: Traced) => boolean): Promise<Traced> =>
    eventually(
      async () => {
        // Steps are written once a second: to ask more often costs more than all else here.
        await new Promise((resolve) => setTimeout(resolve, 100));
        return (await api(relay.url, 'GET', `/messages/${id}`)).body as Traced;
      },
      (trace) => (trace.recipients as unknown) !== undefined && fits(trace),
    );

  const stateOf = ({ recipients }: Traced, uid: string, deviceId = 'phone'): string | undefined =>
    recipients
      .find((recipient) => recipient.uid === uid)
      ?.devices.find((device) => device.device_id === deviceId)?.state;

  /** Of the one dead letter that there is; again where it is not stored yet, or the store was too slow. */
  const replay = () =>
    eventually(
      () => api(relay.url, 'POST', '/dead-letters/replay', { all: true }),
      ({ body }) => body.replayed === 1,
    );

  const words = async (id: string): Promise<string> => {
    const env = { RELAY_URL: relay.url, RELAY_API_KEY: apiKey };
    const { stdout, stderr } = await runInProcess(['trace', id], { env });
    return stdout + stderr;
  };

  describe('of a message to more than are listed', () => {
    const team = ['ada', 'ben', 'cem', 'dan'];
    const group = { to: team, channelId: 'team', channelType: 2 };
    beforeAll(() => Promise.all(team.map((uid) => registerApns(relay.url, uid))));

    it.each([
      ['the other environment knew the token', 400, 'BadDeviceToken', 1],
      ['the credential was accepted again', 403, 'InvalidProviderToken', 2],
      ['the provider was there again', 503, 'Shutdown', 1],
    ])('lists that it was accepted once %s', async (_, status, reason, times) => {
      refuse('ada', status, reason, times);
      const id = await post(group);
      const trace = await traced(id, (one) => stateOf(one, 'ada') === 'accepted');
      // Ben's, Cem's and Dan's were accepted at once.
      expect(trace.recipients.map(({ uid, result }) => [uid, result])).toEqual([['ada', 'pushed']]);
      expect(trace.counts).toEqual({ pushed: 4 });
    });

    it('lists what came of a replay, and counts nobody twice', async () => {
      refuse('ada', 413, 'PayloadTooLarge');
      const id = await post(group);
      await traced(id, (one) => stateOf(one, 'ada') === 'rejected');
      await replay();
      const trace = await traced(id, (one) => stateOf(one, 'ada') === 'accepted');
      expect(trace).toMatchObject({ source: 'replay', counts: { pushed: 4 } });
    });
  });

  it('leaves the other device of a replay as it was, and lists the message once', async () => {
    for (const deviceId of ['phone', 'pad']) await registerApns(relay.url, 'eva', deviceId);
    refuse('eva', 413, 'PayloadTooLarge');
    const id = await post({ to: ['eva', 'fay'] });
    await traced(
      id,
      (one) => stateOf(one, 'eva') === 'rejected' && stateOf(one, 'eva', 'pad') === 'accepted',
    );
    const newer = await post({ to: ['eva'] });
    await traced(newer, (one) => stateOf(one, 'eva') === 'accepted');
    await replay();
    const trace = await traced(id, (one) => stateOf(one, 'eva') === 'accepted');
    expect([trace.source, stateOf(trace, 'eva', 'pad')]).toEqual(['replay', 'accepted']);
    expect(await words(id)).toMatch(/, replayed: 1 pushed, 1 no_device\n/);

    for (const limit of [1, 100]) {
      const ids: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await api(relay.url, 'GET', `/users/eva/recent?limit=${limit}${cursor}`);
        ids.push(...(body.items as Traced[]).map((item) => item.message_id));
        if (body.next_cursor === undefined) break;
        cursor = `&cursor=${encodeURIComponent(String(body.next_cursor))}`;
      }
      expect([limit, ids]).toEqual([limit, [id, newer]]);
    }
    // Fay's was not sent again.
    const { body } = await api(relay.url, 'GET', '/users/fay/recent');
    expect(body.items).toMatchObject([{ message_id: id, source: 'webhook' }]);
  });

  it('names what ended a push that waited, and nothing else', async () => {
    await registerApns(relay.url, 'gus');
    await registerApns(relay.url, 'hal');
    // More often than it is tried again until both have changed.
    for (const uid of ['gus', 'hal']) refuse(uid, 503, 'Shutdown', 100);
    const id = await post({ to: ['gus', 'hal'] });
    await eventually(
      () => metric(relay.url, 'relay_retries_pending'),
      (count) => count >= 2,
    );
    await api(relay.url, 'DELETE', '/users/gus/devices/phone');
    const muted_until = new Date(Date.now() + 3_600_000).toISOString();
    await api(relay.url, 'PUT', '/users/hal/preferences', { muted_until });
    await traced(id, (one) => stateOf(one, 'gus') === 'forgotten' && stateOf(one, 'hal') === 'skipped');
    const text = await words(id);
    expect(text).toMatch(/gus .* dropped: device_gone \(the device is not registered any more\)/);
    expect(text).toMatch(/hal .* dropped: muted \(the user has muted it\)/);
    expect(text).not.toContain('the device was removed');
  });

  it('names the time zone by which it is quiet, and until when a device rests', async () => {
    const register = (more: object) =>
      api(relay.url, 'PUT', '/users/ida/devices/phone', {
        provider: 'apns',
        token: apnsToken('ida/phone'),
        ...more,
      });
    await register({ timezone: 'Asia/Shanghai' });
    // For an hour before and after now, at eight hours ahead of UTC.
    const inHours = (hours: number) =>
      new Date(Date.now() + (8 + hours) * 3_600_000).toISOString().slice(11, 16);
    const quiet_hours = { start: inHours(-1), end: inHours(1), timezone: 'UTC' };
    await api(relay.url, 'PUT', '/users/ida/preferences', { quiet_hours });
    const quiet = await traced(await post({ to: ['ida'] }), (one) => stateOf(one, 'ida') === 'skipped');
    expect(quiet.recipients[0]?.detail).toBe(
      `quiet hours ${quiet_hours.start} to ${quiet_hours.end} (Asia/Shanghai)`,
    );

    await api(relay.url, 'PUT', '/users/ida/preferences', {});
    refuse('ida', 400, 'DeviceTokenNotForTopic', 2);
    for (let sent = 0; sent < 2; sent += 1)
      await traced(await post({ to: ['ida'] }), (one) => stateOf(one, 'ida') === 'rejected');
    const device = async () =>
      (await api(relay.url, 'GET', '/users/ida/devices/phone')).body as { state: string };
    await eventually(device, ({ state }) => state === 'suspended');
    const rests = await traced(await post({ to: ['ida'] }), (one) => stateOf(one, 'ida') === 'suspended');
    expect(rests.recipients[0]?.devices[0]?.steps[0]?.detail).toMatch(
      /^suspended for DeviceTokenNotForTopic, until \d{4}-.*Z or until it registers again$/,
    );
  });

  it('names the summary that stands for what a storm held back', async () => {
    await using calm = await fakes.startRelay({
      env: { ...store.env(), REDIS_PREFIX: 'storm:' },
      yaml: 'delivery: { storm_conversation_per_minute: 1, storm_summary_seconds: 2 }',
    });
    await registerApns(calm.url, 'kim');
    const held = () => metric(calm.url, 'relay_recipients_total', { result: 'storm' });
    // A minute may end among them, and what comes then is counted anew.
    while ((await held()) < 2) await postMessage(calm.url, { to: ['kim'] });
    const recent = async () => JSON.stringify((await api(calm.url, 'GET', '/users/kim/recent')).body);
    const text = await eventually(recent, (body) => body.includes('a summary of this and earlier messages'));
    expect(text).toContain('"state":"summarized"');
  });

  it('names the step of a call that came twice', async () => {
    await registerApns(relay.url, 'lea');
    const call = { call_id: 'call-1', uids: ['lea'], from_uid: 'kim', type: 'invite' };
    await api(relay.url, 'POST', '/calls', call);
    const { body } = await api(relay.url, 'POST', '/calls', call);
    const { recipients } = await traced(String(body.id), ({ counts }) => counts['duplicate'] === 1);
    expect(recipients[0]?.detail).toBe('this invite of the call was received before');
  });

  it('tells of a test push as of a push', async () => {
    await registerApns(relay.url, 'jan');
    await api(relay.url, 'POST', '/users/jan/test-push');
    const recent = async () => (await api(relay.url, 'GET', '/users/jan/recent')).body.items as Traced[];
    const [push] = await eventually(recent, (items) => items.length > 0);
    expect(push).toMatchObject({
      source: 'push',
      counts: { pushed: 1 },
      recipients: [{ detail: 'a test push' }],
    });
    const one = await api(relay.url, 'GET', `/pushes/${String(push?.message_id)}`);
    expect(one).toMatchObject({ status: 200, body: { source: 'push' } });
    const { body } = await api(relay.url, 'GET', '/messages');
    expect(body.items).toContainEqual(
      expect.objectContaining({ message_id: push?.message_id, source: 'push' }),
    );
  });
});
