import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api, closeConnections, eventually, metric, postMessage } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

interface Shown {
  readonly web_push: number;
  readonly notification: { readonly title: string; readonly body: string; readonly navigate: string };
}

/** From the webhook to the browser, through the real process; the push service decrypts as the browser does. */
describeOnEachStore('Web Push', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    const { publicKey, privateKey } = fakes.sandbox.credentials.vapid;
    const keyFile = join(await temporaryDirectory(), 'vapid');
    await writeFile(keyFile, `${privateKey}\n`);
    const yaml = `
apps:
  default:
    webpush:
      public_key: ${publicKey}
      private_key_file: ${keyFile}
      subject: mailto:push@relay.chat
      base_url: https://chat.relay.chat/#/{channel_type}/{channel_id}
      allowed_hosts: [127.0.0.1]
      allow_private_addresses: true
`;
    relay = await fakes.startRelay({ yaml, env: store.env() });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  async function subscribe(uid: string, applicationKey = fakes.sandbox.credentials.vapid.publicKey) {
    const subscription = fakes.sandbox.webpush.subscribe(applicationKey);
    const body = { provider: 'webpush', subscription };
    expect((await api(relay.url, 'PUT', `/users/${uid}/devices/browser`, body)).status).toBe(201);
    return subscription.endpoint;
  }

  it('brings a text to a browser, in the JSON that Safari and service workers read', async () => {
    await subscribe('carol');
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
    await postMessage(relay.url, {
      to: ['carol'],
      payload: { type: 1, content: 'Hello browser' },
    });
    const push = await fakes.sandbox.webpush.waitForAccepted(({ text }) => text.includes('Hello browser'));
    expect(JSON.parse(push.text) as Shown).toMatchObject({
      web_push: 8030,
      notification: { title: 'Alice', body: 'Hello browser', navigate: 'https://chat.relay.chat/#/1/alice' },
    });
    expect(push.headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'high' });
    expect(fakes.sandbox.webpush.rejected).toEqual([]);
  });

  it('forgets a subscription that is gone', async () => {
    const endpoint = await subscribe('dave');
    fakes.sandbox.webpush.setDevice(endpoint, { kind: 'expired' });
    await postMessage(relay.url, { to: ['dave'], payload: { type: 1, content: 'Hello nobody' } });
    await eventually(
      () => api(relay.url, 'GET', '/users/dave/devices/browser'),
      ({ status }) => status === 404,
    );
    const labels = { provider: 'webpush', outcome: 'unregistered' };
    await eventually(
      () => metric(relay.url, 'relay_deliveries_total', labels),
      (count) => count === 1,
    );
  });

  it('gives the public key, and refuses what is no allowed push service', async () => {
    const key = await api(relay.url, 'GET', '/apps/default/webpush-key');
    expect(key.body).toEqual({ public_key: fakes.sandbox.credentials.vapid.publicKey });
    const { keys } = fakes.sandbox.webpush.subscribe(fakes.sandbox.credentials.vapid.publicKey);
    const subscription = { endpoint: 'https://evil.example.org/x', keys };
    const refused = await api(relay.url, 'PUT', '/users/eve/devices/browser', {
      provider: 'webpush',
      subscription,
    });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'subscription.endpoint' }] } });
  });
});
