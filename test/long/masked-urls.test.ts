import { generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';

const secret = 'MARKERsecret';

/** Each has the secret in another part, read by URL parsers or not. */
const urls = (scheme: string) => [
  `${scheme}://user:${secret}@127.0.0.1:1`,
  `${scheme}://${secret}:x@127.0.0.1:1`,
  `${scheme}://${secret}@127.0.0.1:1`,
  `${scheme}://user:a@${secret}@127.0.0.1:1`,
  `${scheme}://user:a/${secret}@127.0.0.1:1`,
  `${scheme}://user:a#${secret}@127.0.0.1:1`,
  `${scheme}://user:a?${secret}@127.0.0.1:1`,
  `${scheme}://user:%zz${secret}@127.0.0.1:1`,
  `${scheme}://127.0.0.1:1/${secret}`,
  `${scheme}://127.0.0.1:1?token=${secret}`,
  `${scheme}://127.0.0.1:1/x#${secret}`,
  `ftp://user:${secret}@127.0.0.1:1`,
  `user:${secret}@127.0.0.1:1`,
];

const asking = [
  ['send', 'alice', '--title', 'x'],
  ['devices', 'list', 'alice'],
  ['devices', 'remove', 'alice', 'phone'],
  ['dead-letters', 'list'],
  ['dead-letters', 'replay', '--all'],
  ['dead-letters', 'delete', '--all'],
];

describe('commands that ask a running relay', () => {
  it.each(urls('http'))('show nothing secret of %s', async (url) => {
    const ends = await Promise.all([
      runCommand(['devices', 'list', 'alice'], { env: { RELAY_URL: url } }),
      runCommand(['devices', 'list', 'alice', '--url', url]),
    ]);
    for (const { code, stdout, stderr } of ends) {
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/^(RELAY_URL|--url): expected http|^http:\/\/127\.0\.0\.1:1 cannot be reached/);
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  it.each(asking)('show no password: %s %s', async (...args) => {
    const env = { RELAY_URL: `http://user:${secret}@127.0.0.1:1` };
    const { code, stdout, stderr } = await runCommand(args, { env });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^RELAY_URL: expected http.*carries a user or a password/);
    expect(stderr).not.toContain(secret);
  });

  it.each([
    [{ RELAY_API_KEY: `${secret}\u0001` }, 'the API key: expected'],
    [{ RELAY_API_KEY: `${secret}é` }, 'the API key: expected'],
    [{ API_KEYS_FILE: secret }, 'API_KEYS_FILE: there is no such file; it takes the name of a file'],
    [{ PORT: `1@${secret}` }, 'PORT: expected'],
  ])('show no key that stands in the wrong place: %j', async (env: Record<string, string>, words) => {
    const { code, stderr } = await runCommand(['devices', 'list', 'alice'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain(secret);
  });
});

describe('commands that read the configuration', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryDirectory();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const variables = {
    REDIS_URL: urls('redis'),
    APNS_URL: urls('https').filter((url) => !/1\/M/.test(url)),
    FCM_URL: urls('https').filter((url) => !/1\/M/.test(url)),
    HTTPS_PROXY: urls('http'),
  };
  const rows = Object.entries(variables).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );

  it.each(rows)('check-config shows nothing secret of %s=%s', async (name, value) => {
    const env = { ...credential(), DATA_DIR: folder, [name]: value };
    const { stdout, stderr } = await runCommand(['check-config'], { env, cwd: folder });
    expect(stdout + stderr).not.toContain(secret);
  });

  it.each([['serve'], ['devices', 'export'], ['devices', 'import', 'none.ndjson']])(
    '%s %s shows no password of a wrong configuration',
    async (...args) => {
      const bad = {
        APNS_URL: `https://user:${secret}@127.0.0.1`,
        REDIS_URL: `redis://user:a/${secret}@127.0.0.1`,
      };
      const env = { ...credential(), DATA_DIR: folder, ...bad };
      const { code, stdout, stderr } = await runCommand(args, { env, cwd: folder });
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain(secret);
    },
  );
});

describe('a relay whose Redis and proxy are away', () => {
  it('shows no password in its log, readiness, metrics and answers', async () => {
    await using relay = await RelayProcess.start({
      env: {
        ...credential(),
        REDIS_URL: `redis://user:${secret}@127.0.0.1:1/0`,
        HTTPS_PROXY: `http://user:${secret}@127.0.0.1:1`,
        LOG_LEVEL: 'debug',
      },
    });
    const webhook = JSON.stringify([{ message_id: 1, from_uid: 'bob', channel_id: 'bob', channel_type: 1 }]);
    const answers = await Promise.all(
      [
        fetch(`${relay.url}/readyz`),
        fetch(`${relay.url}/metrics`),
        fetch(`${relay.url}/v1/users/alice/devices`),
        fetch(`${relay.url}/webhook?event=msg.offline`, { method: 'POST', body: webhook }),
      ].map(async (answer) => (await answer).text()),
    );
    await relay.logged(({ level }) => level === 'warn');
    expect(await relay.stop()).toBe(0);
    expect(answers.join() + JSON.stringify(relay.log)).not.toContain(secret);
  });

  it('shows no password of the proxy where a push goes through it', async () => {
    await using relay = await RelayProcess.start({
      env: { ...credential(), HTTPS_PROXY: `http://user:${secret}@127.0.0.1:1`, LOG_LEVEL: 'debug' },
    });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ provider: 'apns', token: 'ab'.repeat(32) });
    await fetch(`${relay.url}/v1/users/alice/devices/phone`, { method: 'PUT', headers, body });
    const tested = await fetch(`${relay.url}/v1/users/alice/test-push`, {
      method: 'POST',
      headers,
      body: '{}',
    });
    const answer = await tested.text();
    expect(answer).toContain('through proxy 127.0.0.1:1');
    expect(await relay.stop()).toBe(0);
    expect(answer + JSON.stringify(relay.log)).not.toContain(secret);
  });
});

function credential(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    APNS_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    APNS_KEY_ID: 'ABCDE12345',
    APNS_TEAM_ID: 'TEAM123456',
    APNS_TOPIC: 'com.example.app',
  };
}
