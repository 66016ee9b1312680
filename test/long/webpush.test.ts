import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api, closeConnections, eventually, metric, postMessage } from '../helpers/client';
import type { Sandbox } from '../../src/sandbox/sandbox';
import { createVapidKeys, type VapidKeys } from '../../src/shared/webpush/vapid-keys';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';
import { runCommand, runInProcess } from '../helpers/run-command';

interface Shown {
  readonly web_push: number;
  readonly notification: { readonly title: string; readonly body: string; readonly navigate: string };
}

/** The fake push service is in this machine's own network. `more`: further lines of the section. */
async function webPushYaml(
  { publicKey, privateKey }: VapidKeys,
  more: readonly string[] = [],
): Promise<string> {
  const keyFile = join(await temporaryDirectory(), 'vapid');
  await writeFile(keyFile, `${privateKey}\n`);
  const lines = [
    `public_key: ${publicKey}`,
    `private_key_file: ${keyFile}`,
    'subject: mailto:push@relay.chat',
    'base_url: https://chat.relay.chat/#/{channel_type}/{channel_id}',
    'allowed_hosts: [127.0.0.1]',
    'allow_private_addresses: true',
    ...more,
  ];
  return ['apps:', ' default:', '  webpush:', ...lines.map((line) => `   ${line}`), ''].join('\n');
}

async function register(relay: RelayProcess, uid: string, subscription: object, more: object = {}) {
  const body = { provider: 'webpush', subscription, ...more };
  expect(await api(relay.url, 'PUT', `/users/${uid}/devices/browser`, body)).toMatchObject({ status: 201 });
}

/** Resolves with the push that has these words: at this endpoint, or at any. */
function arrived(webpush: Sandbox['webpush'], words: string, endpoint: string | null = null) {
  return webpush.waitForAccepted(
    ({ text, token }) => text.includes(words) && (endpoint === null || token === endpoint),
    { timeoutMs: 60_000 },
  );
}

