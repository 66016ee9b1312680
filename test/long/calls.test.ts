import type { ApnsPush } from '../../src/sandbox/apns/fake-apns';
import { reply } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postEvent,
  postFixture,
  postMessage,
  registerApns,
  registerFcm,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

const quickRetries = 'retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.1 } }';

const voipToken = (uid: string) => apnsToken(`voip of ${uid}`);

/** An iPhone that rings, or without `rings` one whose app cannot. */
async function registerPhone(url: string, uid: string, device: object = {}, rings = true): Promise<void> {
  const { status } = await api(url, 'PUT', `/users/${uid}/devices/phone`, {
    provider: 'apns',
    token: apnsToken(`alert of ${uid}`),
    ...(rings && { voip_token: voipToken(uid) }),
    ...device,
  });
  expect(status).toBe(201);
}

let calls = 0;
const newCallId = () => `call-${(calls += 1)}`;

interface CallRequest {
  readonly call_id: string;
  readonly uids: readonly string[];
  readonly type: 'invite' | 'cancel' | 'answered';
  readonly ttl_seconds?: number;
  readonly media?: string;
}

async function postCall(url: string, call: CallRequest): Promise<string> {
  const { status, body } = await api(url, 'POST', '/calls', { from_uid: 'alice', ...call });
  expect({ status, body }).toEqual({ status: 202, body: { id: expect.any(String) } });
  return body.id as string;
}

/** As v2 sends a command between two people. */
function postCommand(url: string, from: string, to: string, cmd: string, param: object): Promise<unknown> {
  const payload = { type: 99, cmd, param };
  const body = messageBody({ from, to: [to], channelId: `${to}____cmd`, payload })
    .replace('"sync_once":0', '"sync_once":1')
    .replace('"no_persist":0', '"no_persist":1');
  return postEvent(url, 'msg.offline', body);
}

const ofCall =
  (callId: string, action: string) =>
  ({ payload }: ApnsPush) => {
    const call = payload['wukongim'] as { call_id?: string; action?: string } | undefined;
    return call?.call_id === callId && call.action === action;
  };

