import { generateKeyPairSync } from 'node:crypto';
import { loadConfig } from './load-config';
import { problemLine, warningLine } from './problem';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem).toString();
const google = JSON.stringify({
  type: 'service_account',
  project_id: 'my-project',
  client_email: 'a@b.c',
  private_key: privateKey,
});
const huawei = JSON.stringify({ project_id: '1', key_id: 'k', private_key: privateKey, sub_account: '2' });

/** Each line that `check-config` prints, of a file named relay.yaml and of secret files. */
function said(yaml: string | null, env: Record<string, string> = {}, files: Record<string, string> = {}) {
  const all: Record<string, string> = { ...files, ...(yaml === null ? {} : { 'relay.yaml': yaml }) };
  const result = loadConfig({
    configPath: yaml === null ? null : 'relay.yaml',
    env,
    cwd: '/etc/relay',
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    readFile: (path) => {
      const content = all[path.replace('/etc/relay/', '')];
      if (content === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
      return Buffer.from(content);
    },
  });
  return [
    ...(result.ok ? [] : result.problems.map(problemLine)),
    ...result.warnings
      .filter(({ key }) => key !== 'providers.mode')
      .map((warning) => `warning: ${warningLine(warning)}`),
  ];
}

describe('a file that is typed with an input method', () => {
  const colon = 'write ":" instead of U+FF1A (：)';

  it.each([
    ['server：\n  port: 80', `/etc/relay/relay.yaml (relay.yaml:1): not valid YAML:  … ${colon}`],
    ['server:\n  host: h\n  port： 80', `/etc/relay/relay.yaml (relay.yaml:3): not valid YAML:  … ${colon}`],
    ['server:\n  port：80', 'server (relay.yaml:2):  … write "port: " with a colon and a space'],
    ['server:\n  host: “h”', 'server.host (relay.yaml:2):  … leave out the quotes around it'],
    ['server:\n  port: ８０', 'server.port (relay.yaml:2):  … write "8" instead of U+FF18 (８)'],
    ['server:\n  port: 80 ＃ c', 'server.port (relay.yaml:2):  … write "#" instead of U+FF03 (＃)'],
    ['webhook:\n  allow_from: [::1，::2]', 'webhook.allow_from[0]  … write "," instead of U+FF0C (，)'],
    ['server:\n　port: 80', '　port (relay.yaml:2): unknown key … write a space instead of U+3000'],
    ['server:\n  port:　80', 'server (relay.yaml:2):  … a space is missing after "port:"'],
  ])('%j', (yaml, expected) => {
    const [line = '', ...others] = said(yaml);
    const [start = '', end = ''] = expected.split(' … ');
    expect([line.slice(0, start.length), line.slice(-end.length), others]).toEqual([start, end, []]);
  });

  it('names the separator in a list of secrets, and shows none of them', () => {
    expect(said(null, { API_KEYS: 'hunter2hunter2hunter2、hunter3hunter3' })).toEqual([
      'api.keys[0] (API_KEYS): expected printable ASCII without spaces; write "," instead of U+3001 (、)',
    ]);
  });

  it('takes such characters in texts for people', () => {
    expect(said('apps: {default: {display_name: 消息：你好}}')).toEqual([]);
  });
});

describe('a file that is no YAML', () => {
  it.each([
    ['server:\n\tport: 80', 'a tab indents this line; use spaces'],
    [
      'server:\n  port: 1\n  port: 2',
      'this key is already set in the same mapping; leave out one of the two',
    ],
    [
      'server:\n  port: 1\n---\nlog:\n  level: info',
      'a second document begins here, and the relay reads only one; remove the line ---',
    ],
    [
      'server:\n  host: h\n   port: 80',
      'the line has two keys, or is not indented as its neighbors; a value with ": " in it needs quotes',
    ],
    ['{"server": {"port": 80} // all\n}', 'a comment begins with #, not with //'],
    [
      'apps:\n  default:\n    apns:\n      key: |\n-----BEGIN PRIVATE KEY-----\nhunter2\n',
      'each line of a PEM text must be indented below its key',
    ],
  ])('%j', (yaml, expected) => {
    expect(said(yaml)).toEqual([expect.stringContaining(`not valid YAML: ${expected}`)]);
  });

  it('is told from a file of variables', () => {
    expect(said('PORT=80\nAPI_KEYS=hunter2\n')).toEqual([
      '/etc/relay/relay.yaml (relay.yaml): expected a mapping of sections; this looks like a file of environment variables (NAME=value)',
    ]);
  });

  it.each(['server：\n  port: 80', null])('is not blamed for keys that it may set (%j)', (yaml) => {
    const result = loadConfig({
      configPath: 'relay.yaml',
      env: { HOST: '0.0.0.0', PORT: 'http' },
      cwd: '/',
      clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
      readFile: () => {
        if (yaml === null) throw Object.assign(new Error('none'), { code: 'ENOENT' });
        return Buffer.from(yaml);
      },
    });
    expect([result.ok ? [] : result.problems.map(({ key }) => key), result.warnings]).toEqual([
      ['/relay.yaml', 'server.port'],
      [],
    ]);
  });
});

describe('a key that is not where it belongs', () => {
  it.each([
    ['port: 80', 'port (relay.yaml:1): unknown key; did you mean server.port or server.admin.port?'],
    ['server:\n  secrets: [a]', 'server.secrets (relay.yaml:2): unknown key; did you mean webhook.secrets?'],
    [
      'server:\n  data_dir: d',
      'server.data_dir (relay.yaml:2): unknown key; did you mean data_dir (not in a section)?',
    ],
    [
      'apns:\n  topic: a.b',
      'apns (relay.yaml:1): unknown key; did you mean apps.NAME.apns or providers.apns?',
    ],
    [
      'apps:\n  apns:\n    key_id: ABC123DEFG',
      'apps.apns.key_id (relay.yaml:3): unknown key; did you mean apps.NAME.apns.key_id?',
    ],
    ['keys_file: k', 'keys_file (relay.yaml:1): unknown key; did you mean api.keys_file?'],
    ['webhook:\n  secret: s', 'webhook.secret (relay.yaml:2): unknown key; did you mean secrets?'],
    [
      'LOG_LEVEL: info',
      'LOG_LEVEL (relay.yaml:1): unknown key; this is an environment variable; in the file, the key is log.level',
    ],
    [
      'API_KEYS_FILE: k',
      'API_KEYS_FILE (relay.yaml:1): unknown key; this is an environment variable; in the file, the key is api.keys_file',
    ],
    ['log: debug', 'log (relay.yaml:1): expected a mapping; known here: level'],
    [
      'log:\n  level=debug',
      'log (relay.yaml:2): expected a mapping; write "level: " with a colon and a space',
    ],
    ['apps:\n  - name: default', 'apps (relay.yaml:2): expected a mapping, got a list'],
    ['data_dir: ""', 'data_dir (relay.yaml:1): expected a directory; this one is blank'],
    [
      'redis: {sentinels: [], sentinel_name: a}',
      'redis.sentinels (relay.yaml:1): expected at least one item, and this holds none (only separators or blanks, or variables that are not set); leave the key out to set nothing',
    ],
  ])('%j', (yaml, expected) => {
    expect(said(yaml)).toEqual([expected]);
  });

  it.each([
    ['DATADIR', 'DATA_DIR'],
    ['loglevel', 'LOG_LEVEL'],
  ])('%s is taken for %s', (name, meant) => {
    expect(said(null, { [name]: 'x' })).toEqual([
      `warning: ${name}: this environment variable is not read; did you mean ${meant}?`,
    ]);
  });
});

describe('a path that only a shell expands', () => {
  it.each([
    ['data_dir: ~/relay', '~ is'],
    ['data_dir: $HOME/relay', 'variables are'],
    ['data_dir: "${HOME}/relay"', 'variables are'],
    ['api: {keys_file: ~/keys}', '~ is'],
  ])('%s', (yaml, what) => {
    expect(said(yaml)).toEqual([expect.stringContaining(`write the whole path: ${what} not expanded here`)]);
  });

  it('may have a tilde elsewhere', () => {
    expect(said('data_dir: ./a~b')).toEqual([]);
  });
});

describe('a line of an env file as a value', () => {
  const expected = 'expected the value alone, without WEBHOOK_SECRET=';

  it.each([
    [null, { WEBHOOK_SECRET: 'WEBHOOK_SECRET=hunter2hunter2hunter2' }, 'WEBHOOK_SECRET'],
    [null, { WEBHOOK_SECRET_FILE: 'env' }, 'WEBHOOK_SECRET_FILE'],
    ['webhook: {secrets_file: env}', {}, 'webhook.secrets_file'],
  ])('%j %j', (yaml, env: Record<string, string>, source) => {
    const files = { env: 'export WEBHOOK_SECRET=hunter2hunter2hunter2\n' };
    const [first, ...others] = said(yaml, env, files);
    expect(first).toMatch(new RegExp(`^webhook\\.secrets \\(${source}[^)]*\\): ${expected}$`));
    expect(others).toEqual([]);
  });
});

describe("another provider's file", () => {
  it.each([
    ['harmony', google, 'this is a Google service account, which belongs in fcm.service_account_file'],
    ['fcm', huawei, 'this is a Huawei service account, which belongs in harmony.service_account_file'],
    ['harmony', '{"agcgw": {}}', 'this is agconnect-services.json, which is for the app, not for servers'],
    ['fcm', '{"agcgw": {}}', 'this is agconnect-services.json, which is for the app, not for servers'],
    ['harmony', privateKey, 'this is an RSA private key'],
  ])('%s', (provider, content, expected) => {
    const yaml = `apps: {default: {${provider}: {service_account_file: account}}}`;
    expect(said(yaml, {}, { account: content })).toEqual([expect.stringContaining(expected)]);
  });
});