/** From the webhook to the browser, through the real process; the push service decrypts as the browser does. */
describeOnEachStore('Web Push', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    const yaml = await webPushYaml(fakes.sandbox.credentials.vapid);
    relay = await fakes.startRelay({ yaml, env: store.env() });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  async function subscribe(uid: string, applicationKey = fakes.sandbox.credentials.vapid.publicKey) {
    const subscription = fakes.sandbox.webpush.subscribe(applicationKey);
    await register(relay, uid, subscription);
    return subscription.endpoint;
  }

  it('brings a text to a browser, in the JSON that Safari and service workers read', async () => {
    await subscribe('carol');
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
    await postMessage(relay.url, {
      to: ['carol'],
      payload: { type: 1, content: 'Hello browser' },
    });
    const push = await arrived(fakes.sandbox.webpush, 'Hello browser');
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

  it('rings a phone through UnifiedPush, whose endpoint keeps its query', async () => {
    const { publicKey } = fakes.sandbox.credentials.vapid;
    const subscription = fakes.sandbox.webpush.subscribeByUnifiedPush(publicKey, 'upTopic1');
    await register(relay, 'frank', subscription, { platform: 'android' });
    await postMessage(relay.url, { to: ['frank'], payload: { type: 1, content: 'Hello distributor' } });
    const push = await arrived(fakes.sandbox.webpush, 'Hello distributor');
    expect(push.token).toMatch(/\/upTopic1\?up=1$/);
  });

  it('sends nothing to a subscription that has ended by its own expirationTime, and forgets it', async () => {
    const { publicKey } = fakes.sandbox.credentials.vapid;
    const subscription = fakes.sandbox.webpush.subscribe(publicKey);
    await register(relay, 'grace', { ...subscription, expirationTime: Date.now() - 1_000 });
    await register(relay, 'heidi', {
      ...fakes.sandbox.webpush.subscribe(publicKey),
      expirationTime: Date.now() + 3_600_000,
    });
    await postMessage(relay.url, { to: ['grace', 'heidi'], payload: { type: 1, content: 'Hello late' } });
    await eventually(
      () => api(relay.url, 'GET', '/users/grace/devices/browser'),
      ({ status }) => status === 404,
    );
    await arrived(fakes.sandbox.webpush, 'Hello late');
    expect(fakes.sandbox.webpush.accepted.map(({ token }) => token)).not.toContain(subscription.endpoint);
  });
});

describe('Web Push: the address of an endpoint', () => {
  it('is none of the relay’s own network, whatever its name is', async () => {
    await using fakes = await Fakes.start();
    const keys = fakes.sandbox.credentials.vapid;
    const yaml = (await webPushYaml(keys))
      .replace('allowed_hosts: [127.0.0.1]', 'allowed_hosts: [localhost]')
      .replace('allow_private_addresses: true', 'allow_private_addresses: false');
    await using relay = await fakes.startRelay({ yaml });
    const { keys: own } = fakes.sandbox.webpush.subscribe(keys.publicKey);
    await register(
      relay,
      'ivan',
      { endpoint: 'https://localhost/upTopic?up=1', keys: own },
      { platform: 'android' },
    );
    const { body } = await api(relay.url, 'POST', '/users/ivan/test-push');
    expect(body).toMatchObject({
      results: [
        { outcome: 'unavailable', reason: expect.stringContaining('none of the internet') as string },
      ],
    });
    const port = { endpoint: 'https://localhost:8443/upTopic?up=1', keys: own };
    expect(
      await api(relay.url, 'PUT', '/users/judy/devices/phone', { provider: 'webpush', subscription: port }),
    ).toMatchObject({ status: 400, body: { errors: [{ path: 'subscription.endpoint' }] } });
  });
});

describeOnEachStore(
  'Web Push: another pair of keys',
  (store) => {
    afterAll(closeConnections);

    it('keeps browsers of the old pair, whose pushes wait until it is named as previous', async () => {
      await using fakes = await Fakes.start();
      const [old, current] = [createVapidKeys(), createVapidKeys()];
      const dataDir = await temporaryDirectory();
      const start = async (yaml: string) => fakes.startRelay({ yaml, dataDir, env: store.env() });
      const { webpush } = fakes.sandbox;
      const text = (content: string) => ({ payload: { type: 1, content } });

      const before = await start(await webPushYaml(old));
      const subscription = webpush.subscribe(old.publicKey);
      await register(before, 'carol', subscription);
      await postMessage(before.url, { to: ['carol'], ...text('with the old pair') });
      await arrived(webpush, 'with the old pair');
      await before.stop();

      const alone = await start(await webPushYaml(current));
      await postMessage(alone.url, { to: ['carol'], ...text('between the pairs') });
      const refusal = await alone.logged(({ event }) => event === 'credential_paused');
      expect(refusal).toMatchObject({
        reason: expect.stringContaining('VapidPkHashMismatch') as string,
        fix: expect.stringContaining('previous') as string,
      });
      expect((await api(alone.url, 'GET', '/users/carol/devices/browser')).status).toBe(200);
      await alone.stop();

      const previous = `previous: {public_key: ${old.publicKey}, private_key: ${old.privateKey}}`;
      await using both = await start(await webPushYaml(current, [previous]));
      await arrived(webpush, 'between the pairs');
      const { body } = await api(both.url, 'GET', '/apps/default/webpush-key');
      expect(body).toEqual({ public_key: current.publicKey });
      const renewed = webpush.subscribe(current.publicKey);
      await register(both, 'dave', renewed);
      await postMessage(both.url, { to: ['carol', 'dave'], ...text('with both pairs') });
      for (const { endpoint } of [subscription, renewed]) await arrived(webpush, 'with both pairs', endpoint);
      await both.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
  },
  ['embedded', 'redis'],
);

describe('vapid-keys', () => {
  it.each([
    ['as YAML', [], (text: string) => text],
    ['as JSON', ['--json'], (text: string) => JSON.stringify(JSON.parse(text)).slice(1, -1)],
  ])('prints a pair %s that the relay starts with', async (_, args, read) => {
    const { code, stdout } = await runCommand(['vapid-keys', ...args]);
    expect(code).toBe(0);
    const names = /public_key"?: ?"?([\w-]{87})"?[,\n] ?"?private_key"?: ?"?([\w-]{43})/.exec(read(stdout));
    const [, publicKey = '', privateKey = ''] = names ?? [];
    expect(await check(await webPushYaml({ publicKey, privateKey }))).toMatchObject({ code: 0 });
  });

  it.each([
    ['a key that is none', 'public_key: short', /webpush\.public_key.*87 characters/],
    [
      'two keys of different pairs',
      `public_key: ${createVapidKeys().publicKey}`,
      /webpush\.public_key.*no pair/,
    ],
    ['a contact of nobody', 'subject: mailto:ops@relay.local', /webpush\.subject.*nobody's/],
    ['no contact', 'subject: null', /webpush\.subject.*is required/],
  ])('are refused at the start with %s', async (_, line, expected) => {
    const yaml = await webPushYaml(createVapidKeys());
    const [name = ''] = line.split(':');
    const { code, stderr } = await check(yaml.replace(new RegExp(`${name}: .+`), line));
    expect([code, stderr]).toEqual([2, expect.stringMatching(expected)]);
  });

  async function check(yaml: string) {
    const folder = await temporaryDirectory();
    const config = join(folder, 'relay.yaml');
    await writeFile(config, yaml);
    const env = { PROVIDERS: 'real', DATA_DIR: folder };
    return runInProcess(['check-config', '--config', config], { env });
  }
});
