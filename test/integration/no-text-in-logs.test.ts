import { reply } from '../../src/sandbox/answer';
import {
  api,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postEvent,
  postMessage,
  registerApns,
  registerFcm,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';

const secret = 'Zanzibar';
const yaml = `
badge: { mode: count }
content: { data_fields: [note], pass_ciphertext: true, clear_on_read: true }
delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } } }
`;

describeOnEachStore(
  'the log',
  (store) => {
    it('holds nothing of a text, at the lowest level and whatever happens to it', async () => {
      await using fakes = await Fakes.start();
      await using relay = await fakes.startRelay({ env: { ...store.env(), LOG_LEVEL: 'trace' }, yaml });
      const { url } = relay;
      await registerApns(url, 'carol');
      await registerFcm(url, 'carol');
      const { apns, fcm } = fakes.sandbox;
      const say = (payload: object) => postMessage(url, { to: ['carol'], payload });
      const text = { type: 1, content: `${secret} at six`, note: secret };
      await say(text);
      await apns.waitForAccepted(1);
      apns.script({ times: 1, answer: reply(503, 'Shutdown') });
      fcm.script({ times: 1, answer: reply(400, 'INVALID_ARGUMENT') });
      await say(text);
      await apns.waitForAccepted(2);
      apns.script({ times: 1, answer: reply(413, 'PayloadTooLarge') });
      await say({ ...text, type: 57 });
      await eventually(
        () => metric(url, 'relay_dead_letters'),
        (count) => count >= 1,
      );
      for (const body of [
        messageBody({ to: ['carol'], payload: text }).slice(0, -20),
        messageBody({ to: ['carol'] }).replace('"alice"', `{"${secret}":1}`),
        `{"payload":"${secret}"}`,
        `[${JSON.stringify(secret)}]`,
      ])
        await postEvent(url, 'msg.offline', body);
      await postEvent(
        url,
        'msg.offline',
        messageBody({ to: ['carol'] }).replace('"setting":0', '"setting":32'),
      );
      await api(url, 'POST', '/push', {
        uids: ['carol'],
        notification: { title: secret, body: secret, data: { note: secret } },
      });
      await api(url, 'POST', '/push', { uids: ['carol'], notification: { title: secret, [secret]: secret } });
      await api(url, 'POST', '/users/carol/read', { channel_type: 1, channel_id: 'alice' });
      await apns.waitForAccepted(({ payload }) => JSON.stringify(payload).includes('"read"'));
      await relay.stop();
      expect(relay.log.length).toBeGreaterThan(10);
      const log = JSON.stringify(relay.log);
      const encoded = Buffer.from(secret).toString('base64').slice(0, 8);
      for (const form of [secret, encoded, Buffer.from(secret).toString('hex')])
        expect(log).not.toContain(form);
      closeConnections();
    });
  },
  ['embedded', 'redis'],
);
