import { listKeys } from './key-table';
import { loadConfig } from './load-config';
import { problemLine, warningLine } from './problem';

/** Each key that holds a list, with a value that it takes. */
const lists: Readonly<Record<string, string>> = {
  'webhook.secrets': 'a-long-webhook-secret',
  'webhook.allow_from': '10.0.0.0/8',
  'webhook.forward.[].events': 'msg.notify',
  'webhook.forward.[].answers': 'msg.before_send',
  'api.keys': 'a-very-long-server-key',
  'api.cors_origins': 'https://chat.example.com',
  'api.user_tokens.algorithms': 'HS256',
  'server.trusted_proxies': 'loopback',
  'content.system_uids': '____system',
  'content.image_hosts': 'img.example.com',
  'redis.url': 'redis://cache:6379',
  'redis.sentinels': 's1:26379',
  'apps.NAME.apns.environments': 'production',
  'apps.NAME.webpush.allowed_hosts': 'push.example.com',
  'content.data_fields': 'order.id',
  'content.call_types': '9990',
  'presence.mobile_flags': '0',
  'content.call_commands': 'room.invoke',
};

/** The whole file, where a list needs other keys. */
const beside: Readonly<Record<string, object>> = {
  'redis.sentinels': { redis: { sentinel_name: 'main', sentinels: lists['redis.sentinels'] } },
  'api.user_tokens.algorithms': {
    api: { keys: lists['api.keys'], user_tokens: { secret: 's3cret-'.repeat(5), algorithms: 'HS256' } },
  },
};

/** What stands where something was meant, and is nothing. */
const nothings = [
  ...[',', ',,', ' , ', ',\n,', '\n\n', '\r\n', '\t', ' ', ';', '; ;', '|', '，', '、', '\u00A0', '\u3000'],
  ...['\uFEFF', '\uFEFF,', '\u200B', '\u200B,\u200B', '\u2060', '\u00AD', '\u2800', '\u3164', '\u202E'],
  ...['""', "''", '"",""', '"', "','", '``', '“”'],
  ...['${KEY_A}', '${KEY_A},${KEY_B}', '$KEY', '$(KEY)', '{{ .Values.keys }}', '%API_KEYS%', '<your key>'],
  ...['#', '# no keys yet', '# one\n# two', '-', '--', '[]', '{}', '.', '*'],
];

interface Way {
  readonly yaml?: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

function load({ yaml, env = {}, files = {} }: Way) {
  const all: Record<string, string> = { ...files, ...(yaml === undefined ? {} : { '/relay.yaml': yaml }) };
  return loadConfig({
    configPath: yaml === undefined ? null : '/relay.yaml',
    env: { PROVIDERS: 'sandbox', ...env },
    cwd: '/',
    clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => Date.UTC(2026, 0, 1) },
    readFile: (path) => Buffer.from(all[path] ?? ''),
  });
}

/** `{a: {b: value}}` as JSON, which is YAML. */
function yamlOf(path: readonly string[], value: unknown): string {
  const wrap = (inner: unknown, name: string): unknown =>
    name === '[]' ? [{ url: 'http://receiver/', ...(inner as object) }] : { [name]: inner };
  return JSON.stringify(path.reduceRight<unknown>(wrap, value));
}

const keys = listKeys().filter(({ path }) => Object.hasOwn(lists, path.join('.')));

