import { createPublicKey } from 'node:crypto';
import { goaway, hang, refuse, reply, reset } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  registerFcm,
  send,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

/** What providers do wrong, and that it costs no message. Waits are shortened by configuration, not by the code. */
describeOnEachStore('faults of the providers', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
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

  it.each([
    ['503 with an empty body', reply(503, undefined, { body: '' })],
    ['429 with Retry-After', reply(429, 'TooManyRequests', { retryAfterSeconds: 1 })],
    ['500', reply(500, 'InternalServerError')],
    ['REFUSED_STREAM', refuse()],
    ['GOAWAY above the stream', goaway({ lastProcessed: 'previous' })],
    ['GOAWAY at the stream', goaway()],
    ['RST_STREAM', reset(2)],
    ['an expired provider token', reply(403, 'ExpiredProviderToken')],
  ])('pushes once in the end after APNs answers %s', async (_, answer) => {
    await registerApns(relay.url, 'carol');
    fakes.sandbox.apns.script({ times: 1, answer });
    await postMessage(relay.url, { to: ['carol'] });
    await fakes.sandbox.apns.waitForAccepted(1);
    await workedOff(relay);
    expect(fakes.sandbox.apns.accepted).toHaveLength(1);
  });

  it('repeats a push whose answer was lost under the same ids, so that the phone replaces it', async () => {
    await registerApns(relay.url, 'carol');
    fakes.sandbox.apns.script({ times: 1, answer: reset(2, { accepted: true }) });
    await postMessage(relay.url, { to: ['carol'] });
    const pushes = await fakes.sandbox.apns.waitForAccepted(2);
    expect(new Set(pushes.map((push) => push.apnsId)).size).toBe(1);
    expect(new Set(pushes.map((push) => push.headers['apns-collapse-id'])).size).toBe(1);
  });

  it('notices a hang by its timeout and tries again', async () => {
    await registerFcm(relay.url, 'hana');
    fakes.sandbox.fcm.script({ when: { path: 'messages:send' }, times: 1, answer: hang() });
    await postMessage(relay.url, { to: ['hana'] });
    await fakes.sandbox.fcm.waitForAccepted(1);
  });

  it('keeps one-to-one pushes on APNs flowing while FCM answers nothing at all', async () => {
    // No push of FCM runs into its time-out while this waits for APNs.
    await using patient = await fakes.startRelay({
      env: { ...store.env(), REDIS_PREFIX: 'patient:' },
      yaml: `
server: { drain_seconds: 1 }
delivery: { claim_seconds: 600, storm: off }
providers: { fcm: { timeout_seconds: 300 } }
`,
    });
    await registerFcm(patient.url, 'slow');
    await registerApns(patient.url, 'quick');
    fakes.sandbox.fcm.script({ answer: hang() });
    for (let index = 0; index < 200; index += 1) await postMessage(patient.url, { to: ['slow'] });
    for (let index = 0; index < 20; index += 1) await postMessage(patient.url, { to: ['quick'] });
    await fakes.sandbox.apns.waitForAccepted(20);
  });

  it('parks the pushes of a refused key, says so, and sends them once the key is accepted again', async () => {
    const { keyId, teamId, topic, keyPem } = fakes.sandbox.credentials.apns;
    const publicKeyPem = createPublicKey(keyPem).export({ type: 'spki', format: 'pem' }).toString();
    await registerApns(relay.url, 'carol');
    fakes.sandbox.apns.revoke(keyId);
    await postMessage(relay.url, { to: ['carol'] });
    await postMessage(relay.url, { to: ['carol'] });
    await eventually(
      () => metric(relay.url, 'relay_parked'),
      (count) => count === 2,
    );
    const ready = await send(relay.url, { method: 'GET', path: '/readyz' });
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toMatchObject({ status: 'degraded' });
    expect(ready.text).toContain('InvalidProviderToken');
    for (const name of ['APNS_KEY', 'APNS_KEY_ID', 'APNS_TEAM_ID']) expect(ready.text).toContain(`${name} (`);
    const line = await relay.logged(({ reason }) => reason === 'InvalidProviderToken');
    expect(line['fix']).toContain('APNS_KEY_ID (apps.default.apns.key_id)');
    fakes.sandbox.apns.trust({ keyId, teamId, publicKeyPem, topics: [topic] });
    await fakes.sandbox.apns.waitForAccepted(2);
    await eventually(
      () => metric(relay.url, 'relay_parked'),
      (count) => count === 0,
    );
  });

  it('sends to the token that the device has now when it changed while its push was on the way', async () => {
    await registerApns(relay.url, 'rosa', 'phone', apnsToken('rosa/old'));
    fakes.sandbox.apns.latencyMs = answeredLateMs;
    fakes.sandbox.apns.script(({ token }) => {
      if (token !== apnsToken('rosa/old')) return null;
      void registerApns(relay.url, 'rosa', 'phone', apnsToken('rosa/new'));
      return reply(410, 'Unregistered');
    });
    await postMessage(relay.url, { to: ['rosa'] });
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    expect(push?.token).toBe(apnsToken('rosa/new'));
    const { body } = await api(relay.url, 'GET', '/users/rosa/devices');
    expect(body.items).toHaveLength(1);
  });

  it('sends to the other provider when the device became one of it while its push was on the way', async () => {
    await registerApns(relay.url, 'rolf', 'phone');
    const deadBefore = await metric(relay.url, 'relay_dead_letters');
    fakes.sandbox.apns.latencyMs = answeredLateMs;
    fakes.sandbox.apns.script(({ token }) => {
      if (token !== apnsToken('rolf/phone')) return null;
      void registerFcm(relay.url, 'rolf', 'phone');
      return reply(400, 'DeviceTokenNotForTopic');
    });
    await postMessage(relay.url, { to: ['rolf'] });
    await fakes.sandbox.fcm.waitForAccepted(1);
    expect(await metric(relay.url, 'relay_dead_letters')).toBe(deadBefore);
  });

  it('names a removed device token in one line, by its end only', async () => {
    await registerApns(relay.url, 'lena');
    fakes.sandbox.apns.script({
      when: { token: apnsToken('lena/phone') },
      answer: reply(410, 'ExpiredToken'),
    });
    await postMessage(relay.url, { to: ['lena'] });
    const line = await relay.logged(({ uid }) => uid === 'lena');
    expect(line).toMatchObject({
      reason: 'ExpiredToken',
      provider: 'apns',
      app: 'default',
      deviceId: 'phone',
      token: `…${apnsToken('lena/phone').slice(-8)}`,
    });
    expect(JSON.stringify(relay.log)).not.toContain(apnsToken('lena/phone'));
  });

  it('stops pruning when one reason would wipe a fleet', async () => {
    const uids = Array.from({ length: 140 }, (_, index) => `fleet-${index}`);
    for (const uid of uids) await registerApns(relay.url, uid);
    fakes.sandbox.apns.script({ answer: reply(410, 'Unregistered', { timestampMs: Date.now() + 60_000 }) });
    await postMessage(relay.url, { to: uids, channelId: 'fleet', channelType: 2 });
    const reason = { reason: 'Unregistered' };
    const counts = async () => ({
      forgotten: await metric(relay.url, 'relay_device_tokens_forgotten_total', reason),
      braked: await metric(relay.url, 'relay_prunes_braked_total', reason),
    });
    const { forgotten } = await eventually(counts, (count) => count.forgotten + count.braked === uids.length);
    // A third of the fleet, and of the few devices of the other tests.
    expect(forgotten).toBeGreaterThanOrEqual(46);
    expect(forgotten).toBeLessThanOrEqual(49);
  });

  it('suspends a device after five rejections in a row, until it registers again', async () => {
    await registerApns(relay.url, 'sara');
    fakes.sandbox.apns.script({
      when: { token: apnsToken('sara/phone') },
      answer: reply(400, 'DeviceTokenNotForTopic'),
    });
    for (let index = 1; index <= 5; index += 1) {
      await postMessage(relay.url, { to: ['sara'] });
      await eventually(
        () => metric(relay.url, 'relay_dead_letters'),
        (count) => count >= index,
      );
    }
    await eventually(
      () => api(relay.url, 'GET', '/users/sara/devices'),
      ({ body }) => body.items[0].state === 'suspended',
    );
    fakes.sandbox.apns.reset();
    await registerApns(relay.url, 'sara');
    await postMessage(relay.url, { to: ['sara'] });
    await fakes.sandbox.apns.waitForAccepted(1);
  });

  it('keeps no dead letter of a user who was erased while the push was on the way', async () => {
    await api(relay.url, 'DELETE', '/dead-letters?all=true');
    await registerApns(relay.url, 'erica');
    fakes.sandbox.apns.latencyMs = answeredLateMs;
    const erased = new Promise((resolve) => {
      fakes.sandbox.apns.script(() => {
        resolve(api(relay.url, 'DELETE', '/users/erica'));
        return reply(413, 'PayloadTooLarge');
      });
    });
    await postMessage(relay.url, { to: ['erica'] });
    expect(await erased).toMatchObject({ status: 204 });
    await workedOff(relay);
    expect((await api(relay.url, 'GET', '/dead-letters')).body.items).toEqual([]);
  });

  it('keeps what cannot be delivered as a dead letter, and replays it when asked', async () => {
    await api(relay.url, 'DELETE', '/dead-letters?all=true');
    await registerApns(relay.url, 'rita');
    const when = { token: apnsToken('rita/phone') };
    fakes.sandbox.apns.script({ when, times: 1, answer: reply(413, 'PayloadTooLarge') });
    await postMessage(relay.url, { to: ['rita'] });
    const { body } = await eventually(
      () => api(relay.url, 'GET', '/dead-letters'),
      (answer) => answer.body.items.length === 1,
    );
    expect(body.items[0]).toMatchObject({ reason: 'PayloadTooLarge' });
    const replayed = await api(relay.url, 'POST', '/dead-letters/replay', { ids: [body.items[0].id] });
    expect(replayed.body).toMatchObject({ replayed: 1 });
    await fakes.sandbox.apns.waitForAccepted(1);
    expect((await api(relay.url, 'GET', '/dead-letters')).body.items).toEqual([]);
  });
});

/** The registration that changes the device comes well within it. */
const answeredLateMs = 1_800;

const fastRetries = `
delivery:
  probe_interval_seconds: 1
  storm: off
  retry:
    throttled: { apns_floor_seconds: 0.2, fcm_floor_seconds: 0.2, base_seconds: 0.1 }
    unavailable: { apns_floor_seconds: 0.2, fcm_floor_seconds: 0.2, base_seconds: 0.1 }
    ambiguous: { apns_delay_seconds: 0.2, fcm_delay_seconds: 0.2 }
providers:
  fcm: { timeout_seconds: 4 }
`;

async function workedOff(relay: RelayProcess): Promise<void> {
  await eventually(
    async () =>
      (await metric(relay.url, 'relay_inbox_depth')) + (await metric(relay.url, 'relay_retries_pending')),
    (waiting) => waiting === 0,
  );
}
