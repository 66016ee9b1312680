import { generateKeyPairSync } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  api,
  closeConnections,
  eventually,
  messageBody,
  registerApns,
  registerFcm,
  send,
} from '../helpers/client';
import { apiKey, Fakes, webhookSecret } from '../helpers/fakes';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';

const otherKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

describe('SIGHUP', () => {
  let fakes: Fakes;
  let folder: string;
  beforeAll(async () => {
    fakes = await Fakes.start();
  });
  beforeEach(async () => {
    folder = await temporaryDirectory();
  });
  afterEach(async () => {
    fakes.sandbox.apns.reset();
    await rm(folder, { recursive: true });
  });
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  const write = (name: string, content: string) => writeFile(join(folder, name), content);

  /** A relay whose secrets and credentials are files, which a test can replace. */
  async function start(yaml: string, apnsKey = fakes.env['APNS_KEY'] ?? ''): Promise<RelayProcess> {
    const {
      APNS_KEY: _,
      FCM_SERVICE_ACCOUNT: account = '',
      WEBHOOK_SECRET: __,
      API_KEYS: ___,
      ...env
    } = fakes.env;
    await Promise.all([
      write('key.p8', apnsKey),
      write('account.json', account),
      write('secrets', webhookSecret),
      write('keys', apiKey),
      write('relay.yaml', yaml),
    ]);
    const file = (name: string) => join(folder, name);
    return RelayProcess.start({
      env: {
        ...env,
        APNS_KEY_FILE: file('key.p8'),
        FCM_SERVICE_ACCOUNT_FILE: file('account.json'),
        WEBHOOK_SECRET_FILE: file('secrets'),
        API_KEYS_FILE: file('keys'),
        RELAY_CONFIG: file('relay.yaml'),
      },
    });
  }

  async function reload(relay: RelayProcess): Promise<Record<string, unknown>> {
    const from = relay.log.length;
    const isEnd = ({ event }: Record<string, unknown>) =>
      event === 'config_reloaded' || event === 'config_reload_refused';
    relay.signal('SIGHUP');
    return relay.logged((line) => relay.log.indexOf(line) >= from && isEnd(line));
  }

  const webhook = (relay: RelayProcess, secret: string, to = 'nobody') =>
    send(relay.url, {
      method: 'POST',
      path: `/webhook/${secret}?event=msg.offline`,
      body: messageBody({ to: [to] }),
    });
  const accepted = (count: number) =>
    eventually(
      async () => fakes.sandbox.apns.accepted.length,
      (found) => found === count,
    );

  it('takes new secrets, keys and log level, and says what waits for a restart', async () => {
    await using relay = await start('log: {level: info}\nserver: {keep_alive_timeout_seconds: 100}\n');
    await write('secrets', 'a-second-webhook-secret,a-third-webhook-secret');
    await write('keys', 'a-second-key-of-the-api');
    await write('relay.yaml', 'log: {level: debug}\nserver: {keep_alive_timeout_seconds: 90}\n');
    expect(await reload(relay)).toMatchObject({
      level: 'info',
      changed: ['log.level', 'webhook.secrets', 'api.keys'],
    });
    expect(await relay.logged(({ keys }) => keys !== undefined)).toMatchObject({
      level: 'warn',
      keys: ['server'],
    });
    expect((await webhook(relay, webhookSecret)).status).toBe(401);
    expect((await webhook(relay, 'a-third-webhook-secret')).status).toBe(200);
    const call = (key: string) =>
      api(relay.url, 'GET', '/dead-letters', undefined, { authorization: `Bearer ${key}` });
    expect((await call(apiKey)).status).toBe(401);
    expect((await call('a-second-key-of-the-api')).status).toBe(200);
    await relay.logged(({ level, event }) => level === 'debug' && event === 'api_request');
  });

  it('pushes with the new credentials, and ends what is in flight with the old ones', async () => {
    await using relay = await start('', otherKey());
    await registerApns(relay.url, 'carol');
    await registerFcm(relay.url, 'carol');
    await write('key.p8', fakes.env['APNS_KEY'] ?? '');
    expect(await reload(relay)).toMatchObject({ level: 'info', changed: ['apps.default.apns'] });
    fakes.sandbox.apns.latencyMs = 500;
    await webhook(relay, webhookSecret, 'carol');
    await eventually(
      async () => fakes.sandbox.apns.counts.openStreams,
      (open) => open === 1,
    );
    await write('key.p8', otherKey());
    expect(await reload(relay)).toMatchObject({ level: 'info', changed: ['apps.default.apns'] });
    await accepted(1);
    fakes.sandbox.apns.latencyMs = 0;
    await webhook(relay, webhookSecret, 'carol');
    await relay.logged(
      ({ reason, level }) => level !== 'info' && String(reason).includes('InvalidProviderToken'),
    );
    expect(await reload(relay)).toMatchObject({ level: 'info', changed: [] });
    expect(fakes.sandbox.apns.accepted).toHaveLength(1);
  });

  it('asks at once with a credential that replaces a refused one, and what waited goes out', async () => {
    await using relay = await start('', otherKey());
    await registerApns(relay.url, 'carol');
    await webhook(relay, webhookSecret, 'carol');
    // The message itself, and the first probe: the next one would come a minute later.
    await eventually(
      async () => fakes.sandbox.apns.counts.rejected['InvalidProviderToken'] ?? 0,
      (refusals) => refusals >= 2,
    );
    await write('key.p8', fakes.env['APNS_KEY'] ?? '');
    expect(await reload(relay)).toMatchObject({ level: 'info', changed: ['apps.default.apns'] });
    await accepted(1);
    await relay.logged(({ event }) => event === 'credential_resumed');
  });

  it.each([
    ['a broken key', 'key.p8', 'no key', /apps\.default\.apns\.key \(APNS_KEY_FILE=/],
    ['a broken file', 'relay.yaml', 'server: {prot: 1}', /server\.prot .*did you mean port/],
    ['an empty file of secrets', 'secrets', '', /webhook\.secrets \(WEBHOOK_SECRET_FILE=.*the file is empty/],
    ['a key that no header can hold', 'keys', 'a key with blanks in it', /api\.keys/],
  ])('refuses %s, and goes on with what it has', async (_, name, content, problem) => {
    await using relay = await start('');
    await write('secrets', 'another-webhook-secret');
    await write(name, content);
    expect(await reload(relay)).toMatchObject({ level: 'error', problems: [expect.stringMatching(problem)] });
    expect((await webhook(relay, webhookSecret)).status).toBe(200);
    expect((await webhook(relay, 'another-webhook-secret')).status).toBe(401);
    expect(JSON.stringify(relay.log)).not.toContain('another-webhook-secret');
  });

  it('keeps the last secret: without any, the address that it listens on would be open', async () => {
    const yaml = 'webhook: {secrets: [a-webhook-secret-of-the-file]}\n';
    await write('relay.yaml', yaml);
    await using relay = await RelayProcess.start({ env: { RELAY_CONFIG: join(folder, 'relay.yaml') } });
    await write('relay.yaml', 'server: {port: 0}\n');
    expect(await reload(relay)).toMatchObject({
      level: 'error',
      problems: ['webhook.secrets: the last one can be removed by a restart only'],
    });
    expect((await webhook(relay, 'wrong')).status).toBe(401);
    expect((await webhook(relay, 'a-webhook-secret-of-the-file')).status).toBe(200);
  });

  it('comes in any number, also while the relay stops', async () => {
    await using relay = await start('');
    for (let count = 0; count < 20; count += 1) relay.signal('SIGHUP');
    await relay.logged(({ event }) => event === 'config_reloaded');
    relay.signal('SIGTERM');
    relay.signal('SIGHUP');
    expect(await relay.exit()).toBe(0);
  });
});