describe('the lists of the configuration', () => {
  it('are all here', () => {
    const found = listKeys().filter(({ schema }) => {
      const result = schema.safeParse('\n');
      return (
        !result.success && result.error.issues.some(({ message }) => message.startsWith('at least one item'))
      );
    });
    expect(found.map(({ path }) => path.join('.')).sort()).toEqual(Object.keys(lists).sort());
  });

  it.each(keys.map((entry) => [entry.path.join('.'), entry] as const))(
    '%s: set to nothing, it is an error in every way in, on every host',
    (name, entry) => {
      const path = entry.path.map((part) => (part === 'NAME' ? 'default' : part));
      const key = path.join('.').replace('.[]', '[0]');
      const ways = nothings.flatMap((nothing): Way[] => [
        { yaml: yamlOf(path, nothing) },
        { yaml: yamlOf(path, [nothing]) },
        { yaml: yamlOf(path, [nothing, nothing]) },
        ...(entry.env === undefined ? [] : [{ env: { [entry.env]: nothing } }]),
        ...(entry.env === undefined || entry.secret !== true
          ? []
          : [
              { env: { [`${entry.env}_FILE`]: '/list' }, files: { '/list': nothing } },
              { env: { [`${entry.env}_FILE`]: '/list' }, files: { '/list': `\uFEFF${nothing}\r\n` } },
            ]),
      ]);
      ways.push({ yaml: yamlOf(path, []) }, { yaml: yamlOf(path, [null]) }, { yaml: yamlOf(path, [[]]) });
      for (const [at, way] of ways.entries()) {
        for (const host of at < 10 ? ['127.0.0.1', '0.0.0.0'] : ['127.0.0.1']) {
          const result = load({ ...way, env: { HOST: host, ...way.env } });
          const lines = result.ok ? [] : result.problems.map(problemLine);
          if (!lines.some((line) => line.startsWith(key)))
            throw new Error(`${name}: ${JSON.stringify(way)} on ${host}: ${lines.join(' / ')}`);
        }
      }
      // The value itself is taken in each of these ways.
      const good = lists[name] ?? '';
      const rest = beside[name];
      expect(load({ yaml: rest === undefined ? yamlOf(path, good) : JSON.stringify(rest) })).toMatchObject({
        ok: true,
      });
    },
  );

  it('lets nobody in without a secret on a public host, whatever the two lists are', () => {
    const all = [...nothings, ''];
    for (const [at, secret] of all.entries()) {
      for (const key of [secret, '', all[(at + 7) % all.length] ?? '']) {
        const result = load({ env: { HOST: '0.0.0.0', WEBHOOK_SECRET: secret, API_KEYS: key } });
        expect(result.ok).toBe(false);
      }
    }
  });

  it('says on loopback that an empty variable counts as not set', () => {
    const result = load({ env: { API_KEYS: '', WEBHOOK_SECRET_FILE: '' } });
    expect(result.ok && result.warnings.map(({ key }) => key)).toEqual(['WEBHOOK_SECRET_FILE', 'API_KEYS']);
  });

  it('says on every host that an address list left empty keeps nobody out', () => {
    const env = {
      HOST: '0.0.0.0',
      WEBHOOK_SECRET: 'a-long-webhook-secret',
      API_KEYS: 'a-very-long-server-key',
    };
    const said = (way: Way) => load({ ...way, env: { ...env, ...way.env } }).warnings.map(warningLine);
    expect(said({ env: { WEBHOOK_ALLOW_FROM: '' } })).toEqual([
      'WEBHOOK_ALLOW_FROM: this variable is set and empty, which counts as not set',
    ]);
    for (const nothing of ['', ' ~', ' null', '\n    # - 10.0.0.0/8'])
      expect(said({ yaml: `webhook:\n  allow_from:${nothing}\n` })).toEqual([
        'webhook.allow_from (relay.yaml:2): this key is set and empty, which counts as not set',
      ]);
    expect(said({ yaml: 'webhook: {allow_from: }', env: { WEBHOOK_ALLOW_FROM: '10.0.0.0/8' } })).toEqual([]);
  });

  it.each([
    ...['webhook.secrets', 'webhook.secrets_file', 'api.keys', 'api.keys_file', 'server.trusted_proxies'],
    ...['api.user_tokens.issuer', 'api.user_tokens.audience', 'api.user_tokens.algorithms'],
    ...['resolver.secret', 'resolver.secret_file', 'feedback.secret', 'feedback.secret_file'],
  ])('says that %s is left empty', (name) => {
    const parts = name.split('.');
    const yaml = parts.map((part, depth) => `${'  '.repeat(depth)}${part}:\n`).join('');
    expect(load({ yaml }).warnings.map(warningLine)).toEqual([
      `${name} (relay.yaml:${String(parts.length)}): this key is set and empty, which counts as not set`,
    ]);
  });
});

it('says that a secret of user tokens is one character over and over', () => {
  const api = { keys: lists['api.keys'], user_tokens: { secret: 'a'.repeat(32) } };
  expect(load({ yaml: JSON.stringify({ api }) }).warnings.map(warningLine)).toEqual([
    'api.user_tokens.secret: a secret has fewer than 4 different characters and can be guessed',
  ]);
});

describe('addresses that hold everyone', () => {
  const everyone = [
    '0.0.0.0/0',
    '1.2.3.4/0',
    '::/0',
    '0.0.0.0/1,128.0.0.0/1',
    '::ffff:0:0/96',
    '::ffff:1.2.3.4/96',
    '2000::/3',
    '::/1,8000::/1',
  ];
  const few = [
    '10.0.0.0/8',
    '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16',
    'fc00::/7',
    'fe80::/10',
    '2001:db8::/32',
    '127.0.0.1',
    '::1',
    '203.0.113.0/24',
  ];
  const env = (addresses: string) => ({
    HOST: '0.0.0.0',
    API_KEYS: 'a-very-long-server-key',
    WEBHOOK_ALLOW_FROM: addresses,
  });

  it.each(everyone)('%s is no authentication', (addresses) => {
    const result = load({ env: env(addresses) });
    expect(result.ok ? [] : result.problems.map(({ key }) => key)).toEqual(['webhook.secrets']);
    const withSecret = load({ env: { ...env(addresses), WEBHOOK_SECRET: 'a-long-webhook-secret' } });
    expect(withSecret.ok && withSecret.warnings.map(({ key }) => key)).toEqual(['webhook.allow_from']);
  });

  it.each(few)('%s is one', (addresses) => {
    expect(load({ env: env(addresses) })).toMatchObject({ ok: true, warnings: [] });
  });

  it('an allowed address is worth nothing where everyone may claim it', () => {
    const yaml = 'server: {trusted_proxies: [0.0.0.0/0]}';
    const result = load({ yaml, env: env('10.0.0.0/8') });
    expect(result.ok ? [] : result.problems.map(({ key }) => key)).toEqual(['webhook.secrets']);
  });
});
