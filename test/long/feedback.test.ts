import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reply } from '../../src/sandbox/answer';
import {
  api,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
  send,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { forgetDevice } from '../helpers/dead-device';
import { Fakes } from '../helpers/fakes';
import { FakeReceiver, type ReceivedRequest } from '../helpers/receiver';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

type FeedbackEvent = Record<string, string>;

const key = Buffer.from('of-the-tests-32-bytes-long-abcde');
const secret = `whsec_${key.toString('base64')}`;

function eventsOf({ body }: ReceivedRequest): FeedbackEvent[] {
  return (JSON.parse(body) as { events: FeedbackEvent[] }).events;
}

/** As a receiver checks it: https://www.standardwebhooks.com. */
function isSigned({ headers, body }: ReceivedRequest): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return headers['webhook-signature'] === `v1,${mac}`;
}

describeOnEachStore(
  'feedback to the server of the app',
  (store) => {
    let fakes: Fakes;
    let receiver: FakeReceiver;
    let prefixes = 0;

    beforeAll(async () => (fakes = await Fakes.start()));
    beforeEach(async () => {
      fakes.sandbox.reset();
      receiver = await FakeReceiver.start();
    });
    afterEach(async () => {
      closeConnections();
      await receiver[Symbol.asyncDispose]();
    });
    afterAll(() => fakes[Symbol.asyncDispose]());

    const start = (
      dataDir?: string,
      prefix = `feedback${(prefixes += 1)}:`,
      aheadHours = 0,
    ): Promise<RelayProcess> => {
      const { appKey: app_key, masterSecret: master_secret } = fakes.sandbox.credentials.oppo;
      return fakes.startRelay({
        env: { ...store.env(), REDIS_PREFIX: prefix, CLOCK_AHEAD_HOURS: String(aheadHours) },
        nodeArgs: ['-r', join(__dirname, '../helpers/leaping-clock.cjs')],
        yaml: JSON.stringify({
          feedback: { url: `${receiver.url}?from=relay`, secret },
          apps: { default: { oppo: { app_key, master_secret, url: fakes.sandbox.oppo.url } } },
          delivery: { probe_interval_seconds: 1 },
          devices: { suspend_after_rejections: 1 },
        }),
        ...(dataDir === undefined ? {} : { dataDir }),
      });
    };

    /** The events of this type that the receiver was sent, once there are so many. */
    const told = async (type: string, count = 1): Promise<FeedbackEvent[]> =>
      eventually(
        () => Promise.resolve(receiver.requests.flatMap(eventsOf).filter((event) => event['type'] === type)),
        (events) => events.length >= count,
      );

    /** A device token that is dead: one event. */
    const forget = (relay: RelayProcess, uid: string): Promise<void> => forgetDevice(fakes, relay, uid);

    it('tells of each kind of event, signed, without token and text', async () => {
      await using relay = await start();
      const { apns, oppo } = fakes.sandbox;
      await forget(relay, 'ann');
      expect(await told('device.forgotten')).toEqual([
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          at: expect.stringMatching(/^\d{4}-.*Z$/),
          type: 'device.forgotten',
          uid: 'ann',
          device_id: 'phone',
          provider: 'apns',
          app: 'default',
          environment: 'production',
          token_kind: 'alert',
          reason: 'Unregistered',
        },
      ]);

      await registerApns(relay.url, 'bob');
      apns.script({ times: 1, answer: reply(400, 'DeviceTokenNotForTopic') });
      await postMessage(relay.url, { to: ['bob'], messageId: '2200000000000000801' });
      const reason = 'DeviceTokenNotForTopic';
      const bob = { uid: 'bob', device_id: 'phone', provider: 'apns', app: 'default', reason };
      const [suspended] = await told('device.suspended');
      expect(suspended).toMatchObject(bob);
      expect(Date.parse(String(suspended?.['until']))).toBeGreaterThan(Date.now() + 3_600_000);
      const [dead] = await told('delivery.dead_letter');
      expect(dead).toMatchObject({ ...bob, message_id: '2200000000000000801' });
      const letters = await api(relay.url, 'GET', '/dead-letters');
      expect(letters.body.items).toMatchObject([{ id: dead?.['dead_letter_id'] }]);

      await api(relay.url, 'PUT', '/users/cora/devices/phone', { provider: 'oppo', token: 'OPPO_CN_cora' });
      oppo.script({ times: 1, answer: reply(200, undefined, { body: '{"code":33,"message":"over"}' }) });
      await postMessage(relay.url, { to: ['cora'] });
      const [quota] = await told('quota.exhausted');
      expect(quota).toMatchObject({ provider: 'oppo', app: 'default' });
      expect(Date.parse(String(quota?.['until']))).toBeGreaterThan(Date.now());

      await registerApns(relay.url, 'dora');
      apns.script({ times: 2, answer: reply(403, 'InvalidProviderToken') });
      await postMessage(relay.url, { to: ['dora'] });
      const route = { provider: 'apns', app: 'default', environment: 'production' };
      expect(await told('credential.paused')).toMatchObject([{ ...route, reason: 'InvalidProviderToken' }]);
      expect(await told('credential.resumed')).toMatchObject([route]);

      expect(receiver.requests.every(isSigned)).toBe(true);
      expect(new Set(receiver.requests.map(({ url }) => url))).toEqual(new Set(['/v1/webhook?from=relay']));
      expect(receiver.requests.map(({ body }) => body).join()).not.toMatch(/text of|OPPO_CN|[0-9a-f]{64}/);
      await eventually(
        () => metric(relay.url, 'relay_feedback_events_total', { result: 'taken' }),
        (taken) => taken >= 6,
      );
    });

    it('sends again what was not taken, and says so at the readiness', async () => {
      await using relay = await start();
      const answers = [{ status: 500 }, { status: 302, headers: { location: '/elsewhere' } }];
      receiver.answer = () => answers.shift() ?? { status: 204 };
      await forget(relay, 'eve');
      const check = async (): Promise<FeedbackEvent | undefined> => {
        const { text } = await send(relay.url, { method: 'GET', path: '/readyz' });
        return (JSON.parse(text) as { checks: FeedbackEvent[] }).checks.find(
          ({ name }) => name === 'feedback',
        );
      };
      const degraded = await eventually(check, (found) => found?.['status'] === 'degraded');
      expect(degraded?.['detail']).toMatch(/it answered (500|302)\. 1 events wait/);
      const sent = await told('device.forgotten', 3);
      expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
      expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(new Set(receiver.requests.map(({ url }) => url)).size).toBe(1);
      expect(await eventually(check, (found) => found?.['status'] === 'ok')).toBeDefined();
      expect(await metric(relay.url, 'relay_feedback_depth')).toBe(0);
    });

    it('keeps what a receiver that is down has missed, also when the relay is killed', async () => {
      const dataDir = await temporaryDirectory();
      const prefix = `feedback${(prefixes += 1)}:`;
      const killed = await start(dataDir, prefix);
      receiver.answer = () => null;
      await forget(killed, 'finn');
      const [unanswered] = await told('device.forgotten');
      await receiver.down();
      await forget(killed, 'gwen');
      await eventually(
        () => metric(killed.url, 'relay_feedback_depth'),
        (depth) => depth === 2,
      );
      killed.signal('SIGKILL');
      await killed.exit();
      receiver.requests.length = 0;
      receiver.answer = () => ({ status: 200 });
      await receiver.up();
      await using relay = await start(dataDir, prefix);
      const events = await told('device.forgotten', 2);
      expect(events.map(({ uid }) => uid).sort()).toEqual(['finn', 'gwen']);
      expect(events.find(({ uid }) => uid === 'finn')).toEqual(unanswered);
      await eventually(
        () => metric(relay.url, 'relay_feedback_depth'),
        (depth) => depth === 0,
      );
      expect(receiver.requests.every(isSigned)).toBe(true);
      await relay.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('carries 100 events per request, and gives them up after 24 hours', async () => {
      const dataDir = await temporaryDirectory();
      const prefix = `feedback${(prefixes += 1)}:`;
      await receiver.down();
      const uids = Array.from({ length: 250 }, (_, at) => `gus${at}`);
      let relay = await start(dataDir, prefix);
      for (const uid of uids) await registerApns(relay.url, uid);
      fakes.sandbox.apns.script({ answer: reply(413, 'PayloadTooLarge') });
      const fail = async (to: readonly string[], waiting: number): Promise<void> => {
        await postMessage(relay.url, { to, channelId: 'all', channelType: 2 });
        await eventually(
          () => metric(relay.url, 'relay_feedback_depth'),
          (depth) => depth === waiting,
        );
        await relay.stop();
      };
      await fail(uids, 250);

      await receiver.up();
      // All of them wait, so that the requests are as full as they may be.
      relay = await start(dataDir, prefix);
      const events = await told('delivery.dead_letter', 250);
      const sizes = new Map(
        receiver.requests.map((request) => [request.headers['webhook-id'], eventsOf(request).length]),
      );
      expect([...sizes.values()].sort()).toEqual([100, 100, 50]);
      expect(new Set(events.map(({ uid }) => uid))).toEqual(new Set(uids));
      await eventually(
        () => metric(relay.url, 'relay_feedback_depth'),
        (depth) => depth === 0,
      );

      await receiver.down();
      receiver.requests.length = 0;
      await fail(['gus0'], 1);
      relay = await start(dataDir, prefix, 25);
      // For a quarter of an hour the clock may be wrong.
      await eventually(
        () => {
          relay.signal('SIGWINCH');
          return metric(relay.url, 'relay_feedback_events_total', { result: 'expired' });
        },
        (expired) => expired === 1,
      );
      expect(await metric(relay.url, 'relay_feedback_depth')).toBe(0);
      expect(receiver.requests).toEqual([]);
      await relay.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
  },
  ['embedded', 'redis', 'cluster'],
);