describeOnEachStore('calls', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  const apnsPush = (callId: string, action: string) =>
    fakes.sandbox.apns.waitForAccepted(ofCall(callId, action));
  const apnsPushTo = (token: string, callId: string, action: string) =>
    fakes.sandbox.apns.waitForAccepted((push) => push.token === token && ofCall(callId, action)(push));
  const fcmPush = (callId: string, action: string) =>
    fakes.sandbox.fcm.waitForAccepted(({ message }) => {
      const data = message['data'] as { call_id?: string; action?: string } | undefined;
      return data?.call_id === callId && data.action === action;
    });
  const step = (messageId: string, name: string) =>
    relay.logged((line) => line['messageId'] === messageId && line['step'] === name);

  beforeAll(async () => {
    fakes = await Fakes.start();
    const yaml = `
delivery: { ${quickRetries}, storm_conversation_per_minute: 1 }
content: { call_types: [9990] }
providers: { apns: { max_in_flight: 500 } }
`;
    relay = await fakes.startRelay({ yaml, env: { ...store.env(), LOG_LEVEL: 'debug' } });
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
    await registerPhone(relay.url, 'bob');
    await registerFcm(relay.url, 'bob', 'android');
    await registerPhone(relay.url, 'chen', { locale: 'zh-CN' }, false);
  });

  beforeEach(() => fakes.sandbox.reset());

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  it('ring by the VoIP token, by a data message on Android, and are shown where nothing rings', async () => {
    const callId = newCallId();
    const beforeMs = Date.now();
    await postCall(relay.url, { call_id: callId, uids: ['bob', 'chen'], type: 'invite' });
    const voip = await fakes.sandbox.apns.waitForAccepted(({ pushType }) => pushType === 'voip');
    expect(voip).toMatchObject({
      token: voipToken('bob'),
      topic: expect.stringMatching(/\.voip$/),
      headers: { 'apns-priority': '10', 'apns-expiration': '0' },
    });
    const wukongim = {
      kind: 'call',
      call_id: callId,
      action: 'invite',
      media: 'voice',
      from_uid: 'alice',
      sender_name: 'Alice',
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    };
    expect(voip.payload).toEqual({
      aps: { alert: { title: 'Alice', body: 'Incoming voice call' } },
      wukongim,
    });
    const { expires_at: endsAt } = voip.payload['wukongim'] as { expires_at: string };
    expect(Date.parse(endsAt) - beforeMs).toBeGreaterThanOrEqual(45_000);

    expect((await fcmPush(callId, 'invite')).message).toEqual({
      token: 'fcm-bob-android',
      android: { priority: 'HIGH', ttl: expect.stringMatching(/^4[45]s$/) },
      data: { ...wukongim, title: 'Alice', body: 'Incoming voice call' },
    });

    const shown = await fakes.sandbox.apns.waitForAccepted(({ pushType }) => pushType === 'alert');
    expect(shown).toMatchObject({
      token: apnsToken('alert of chen'),
      headers: { 'apns-priority': '10', 'apns-collapse-id': `call:${callId}` },
      payload: {
        aps: {
          alert: { title: 'Alice', body: '邀请你语音通话' },
          sound: 'default',
          category: 'call',
          'interruption-level': 'time-sensitive',
          'relevance-score': 1,
        },
        wukongim,
      },
    });
    expect(fakes.sandbox.apns.counts.accepted).toBe(2);
  });

  it('are shown where the VoIP token is dead, once', async () => {
    await registerPhone(relay.url, 'dora');
    fakes.sandbox.apns.script({
      when: { token: voipToken('dora') },
      answer: reply(410, 'Unregistered', { timestampMs: Date.now() + 60_000 }),
    });
    const callId = newCallId();
    await postCall(relay.url, { call_id: callId, uids: ['dora'], type: 'invite' });
    const shown = await apnsPush(callId, 'invite');
    expect(shown).toMatchObject({
      token: apnsToken('alert of dora'),
      pushType: 'alert',
      headers: { 'apns-collapse-id': `call:${callId}` },
      payload: { aps: { sound: 'default', 'interruption-level': 'time-sensitive' } },
    });
    const { body: device } = await api(relay.url, 'GET', '/users/dora/devices/phone');
    expect(device).toMatchObject({ has_voip_token: false, state: 'active' });
    // The next one does not try it again.
    const next = newCallId();
    await postCall(relay.url, { call_id: next, uids: ['dora'], type: 'invite' });
    await apnsPushTo(apnsToken('alert of dora'), next, 'invite');
    expect(fakes.sandbox.apns.accepted).toHaveLength(2);
    expect(fakes.sandbox.apns.rejected).toHaveLength(1);
  });

  it('stop ringing when the caller gives up, and become a missed call', async () => {
    const callId = newCallId();
    await postCall(relay.url, { call_id: callId, uids: ['bob', 'chen'], type: 'invite', media: 'video' });
    await apnsPushTo(voipToken('bob'), callId, 'invite');
    await postCall(relay.url, { call_id: callId, uids: ['bob', 'chen'], type: 'cancel', media: 'video' });
    expect((await fcmPush(callId, 'cancel')).message).toMatchObject({
      android: { priority: 'HIGH' },
      data: { kind: 'call', action: 'cancel', title: 'Alice', body: 'Missed video call' },
    });
    for (const [uid, body] of [
      ['bob', 'Missed video call'],
      ['chen', '未接视频通话'],
    ] as const) {
      // Apple ends an app that gets a VoIP push and has no new call to report.
      const push = await apnsPushTo(apnsToken(`alert of ${uid}`), callId, 'cancel');
      expect(push).toMatchObject({
        pushType: 'alert',
        headers: { 'apns-collapse-id': `call:${callId}` },
        payload: {
          aps: { alert: { title: 'Alice', body }, 'content-available': 1 },
          wukongim: { kind: 'call', action: 'cancel', call_id: callId },
        },
      });
      expect(push.payload['aps']).not.toHaveProperty('sound');
    }
  });

  it('stop ringing where another device answered, without anything to see where the app rings', async () => {
    const callId = newCallId();
    await postCall(relay.url, { call_id: callId, uids: ['bob', 'chen'], type: 'invite' });
    await apnsPushTo(voipToken('bob'), callId, 'invite');
    await postCall(relay.url, { call_id: callId, uids: ['bob', 'chen'], type: 'answered' });
    expect((await fcmPush(callId, 'answered')).message).toMatchObject({
      android: { priority: 'HIGH' },
      data: { kind: 'call', action: 'answered' },
    });
    const bob = await apnsPushTo(apnsToken('alert of bob'), callId, 'answered');
    expect(bob).toMatchObject({ pushType: 'background', headers: { 'apns-priority': '5' } });
    expect(bob.payload['aps']).toEqual({ 'content-available': 1 });
    const chen = await apnsPushTo(apnsToken('alert of chen'), callId, 'answered');
    expect(chen).toMatchObject({
      pushType: 'alert',
      headers: { 'apns-collapse-id': `call:${callId}` },
      payload: {
        aps: {
          alert: { title: 'Alice', body: '已在其他设备接听' },
          'interruption-level': 'passive',
          'content-available': 1,
        },
      },
    });
    expect(chen.payload['aps']).not.toHaveProperty('sound');
  });

  it.each(['cancel', 'answered'] as const)(
    'drop an invitation that waits when they end by %s',
    async (type) => {
      await registerPhone(relay.url, `dan-${type}`);
      const callId = newCallId();
      const refusal = fakes.sandbox.apns.script({
        when: { pushType: 'voip' },
        answer: reply(503, 'ServiceUnavailable'),
      });
      const id = await postCall(relay.url, { call_id: callId, uids: [`dan-${type}`], type: 'invite' });
      await step(id, 'waiting');
      await postCall(relay.url, { call_id: callId, uids: [`dan-${type}`], type });
      await apnsPush(callId, type);
      refusal.remove();
      expect(await step(id, 'dropped')).toMatchObject({ reason: 'recalled' });
      expect(fakes.sandbox.apns.accepted.filter(ofCall(callId, 'invite'))).toEqual([]);
    },
  );

  it('drop an invitation that comes after their end', async () => {
    const callId = newCallId();
    await postCall(relay.url, { call_id: callId, uids: ['bob'], type: 'cancel' });
    await apnsPush(callId, 'cancel');
    const id = await postCall(relay.url, { call_id: callId, uids: ['bob', 'chen'], type: 'invite' });
    expect(await step(id, 'skipped')).toMatchObject({ uid: 'bob', reason: 'recalled' });
    expect(await apnsPush(callId, 'invite')).toMatchObject({ token: apnsToken('alert of chen') });
  });

  it('are tried again within their life, by the same id', async () => {
    const callId = newCallId();
    const seen: unknown[] = [];
    fakes.sandbox.apns.script((request) => {
      if (request.pushType !== 'voip') return null;
      seen.push(request.headers['apns-id']);
      return seen.length === 1 ? reply(503, 'ServiceUnavailable') : null;
    });
    await postCall(relay.url, { call_id: callId, uids: ['bob'], type: 'invite' });
    const { apnsId, pushType } = await apnsPush(callId, 'invite');
    expect({ pushType, seen }).toEqual({ pushType: 'voip', seen: [apnsId, apnsId] });
  });

  it('are never tried again past their life', async () => {
    const callId = newCallId();
    fakes.sandbox.apns.script({ when: { pushType: 'voip' }, answer: reply(503, 'ServiceUnavailable') });
    const id = await postCall(relay.url, { call_id: callId, uids: ['bob'], type: 'invite', ttl_seconds: 2 });
    expect(await step(id, 'dead')).toMatchObject({ reason: expect.stringContaining('expired') });
    // A replay lengthens no call.
    await eventually(
      () => api(relay.url, 'POST', '/dead-letters/replay', { all: true }),
      () => relay.log.some(({ messageId, reason }) => messageId === id && reason === 'expired'),
    );
    expect(fakes.sandbox.apns.accepted.filter(ofCall(callId, 'invite'))).toEqual([]);
  });

  it('ring once, however often they are told of', async () => {
    const callId = newCallId();
    const invite = { call_id: callId, uids: ['bob'], type: 'invite' } as const;
    await postCall(relay.url, invite);
    await apnsPush(callId, 'invite');
    const id = await postCall(relay.url, invite);
    expect(await step(id, 'skipped')).toMatchObject({ uid: 'bob', reason: 'duplicate' });
  });

  it('say nothing of the caller to whom no preview is to be shown', async () => {
    await registerPhone(relay.url, 'nora', { preview: 'none' });
    const callId = newCallId();
    await postCall(relay.url, { call_id: callId, uids: ['nora'], type: 'invite' });
    const { payload, headers } = await apnsPush(callId, 'invite');
    expect(JSON.stringify([payload, headers])).not.toMatch(/alice/i);
    expect(payload['aps']).toEqual({ alert: { body: 'Incoming voice call' } });
  });

  it('ring when WuKongIM’s webhook brings an invitation, as recorded', async () => {
    await registerPhone(relay.url, 'carol');
    expect((await postFixture(relay.url, 'v2/person-sync-once-call-invite')).status).toBe(200);
    const push = await fakes.sandbox.apns.waitForAccepted(({ token }) => token === voipToken('carol'));
    expect(push).toMatchObject({
      pushType: 'voip',
      payload: {
        aps: { alert: { title: 'Alice', body: 'Incoming video call' } },
        wukongim: { kind: 'call', call_id: '2124460262604836864', media: 'video', from_uid: 'alice' },
      },
    });
  });

  it.each([
    ['answered', 'cancel'],
    ['cancel', 'answered'],
  ] as const)('end once: after %s no phone is told %s', async (first, second) => {
    const callId = newCallId();
    const call = { call_id: callId, uids: ['chen'] };
    for (const type of ['invite', first] as const) {
      await postCall(relay.url, { ...call, type });
      await apnsPush(callId, type);
    }
    const id = await postCall(relay.url, { ...call, type: second });
    expect(await step(id, 'skipped')).toMatchObject({ uid: 'chen', reason: 'recalled' });
    expect(fakes.sandbox.apns.accepted.filter(ofCall(callId, second))).toEqual([]);
  });

  it('end by commands that name no call', async () => {
    for (const uid of ['greta', 'hugo']) await registerPhone(relay.url, uid);
    const invite = async (to: string) => {
      await postCommand(relay.url, 'alice', to, 'rtc.p2p.invoke', { from_uid: 'alice', call_type: 0 });
      const rings = ({ token }: ApnsPush) => token === voipToken(to);
      const { payload } = await fakes.sandbox.apns.waitForAccepted(rings);
      return (payload['wukongim'] as { call_id: string }).call_id;
    };
    const canceled = await invite('greta');
    await postCommand(relay.url, 'alice', 'greta', 'rtc.p2p.cancel', { uid: 'alice' });
    const missed = await fakes.sandbox.apns.waitForAccepted(ofCall(canceled, 'cancel'));
    expect(missed.token).toBe(apnsToken('alert of greta'));
    // It stays a missed call, whatever else the apps tell of it.
    const recalled = () => metric(relay.url, 'relay_recipients_total', { result: 'recalled' });
    const before = await recalled();
    await postCommand(relay.url, 'greta', 'alice', 'rtc.p2p.refuse', { uid: 'greta' });
    await eventually(recalled, (count) => count === before + 1);
    const answered = await invite('hugo');
    // The webhook names the caller: the phones of the one who answered stop all the same.
    await postCommand(relay.url, 'hugo', 'alice', 'rtc.p2p.accept', { from_uid: 'hugo', call_type: 0 });
    const stopped = await fakes.sandbox.apns.waitForAccepted(ofCall(answered, 'answered'));
    expect(stopped.token).toBe(apnsToken('alert of hugo'));
  });

  it('are not ended by a command of somebody else', async () => {
    await registerPhone(relay.url, 'ida');
    await postCommand(relay.url, 'alice', 'ida', 'rtc.p2p.invoke', { from_uid: 'alice' });
    await fakes.sandbox.apns.waitForAccepted(({ token }) => token === voipToken('ida'));
    const commands = () => metric(relay.url, 'relay_recipients_total', { result: 'command' });
    const before = await commands();
    await postCommand(relay.url, 'mallory', 'ida', 'rtc.p2p.cancel', { uid: 'alice' });
    await eventually(commands, (count) => count === before + 1);
    // What comes after all that was sent before.
    await postMessage(relay.url, { to: ['ida'], from: 'zoe' });
    await fakes.sandbox.apns.waitForAccepted(({ token }) => token === apnsToken('alert of ida'));
    const ofIda = fakes.sandbox.apns.accepted.filter(({ token }) => token === apnsToken('alert of ida'));
    expect(ofIda).toHaveLength(1);
  });

  it('are held by no storm limit, and end by the id that the payload names', async () => {
    await registerPhone(relay.url, 'erin');
    const ids = ['a', 'b', 'c'].map((name) => `${newCallId()}-${name}`);
    for (const callId of ids)
      await postMessage(relay.url, {
        to: ['erin'],
        payload: { type: 9990, call_id: callId, media: 'voice' },
      });
    for (const callId of ids) expect((await apnsPush(callId, 'invite')).token).toBe(voipToken('erin'));
    const [callId = ''] = ids;
    await postCall(relay.url, { call_id: callId, uids: ['erin'], type: 'cancel' });
    expect((await apnsPush(callId, 'cancel')).payload).toMatchObject({
      aps: { alert: { title: 'Alice', body: 'Missed voice call' } },
    });
  });

  it('wait behind no group, also where they are for many', async () => {
    // Three times as many as may be on their way at once.
    const members = Array.from({ length: 1_500 }, (_, index) => `member-${index}`);
    const left = [...members];
    const registrar = async (): Promise<void> => {
      for (let uid = left.pop(); uid !== undefined; uid = left.pop()) await registerApns(relay.url, uid);
    };
    await Promise.all(Array.from({ length: 32 }, registrar));
    // Until the calls have rung, a few hundred members more than are on their way at once cannot get their push.
    const slowness = fakes.sandbox.apns.script({ when: { pushType: 'alert' }, latencyMs: 3_000 });
    await postMessage(relay.url, { to: members, channelId: 'crowd', channelType: 2 });
    await fakes.sandbox.apns.waitForAccepted(1);
    const [callId, invitedId] = [newCallId(), newCallId()];
    await postCall(relay.url, { call_id: callId, uids: [...members.slice(0, 200), 'bob'], type: 'invite' });
    // WuKongIM's own is in no hurry either, but for what it says.
    await postMessage(relay.url, {
      to: [...Array.from({ length: 50 }, (_, index) => `nobody-${index}`), 'bob'],
      channelId: 'crowd',
      channelType: 2,
      payload: { type: 9990, call_id: invitedId },
    });
    const isVoip = (id: string) => (push: ApnsPush) => push.pushType === 'voip' && ofCall(id, 'invite')(push);
    await fakes.sandbox.apns.waitForAccepted(isVoip(callId));
    await fakes.sandbox.apns.waitForAccepted(isVoip(invitedId));
    expect(fakes.sandbox.apns.counts.accepted).toBeLessThan(1_300);
    slowness.remove();
    await fakes.sandbox.apns.waitForAccepted(1_702);
  });

  it('are refused with the path of what is wrong', async () => {
    const call = { call_id: 'c', uids: ['bob'], from_uid: 'alice', type: 'invite' };
    for (const [body, path] of [
      [{ ...call, call_id: '' }, 'call_id'],
      [{ ...call, call_id: 'x'.repeat(257) }, 'call_id'],
      [{ ...call, uids: [] }, 'uids'],
      [{ ...call, uids: ['bob', 7] }, 'uids[1]'],
      [{ ...call, from_uid: undefined }, 'from_uid'],
      [{ ...call, type: 'ring' }, 'type'],
      [{ ...call, ttl_seconds: 0 }, 'ttl_seconds'],
      [{ ...call, ttl_seconds: 3_601 }, 'ttl_seconds'],
      [{ ...call, media: 'smell' }, 'media'],
      [{ ...call, sound: 'x' }, 'sound'],
    ] as const) {
      const answer = await api(relay.url, 'POST', '/calls', body);
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toMatchObject([{ path }]);
    }
  });
});

describe('calls of a relay that sends through the SDKs', () => {
  it('ring, and stop', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({ yaml: 'providers: { client: sdk }' });
    await registerPhone(relay.url, 'bob');
    await registerFcm(relay.url, 'bob', 'android');
    await postCall(relay.url, { call_id: 'sdk', uids: ['bob'], type: 'invite' });
    expect((await fakes.sandbox.apns.waitForAccepted(1))[0]).toMatchObject({
      pushType: 'voip',
      topic: expect.stringMatching(/\.voip$/),
      headers: { 'apns-priority': '10' },
      payload: { wukongim: { kind: 'call', call_id: 'sdk', action: 'invite' } },
    });
    const [{ message } = { message: {} }] = await fakes.sandbox.fcm.waitForAccepted(1);
    expect(message).toMatchObject({
      android: { priority: 'high' },
      data: { call_id: 'sdk', action: 'invite' },
    });
    await postCall(relay.url, { call_id: 'sdk', uids: ['bob'], type: 'cancel' });
    expect((await fakes.sandbox.apns.waitForAccepted(2))[1]).toMatchObject({
      pushType: 'alert',
      payload: { aps: { alert: { body: 'Missed voice call' } } },
    });
    closeConnections();
  });
});
