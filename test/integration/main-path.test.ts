import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postFixture,
  postMessage,
  readFixture,
  registerApns,
  registerFcm,
} from '../helpers/client';
import type { ApnsPush } from '../../src/sandbox/apns/fake-apns';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { apnsPorts } from '../helpers/free-port';

function alertBody(push: ApnsPush | undefined): string {
  return (push?.payload as { aps: { alert: { body: string } } }).aps.alert.body;
}

/** From the webhook to the phone, through the real process, over real sockets. */
describeOnEachStore('the way a message takes', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start(await apnsPorts());
    relay = await fakes.startRelay({ yaml: fastRetries, env: store.env() });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => {
    fakes.sandbox.apns.reset();
    fakes.sandbox.fcm.reset();
  });

  it('brings a text to an iPhone, with what the app needs to open it', async () => {
    await registerApns(relay.url, 'carol');
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
    const answer = await postFixture(relay.url, 'v2/person-text');
    expect([answer.status, answer.text]).toEqual([200, '']);
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(push?.token).toBe(apnsToken('carol/phone'));
    expect(push?.payload).toMatchObject({
      aps: {
        alert: { title: 'Alice', body: 'Hello Carol, are you there?' },
        sound: 'default',
        'thread-id': '1:alice',
      },
      wukongim: {
        message_id: '2124460212696813568',
        message_seq: 1,
        client_msg_no: 'fx-person-text',
        from_uid: 'alice',
        channel_id: 'alice',
        channel_type: 1,
      },
    });
    expect(push?.headers).toMatchObject({
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-collapse-id': '2124460212696813568',
    });
    expect(push?.headers['apns-id']).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('brings a text to an Android phone', async () => {
    await registerFcm(relay.url, 'frank');
    await postMessage(relay.url, { to: ['frank'], payload: { type: 1, content: 'servus' } });
    const [push] = await fakes.sandbox.fcm.waitForAccepted(1);
    expect(push?.message).toMatchObject({
      token: 'fcm-frank-android',
      notification: { body: 'servus' },
      data: { from_uid: 'alice', channel_id: 'alice', channel_type: '1' },
      android: { priority: 'HIGH', ttl: '604800s' },
    });
  });

  it('reaches every device of every member of a group of 600, once', async () => {
    const { to_uids: uids } = JSON.parse(readFixture('v2/group-600').body) as { to_uids: string[] };
    await Promise.all(uids.map((uid) => registerApns(relay.url, uid)));
    await postFixture(relay.url, 'v2/group-600');
    const pushes = await fakes.sandbox.apns.waitForAccepted(600);
    expect(new Set(pushes.map((push) => push.token)).size).toBe(600);
    await eventually(
      () => metric(relay.url, 'relay_inbox_depth'),
      (depth) => depth === 0,
    );
    expect(fakes.sandbox.apns.accepted).toHaveLength(600);
  });

  it('rings once for a message that the server sends twice, and for a resend by the client under a new id', async () => {
    await registerApns(relay.url, 'dora');
    const duplicates = await metric(relay.url, 'relay_recipients_total', { result: 'duplicate' });
    await postMessage(relay.url, { to: ['dora'], messageId: '2300000000000000001', clientMsgNo: 'same' });
    await postMessage(relay.url, { to: ['dora'], messageId: '2300000000000000001', clientMsgNo: 'same' });
    await postMessage(relay.url, { to: ['dora'], messageId: '2300000000000000002', clientMsgNo: 'same' });
    await eventually(
      () => metric(relay.url, 'relay_recipients_total', { result: 'duplicate' }),
      (count) => count === duplicates + 2,
    );
    await fakes.sandbox.apns.waitForAccepted(1);
    expect(fakes.sandbox.apns.accepted).toHaveLength(1);
  });

  it('tells who is mentioned, and hides from whom the message is hidden', async () => {
    await registerApns(relay.url, 'carol');
    await registerApns(relay.url, 'dave');
    await postFixture(relay.url, 'v2/group-mention-uids');
    const pushes = await fakes.sandbox.apns.waitForAccepted(2);
    const bodyOf = (token: string) => alertBody(pushes.find((push) => push.token === token));
    expect(bodyOf(apnsToken('carol/phone'))).toContain('mentioned you');
    expect(bodyOf(apnsToken('dave/phone'))).not.toContain('mentioned');
    fakes.sandbox.apns.reset();
    await postFixture(relay.url, 'v2/group-visibles');
    await fakes.sandbox.apns.waitForAccepted(1);
    await eventually(
      () => metric(relay.url, 'relay_recipients_total', { result: 'hidden' }),
      (count) => count === 1,
    );
    expect(fakes.sandbox.apns.accepted.map((push) => push.token)).toEqual([apnsToken('carol/phone')]);
  });

  it('speaks the language of the device', async () => {
    await api(relay.url, 'PUT', '/users/lin/devices/phone', {
      provider: 'apns',
      token: apnsToken('lin'),
      locale: 'zh-CN',
    });
    await postMessage(relay.url, {
      to: ['lin'],
      payload: { type: 2, url: 'https://files.example.com/a.png' },
    });
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(alertBody(push)).toBe('图片');
  });

  it('forgets a device token that APNs calls dead', async () => {
    await registerApns(relay.url, 'erin');
    fakes.sandbox.apns.script({
      when: { token: apnsToken('erin/phone') },
      answer: { kind: 'reply', status: 410, reason: 'Unregistered', timestampMs: Date.now() + 1000 },
    });
    await postMessage(relay.url, { to: ['erin'] });
    await eventually(
      () => api(relay.url, 'GET', '/users/erin/devices'),
      ({ body }) => body.items.length === 0,
    );
    const labels = { provider: 'apns', reason: 'Unregistered' };
    await eventually(
      () => metric(relay.url, 'relay_device_tokens_forgotten_total', labels),
      (count) => count === 1,
    );
  });

  it('finds the environment that a token belongs to, and remembers it', async () => {
    await registerApns(relay.url, 'gail');
    const token = apnsToken('gail/phone');
    fakes.sandbox.apns.script({
      when: { token, environment: 'production' },
      answer: { kind: 'reply', status: 400, reason: 'BadDeviceToken' },
    });
    await postMessage(relay.url, { to: ['gail'] });
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(push?.environment).toBe('sandbox');
    await eventually(
      () => api(relay.url, 'GET', '/users/gail/devices'),
      ({ body }) => body.items[0]?.environment === 'sandbox',
    );
  });

  it('loses nothing in an outage of a provider, and does not hold up the other', async () => {
    await registerApns(relay.url, 'henry');
    await registerFcm(relay.url, 'henry');
    await fakes.sandbox.apns.down();
    await postMessage(relay.url, { to: ['henry'] });
    await fakes.sandbox.fcm.waitForAccepted(1);
    await eventually(
      () => metric(relay.url, 'relay_retries_pending'),
      (count) => count === 1,
    );
    await fakes.sandbox.apns.up();
    await fakes.sandbox.apns.waitForAccepted(1);
    expect(fakes.sandbox.apns.accepted).toHaveLength(1);
    expect(fakes.sandbox.fcm.accepted).toHaveLength(1);
  });
});

const fastRetries = `
delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } } }
`;
