import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import type { LoadResult } from './load-config';
import { loadConfig } from './load-config';
import { maskedYaml } from './masked-config';
import { problemLine, warningLine } from './problem';

const p8 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const serviceAccount = JSON.stringify({
  type: 'service_account',
  project_id: 'my-project',
  client_email: 'relay@my-project.iam.gserviceaccount.com',
  private_key: rsa,
  private_key_id: 'abc',
  token_uri: 'https://oauth.example.com/token',
});

interface Given {
  readonly yaml?: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string | Buffer>;
}

function load({ yaml, env = {}, files = {} }: Given): LoadResult {
  const all: Record<string, string | Buffer> = {
    ...files,
    ...(yaml === undefined ? {} : { '/etc/relay/relay.yaml': yaml }),
  };
  return loadConfig({
    configPath: yaml === undefined ? null : '/etc/relay/relay.yaml',
    env,
    cwd: '/srv',
    clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => Date.UTC(2026, 0, 1) },
    readFile: (path) => {
      const content = all[path];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return Buffer.from(content);
    },
  });
}

function good(given: Given) {
  const result = load(given);
  if (!result.ok) throw new Error(result.problems.map(problemLine).join('\n'));
  return result;
}

function problems(given: Given): string[] {
  const result = load(given);
  return result.ok ? [] : result.problems.map(problemLine);
}

const token = {
  APNS_KEY: p8,
  APNS_KEY_ID: 'ABCDE12345',
  APNS_TEAM_ID: 'TEAM123456',
  APNS_TOPIC: 'com.example.app',
};

describe('defaults', () => {
  it('starts from nothing on loopback with the sandbox and says so', () => {
    const { config, warnings } = good({});
    expect(config.server).toEqual({
      host: '127.0.0.1',
      port: 8080,
      descriptor: null,
      grpcPort: null,
      admin: null,
      allowUnauthenticated: false,
      trustedProxies: [],
      keepAliveTimeoutMs: 120_000,
      drainMs: 25_000,
    });
    expect(config.store).toEqual({ kind: 'embedded' });
    expect(config.dataDir).toBe('/srv/data');
    expect(config.providersMode).toBe('sandbox');
    expect(
      config.apps.map(({ name, apns, fcm }) => [name, apns?.credential.kind, fcm?.credential.kind]),
    ).toEqual([['default', 'sandbox', 'sandbox']]);
    expect(warnings.map(warningLine)).toEqual([expect.stringMatching(/^providers\.mode: no credential/)]);
  });

  it('freezes the whole configuration', () => {
    const { config } = good({});
    expect(Object.isFrozen(config.delivery.retry.throttled.floorMs)).toBe(true);
    expect(Object.isFrozen(config.apps)).toBe(true);
  });

  it('treats an empty file, an empty section and an empty variable as not set', () => {
    expect(good({ yaml: '' }).config.server.port).toBe(8080);
    expect(good({ yaml: 'server:\nwebhook: {}\napps:\n' }).config.server.port).toBe(8080);
    expect(good({ env: { PORT: '', REDIS_URL: '' } }).config.store.kind).toBe('embedded');
  });
});

describe('sources', () => {
  it('lets the environment win over the file', () => {
    const { config } = good({ yaml: 'server: {port: 9000, host: 127.0.0.2}', env: { PORT: '9001' } });
    expect([config.server.host, config.server.port]).toEqual(['127.0.0.2', 9001]);
  });

  it('takes the file from RELAY_CONFIG', () => {
    const result = loadConfig({
      configPath: null,
      env: { RELAY_CONFIG: 'relay.yaml' },
      cwd: '/srv',
      clock: { now: () => 0, monotonicMs: () => 0 },
      readFile: (path) => Buffer.from(path === '/srv/relay.yaml' ? 'server: {port: 1}' : ''),
    });
    expect(result.ok && result.config.server.port).toBe(1);
  });

  it('reads secrets from the files that the _FILE variables name', () => {
    const { config } = good({
      env: { WEBHOOK_SECRET_FILE: '/run/secrets/hook', API_KEYS_FILE: 'keys' },
      files: {
        '/run/secrets/hook': 'first-secret, second-secret\n',
        '/srv/keys': 'a-long-enough-key-1\na-long-enough-key-2\n',
      },
    });
    expect(config.webhook.secrets.map((secret) => secret.reveal())).toEqual([
      'first-secret',
      'second-secret',
    ]);
    expect(config.api.keys.map((key) => key.reveal())).toEqual([
      'a-long-enough-key-1',
      'a-long-enough-key-2',
    ]);
  });

  it('reads YAML twins relative to the YAML file, and data_dir too', () => {
    const yaml = `
data_dir: state
apps:
  default:
    apns: {key_file: keys/apns.p8, key_id: ABCDE12345, team_id: TEAM123456, topic: com.example.app}
`;
    const { config } = good({ yaml, files: { '/etc/relay/keys/apns.p8': p8 } });
    expect(config.dataDir).toBe('/etc/relay/state');
    expect(config.apps[0]?.apns?.credential.kind).toBe('token');
    expect(
      good({ yaml, env: { DATA_DIR: 'state' }, files: { '/etc/relay/keys/apns.p8': p8 } }).config.dataDir,
    ).toBe('/srv/state');
  });

  it('lets a variable replace the file twin of the YAML', () => {
    const yaml = 'webhook: {secrets_file: gone.txt}';
    expect(problems({ yaml })).toEqual([
      'webhook.secrets (webhook.secrets_file=/etc/relay/gone.txt): there is no such file',
    ]);
  });

  it('refuses a variable together with its twin, and a key together with its twin', () => {
    expect(problems({ env: { API_KEYS: 'x', API_KEYS_FILE: '/f' } })).toEqual([
      'api.keys (API_KEYS, API_KEYS_FILE): both are set; leave out API_KEYS or API_KEYS_FILE',
    ]);
    expect(problems({ yaml: 'api: {keys: [a], keys_file: b}', files: { '/etc/relay/b': 'c' } })[0]).toMatch(
      /both are set/,
    );
  });

  it('names the key and the file when a secret cannot be read', () => {
    expect(problems({ env: { ...token, APNS_KEY: '', APNS_KEY_FILE: '/run/secrets/p8' } })).toContain(
      'apps.default.apns.key (APNS_KEY_FILE=/run/secrets/p8): there is no such file',
    );
  });
});

describe('problems', () => {
  it('reports all of them at once, by key, with where they stand', () => {
    const found = problems({
      yaml: `server:
  port: http
  host: "300.1.2.3"
webhok: {}
delivery:
  max_aeg: 6h
  max_age: soon
webhook:
  allow_from: [10.0.0.0/33, 10.0.0.1]
`,
      env: { LOG_LEVEL: 'loud', APNS_KEY: 'nonsense', APNS_KEY_ID: 'short', APNS_TEAM_ID: 'TEAM123456' },
    });
    expect(found).toEqual([
      'webhok (relay.yaml:4): unknown key; did you mean webhook?',
      'server.host (relay.yaml:3): expected an IP address or a host name, without port or scheme, got "300.1.2.3"',
      'server.port (relay.yaml:2): expected a whole number from 0 to 65535, got "http"',
      'webhook.allow_from[0] (relay.yaml:9): expected an IP address or a CIDR like 10.0.0.0/8, got "10.0.0.0/33"',
      expect.stringMatching(
        /^apps\.default\.apns\.key \(APNS_KEY\): expected the content of Apple's \.p8 file/,
      ),
      expect.stringMatching(
        /^apps\.default\.apns\.key_id \(APNS_KEY_ID\): expected the key id.*10 capital letters and digits, got "short"$/,
      ),
      expect.stringMatching(/^delivery\.max_age \(relay\.yaml:7\): expected seconds .* got "soon"$/),
      'delivery.max_aeg (relay.yaml:6): unknown key; did you mean max_age?',
      expect.stringMatching(/^log\.level \(LOG_LEVEL\): expected one of fatal, .* got "loud"$/),
      'apps.default.apns.topic: is required (APNS_TOPIC), because key is set',
    ]);
  });

  it('never shows a secret, nor a line of a broken file', () => {
    const found = problems({
      yaml: 'api:\n  keys: ["s3cret',
      env: { APNS_KEY: 's3cret-key', WEBHOOK_SECRET: 's3cret\u0001' },
    });
    expect(found.join('\n')).not.toContain('s3cret');
    expect(found[0]).toMatch(
      /^\/etc\/relay\/relay\.yaml \(relay\.yaml:\d+\): not valid YAML: Missing closing "quote$/,
    );
  });

  it('says which file is missing', () => {
    expect(problems({ env: { RELAY_CONFIG: 'none.yaml' } })).toEqual([
      '/srv/none.yaml (RELAY_CONFIG): there is no such file',
    ]);
  });

  it('survives hostile YAML', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d]\n`;
    expect(problems({ yaml: bomb })[0]).toMatch(/fewer YAML aliases/);
    expect(problems({ yaml: '__proto__: {polluted: true}' })[0]).toMatch(/unknown key/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(problems({ yaml: '- a\n- b' })[0]).toMatch(/a mapping of sections/);
    expect(problems({ yaml: 'server: 5' })).toEqual([
      expect.stringMatching(/^server \(relay\.yaml:1\): expected a mapping; known here: host, port, /),
    ]);
    expect(problems({ yaml: 'apps: {default: {apns: 5}}' })[0]).toMatch(
      /^apps\.default\.apns .*expected a mapping/,
    );
    expect(problems({ yaml: 'server: {port: 1, port: 2}' })[0]).toMatch(
      /not valid YAML: this key is already set in the same mapping; leave out one of the two$/,
    );
  });

  it('warns of variables that look mistyped', () => {
    const { warnings } = good({
      env: { API_KEY: 'x', WEBHOOK_SECRETS: 'y', HOME: '/root', PATH: '/bin', REDIS_PORT: '6379' },
    });
    expect(warnings.map(warningLine)).toEqual([
      'API_KEY: this environment variable is not read; did you mean API_KEYS?',
      'WEBHOOK_SECRETS: this environment variable is not read; did you mean WEBHOOK_SECRET?',
      expect.stringContaining('providers.mode'),
    ]);
  });
});

describe('values', () => {
  it('reads durations and sizes as numbers of their unit or as text', () => {
    const { config } = good({
      yaml: `
delivery: {max_age: 2h, claim_seconds: 1m, inbox_block_ms: 1s}
webhook: {max_body_bytes: 1MiB, max_inflight_bytes: 2097152}
devices: {expire_after: 30d}
`,
    });
    expect(config.delivery.maxAgeMs).toBe(7_200_000);
    expect(config.delivery.claim.durationMs).toBe(60_000);
    expect(config.delivery.inbox.blockMs).toBe(1000);
    expect(config.webhook.maxBodyBytes).toBe(1_048_576);
    expect(config.webhook.maxInflightBytes).toBe(2_097_152);
    expect(config.devices.expireAfterMs).toBe(30 * 86_400_000);
  });

  it('refuses durations that a timer cannot wait for', () => {
    expect(problems({ yaml: 'delivery: {probe_interval_seconds: 60d}' })[0]).toMatch(/from 1 to 2147483/);
  });

  it('bounds the Android channel by bytes, because it takes its share of a message', () => {
    const yaml = (id: string) => `apps: {default: {fcm: {android_channel_id: ${id}}}}`;
    expect(problems({ yaml: yaml('漢'.repeat(85)) })).toEqual([]);
    for (const id of ['漢'.repeat(86), 'c'.repeat(257)])
      expect(problems({ yaml: yaml(id) })[0]).toContain('expected a text of 1 to 256 bytes of UTF-8');
  });

  it('switches the storm limits off', () => {
    expect(good({}).config.delivery.storm).toEqual({
      conversationPerMinute: 20,
      recipientPerMinute: 60,
      summaryIntervalMs: 30_000,
    });
    expect(good({ env: { STORM_LIMITS: 'off' } }).config.delivery.storm).toBeNull();
    expect(good({ yaml: 'delivery: {storm: off}' }).config.delivery.storm).toBeNull();
    expect(good({ yaml: 'delivery: {storm: false}' }).config.delivery.storm).toBeNull();
  });

  it('tells single, cluster and sentinel Redis apart', () => {
    const single = good({ env: { REDIS_URL: 'rediss://user:pass@cache:6380/2' } }).config.store;
    expect(single).toMatchObject({
      kind: 'redis',
      prefix: 'wpr:',
      waitMs: 100,
      topology: { kind: 'single' },
    });
    const cluster = good({ env: { REDIS_URL: 'redis://a:1,redis://b:2' } }).config.store;
    expect(cluster).toMatchObject({ topology: { kind: 'cluster' } });
    const sentinel = good({ yaml: 'redis: {sentinels: [s1:26379, s2:26379], sentinel_name: main}' }).config
      .store;
    expect(sentinel).toMatchObject({ topology: { kind: 'sentinel', name: 'main', url: null } });
    expect(problems({ yaml: 'redis: {sentinels: [s1:26379]}' })[0]).toMatch(
      /^redis\.sentinel_name .*is required/,
    );
    expect(problems({ env: { REDIS_URL: 'http://x' } })[0]).toMatch(/^redis\.url\[0\] \(REDIS_URL\)/);
    expect(problems({ env: { REDIS_PREFIX: 'a{b}' } })[0]).toMatch(/^redis\.prefix/);
  });

  it('listens where it is told', () => {
    const { config } = good({ yaml: 'server: {host: "[::1]", admin: {port: 9090}}' });
    expect(config.server).toMatchObject({ host: '::1', admin: { host: '::1', port: 9090 } });
    expect(problems({ yaml: 'server: {admin: {port: 8080}}' })[0]).toMatch(/another port/);
    expect(problems({ yaml: 'server: {admin: {host: 127.0.0.1}}' })[0]).toMatch(
      /^server\.admin\.port .*is required/,
    );
  });

  it('needs the address of WuKongIM for what only WuKongIM knows', () => {
    const env = { WUKONGIM_MANAGER_TOKEN: 'a-token-of-wukongim' };
    const missing = 'needs wukongim.api_url (WUKONGIM_API_URL), such as http://wukongim:5001';
    expect(problems({ yaml: 'presence: { skip_online: mobile }', env })).toEqual([
      expect.stringContaining(`wukongim.manager_token (WUKONGIM_MANAGER_TOKEN): ${missing}`),
      expect.stringContaining(`presence.skip_online (relay.yaml:1): ${missing}`),
    ]);
  });

  it('refuses settings that contradict each other', () => {
    const slow = 'providers: {fcm: {timeout_seconds: 15}}';
    expect(problems({ yaml: `delivery: {claim_seconds: 29, renewal_seconds: 29}\n${slow}` })).toEqual([
      expect.stringMatching(/^delivery\.renewal_seconds/),
      expect.stringMatching(/^providers\.fcm\.timeout_seconds/),
    ]);
    const others = '{timeout_seconds: 1}';
    const short = `delivery: {claim_seconds: 2, renewal_seconds: 1}\nproviders: {apns: ${others}, fcm: ${others}`;
    expect(problems({ yaml: `${short}, huawei: {max_in_flight: 9}}` })).toEqual([
      expect.stringMatching(/^providers\.huawei\.timeout_seconds/),
    ]);
    expect(load({ yaml: `${short}}` })).toMatchObject({ ok: true });
    expect(problems({ yaml: 'webhook: {max_inflight_bytes: 1MiB}' })[0]).toMatch(
      /at least webhook\.max_body_bytes/,
    );
    expect(problems({ yaml: 'providers: {apns: {min_connections: 9}}' })[0]).toMatch(
      /^providers\.apns\.min_connections/,
    );
  });
});

describe('access', () => {
  const open = { HOST: '0.0.0.0', ...token };

  it('refuses a reachable host while webhook or API is open', () => {
    expect(problems({ env: open })).toEqual([
      expect.stringMatching(
        /^webhook\.secrets: expected at least one \(WEBHOOK_SECRET, or WEBHOOK_ALLOW_FROM\)/,
      ),
      expect.stringMatching(/^api\.keys: expected at least one \(API_KEYS\)/),
    ]);
    expect(problems({ env: { ...open, WEBHOOK_ALLOW_FROM: '10.0.0.0/8' } })).toEqual([
      expect.stringMatching(/^api\.keys/),
    ]);
    expect(problems({ env: { ...open, API_KEYS: 'a-very-long-server-key' } })).toEqual([
      expect.stringMatching(/^webhook\.secrets/),
    ]);
  });

  it('says so beside any other fault', () => {
    expect(problems({ env: { HOST: '0.0.0.0', PORT: 'x' } }).map((line) => line.split(/[ :]/)[0])).toEqual([
      'server.port',
      'webhook.secrets',
      'api.keys',
      'apps',
    ]);
  });

  it('lets it be where authentication is set or waived', () => {
    const env = { ...open, WEBHOOK_SECRET: 'a-long-webhook-secret', API_KEYS: 'a-very-long-server-key' };
    expect(good({ env }).warnings).toEqual([]);
    const waived = good({ yaml: 'server: {allow_unauthenticated: true}', env: open });
    expect(waived.warnings.map(({ key }) => key)).toEqual(['webhook.secrets', 'api.keys']);
  });

  it.each([
    ['webhook.secrets', 'WEBHOOK_SECRET'],
    ['api.keys', 'API_KEYS'],
  ])(
    'judges %s by its strength: a warning on loopback, an error where strangers can reach',
    (key, variable) => {
      const rest = {
        WEBHOOK_SECRET: 'a-long-webhook-secret',
        API_KEYS: 'a-very-long-server-key',
        PROVIDERS: 'sandbox',
      };
      for (const weak of ['short', 'changeme', 'your-api-key', 'PASSWORD']) {
        const env = { ...rest, [variable]: weak };
        expect(good({ env }).warnings.map((warning) => warning.key)).toEqual([key]);
        expect(problems({ env: { ...env, HOST: '0.0.0.0' } })).toEqual([
          expect.stringMatching(new RegExp(`^${key} \\(${variable}\\): .* not loopback`)),
        ]);
      }
      const short = { ...rest, [variable]: 'eleven-chars' };
      expect(good({ env: { ...short, HOST: '0.0.0.0' } }).warnings.map((warning) => warning.key)).toEqual([
        key,
      ]);
    },
  );

  it('refuses one value for webhook and API where strangers can reach, and warns elsewhere', () => {
    const env = {
      WEBHOOK_SECRET: 'one-value-for-both-roles',
      API_KEYS: 'one-value-for-both-roles',
      PROVIDERS: 'sandbox',
    };
    expect(good({ env }).warnings.map(({ key }) => key)).toEqual(['api.keys']);
    expect(problems({ env: { ...env, HOST: '0.0.0.0' } })).toEqual([
      expect.stringMatching(/^api\.keys \(API_KEYS\): the same value is in webhook\.secrets/),
    ]);
    const redis = good({
      env: {
        ...env,
        API_KEYS: 'a-very-long-server-key',
        REDIS_URL: 'redis://:one-value-for-both-roles@cache',
      },
    });
    expect(redis.warnings.map(warningLine)).toEqual([
      'redis.url: the same value is in webhook.secrets; use another for each',
    ]);
  });

  it('expands the named address ranges of trusted proxies', () => {
    const { config } = good({ yaml: 'server: {trusted_proxies: [loopback, 10.1.2.3]}' });
    expect(config.server.trustedProxies).toEqual(['127.0.0.0/8', '::1/128', '10.1.2.3/32']);
  });
});

describe('credentials', () => {
  it('takes an APNs key in any of the forms that environments leave it in', () => {
    for (const key of [
      p8,
      p8.replaceAll('\n', '\\n'),
      p8.replaceAll('\n', '\r\n'),
      Buffer.from(p8).toString('base64'),
    ]) {
      const apns = good({ env: { ...token, APNS_KEY: key } }).config.apps[0]?.apns;
      expect(apns?.credential).toMatchObject({ kind: 'token', keyId: 'ABCDE12345', teamId: 'TEAM123456' });
      expect(apns?.credential.kind === 'token' && apns.credential.key.reveal()).toBe(p8);
    }
  });

  it('refuses a key of another kind, and a file name in the place of a key', () => {
    expect(problems({ env: { ...token, APNS_KEY: otherCurve } })[0]).toMatch(/another curve \(P-384\)/);
    expect(problems({ env: { ...token, APNS_KEY: rsa } })[0]).toMatch(/an RSA private key \(rsa\)/);
    expect(problems({ env: { ...token, APNS_KEY: './AuthKey_ABC.p8' } })[0]).toMatch(
      /belongs in key_file \(APNS_KEY_FILE\)/,
    );
  });

  it('goes real with a credential, and keeps the other provider off', () => {
    const { config, warnings } = good({ env: token });
    expect(config.providersMode).toBe('real');
    expect(config.apps).toHaveLength(1);
    expect(config.apps[0]?.fcm).toBeNull();
    expect(warnings).toEqual([]);
    expect(config.apps[0]?.apns).toMatchObject({
      topic: 'com.example.app',
      lanes: ['production', 'sandbox'],
      endpoints: {
        production: { url: 'https://api.push.apple.com', proxyUrl: null },
        sandbox: { url: 'https://api.sandbox.push.apple.com', proxyUrl: null },
      },
      mutableContent: false,
    });
  });

  it('serves only the environments that the key serves', () => {
    const apns = good({ env: { ...token, APNS_ENVIRONMENTS: 'production' } }).config.apps[0]?.apns;
    expect(apns?.lanes).toEqual(['production']);
    expect(problems({ yaml: 'apps: {default: {apns: {environments: []}}}', env: token })).toEqual([
      expect.stringMatching(
        /^apps\.default\.apns\.environments \(relay\.yaml:1\): expected at least one item/,
      ),
    ]);
  });

  it('asks for everything that a credential needs, and for one kind of it', () => {
    expect(problems({ env: { APNS_KEY: p8 } })).toEqual([
      'apps.default.apns.key_id: is required (APNS_KEY_ID), because key is set',
      'apps.default.apns.team_id: is required (APNS_TEAM_ID), because key is set',
      'apps.default.apns.topic: is required (APNS_TOPIC), because key is set',
    ]);
    expect(problems({ env: { ...token, APNS_CERT: 'x' } })).toContainEqual(
      expect.stringMatching(/one credential.*got key and cert/),
    );
    expect(problems({ env: { FCM_SERVICE_ACCOUNT: serviceAccount, APNS_KEY_ID: 'ABCDE12345' } })).toEqual([
      expect.stringMatching(/^apps\.default\.apns\.key: is required \(APNS_KEY\), because key_id is set/),
    ]);
    expect(
      problems({ env: { FCM_SERVICE_ACCOUNT: serviceAccount }, yaml: 'apps: {other: {data_style: flat}}' }),
    ).toEqual([expect.stringMatching(/^apps\.other .*expected apns or fcm/)]);
  });

  it('reads a service account and honours its token_uri', () => {
    const fcm = good({ env: { FCM_SERVICE_ACCOUNT: serviceAccount } }).config.apps[0]?.fcm;
    expect(fcm).toMatchObject({
      projectId: 'my-project',
      endpoint: { url: 'https://fcm.googleapis.com', proxyUrl: null },
      androidMode: 'notification',
      credential: {
        kind: 'service_account',
        tokenUri: 'https://oauth.example.com/token',
        clientEmail: expect.stringContaining('@'),
      },
    });
  });

  it('takes a service account as a YAML mapping too', () => {
    const yaml = `apps: {default: {fcm: {service_account: ${serviceAccount}}}}`;
    expect(good({ yaml }).config.apps[0]?.fcm?.credential.kind).toBe('service_account');
  });

  it('says what is wrong with a service account, and with whose file', () => {
    const broken = { ...(JSON.parse(serviceAccount) as object), client_email: '' };
    const from = (json: string) =>
      problems({ env: { FCM_SERVICE_ACCOUNT_FILE: '/sa.json' }, files: { '/sa.json': json } })[0];
    expect(from(JSON.stringify(broken))).toMatch(
      /^apps\.default\.fcm\.service_account \(FCM_SERVICE_ACCOUNT_FILE=\/sa\.json\): .*client_email/,
    );
    expect(from('{"project_info":{}}')).toMatch(/google-services\.json, which is for the app/);
    expect(from('not json')).toMatch(/no JSON object/);
    expect(from(JSON.stringify({ ...JSON.parse(serviceAccount), private_key: p8 }))).toMatch(
      /RSA private key/,
    );
    expect(from(JSON.stringify({ ...JSON.parse(serviceAccount), token_uri: 'http://evil.example' }))).toMatch(
      /token_uri/,
    );
  });

  it('takes GOOGLE_APPLICATION_CREDENTIALS: a service account itself, other types through the library', () => {
    const env = { GOOGLE_APPLICATION_CREDENTIALS: '/g.json' };
    const own = good({ env, files: { '/g.json': serviceAccount } }).config.apps[0]?.fcm;
    expect(own?.credential.kind).toBe('service_account');
    const external = good({ env, files: { '/g.json': '{"type":"external_account"}' } }).config.apps[0]?.fcm;
    expect(external).toMatchObject({ credential: { kind: 'application_default' }, projectId: null });
    expect(problems({ env })).toEqual([
      'apps.default.fcm.service_account (GOOGLE_APPLICATION_CREDENTIALS=/g.json): there is no such file',
    ]);
  });

  it.each([
    { env: { FCM_SERVICE_ACCOUNT_FILE: '/none.json' } },
    { env: { FCM_SERVICE_ACCOUNT_FILE: '/none.json', PROVIDERS: 'real' } },
    {
      env: {
        FCM_SERVICE_ACCOUNT_FILE: '/none.json',
        HOST: '0.0.0.0',
        WEBHOOK_SECRET: 'a-secret-of-16-b',
        API_KEYS: 'b-secret-of-16-c',
      },
    },
    { env: { GOOGLE_APPLICATION_CREDENTIALS: '/none.json' } },
    { yaml: 'apps: {default: {fcm: {service_account_file: /none.json}}}' },
    { yaml: 'apps: {default: {harmony: {service_account_file: /none.json}}}' },
  ])('says of a credential whose file is not there only that: %j', ({ env = {}, yaml }) => {
    const loaded = load({ env, ...(yaml === undefined ? {} : { yaml }) });
    expect(loaded).toMatchObject({ ok: false, warnings: [] });
    const said = loaded.ok ? [] : loaded.problems.map(problemLine);
    expect(said).toEqual([expect.stringMatching(/none\.json\): there is no such file$/)]);
  });

  it.each(['8081', '8080', '9090'])('refuses a port of gRPC that another server has: %s', (port) => {
    const yaml = `server: {port: 8080, admin: {port: 9090}, grpc_port: ${port}}`;
    const isFree = port === '8081';
    const said =
      'server.grpc_port (relay.yaml:1): expected another port than server.port and server.admin.port';
    expect(load({ yaml }).ok).toBe(isFree);
    if (!isFree) expect(problems({ yaml })).toEqual([said]);
  });

  it('uses application default credentials for an empty fcm section and for a project id alone', () => {
    expect(good({ yaml: 'apps: {default: {fcm: {}}}' }).config.apps[0]?.fcm?.credential.kind).toBe(
      'application_default',
    );
    expect(good({ env: { FCM_PROJECT_ID: 'my-project' } }).config.apps[0]?.fcm).toMatchObject({
      projectId: 'my-project',
    });
    expect(good({ env: { FCM_URL: 'https://fcm.example' } }).config.providersMode).toBe('sandbox');
  });

  it('chooses the sandbox only where it is asked for or nothing real can be lost', () => {
    const env = {
      HOST: '0.0.0.0',
      WEBHOOK_SECRET: 'a-long-webhook-secret',
      API_KEYS: 'a-very-long-server-key',
    };
    expect(problems({ env })).toEqual([
      expect.stringMatching(/^apps: expected a credential .*PROVIDERS=sandbox/),
    ]);
    expect(good({ env: { ...env, PROVIDERS: 'sandbox' } }).config.providersMode).toBe('sandbox');
    expect(problems({ env: { PROVIDERS: 'real' } })).toEqual([
      expect.stringMatching(/^apps: expected a credential/),
    ]);
    expect(good({ env: { ...token, PROVIDERS: 'sandbox' } }).config.apps[0]?.apns?.credential.kind).toBe(
      'sandbox',
    );
  });
});

describe('proxies', () => {
  it('takes the proxy of the environment for hosts that NO_PROXY does not list', () => {
    const env = {
      ...token,
      FCM_SERVICE_ACCOUNT: serviceAccount,
      HTTPS_PROXY: 'http://me:pw@proxy:3128',
      NO_PROXY: '.googleapis.com',
    };
    const [app] = good({ env }).config.apps;
    expect(app?.apns?.endpoints.production.proxyUrl?.reveal()).toBe('http://me:pw@proxy:3128');
    expect(app?.fcm?.endpoint.proxyUrl).toBeNull();
    expect(inspect(app, { depth: 9 })).not.toContain('pw@');
  });

  it('prefers the key of the app, and none switches it off', () => {
    const yaml = 'apps: {default: {apns: {proxy: "http://own:1"}}}';
    expect(
      good({
        yaml,
        env: { ...token, https_proxy: 'other:2' },
      }).config.apps[0]?.apns?.endpoints.production.proxyUrl?.reveal(),
    ).toBe('http://own:1');
    const none = 'apps: {default: {apns: {proxy: none}}}';
    expect(
      good({ yaml: none, env: { ...token, https_proxy: 'other:2' } }).config.apps[0]?.apns?.endpoints
        .production.proxyUrl,
    ).toBeNull();
    expect(
      good({
        env: { ...token, https_proxy: 'other:2' },
      }).config.apps[0]?.apns?.endpoints.production.proxyUrl?.reveal(),
    ).toBe('http://other:2');
  });

  it('refuses a proxy that it cannot speak to', () => {
    expect(problems({ env: { ...token, HTTPS_PROXY: 'socks5://p:1' } })).toEqual([
      expect.stringMatching(/^HTTPS_PROXY \(environment\)/),
    ]);
  });
});

describe('masking', () => {
  const env = {
    ...token,
    FCM_SERVICE_ACCOUNT: serviceAccount,
    WEBHOOK_SECRET: 'webhook-s3cret',
    API_KEYS: 'api-key-s3cret-1',
    REDIS_URL: 'redis://user:redis-s3cret@cache:6379/0',
  };

  it('hides every secret in whatever the configuration is turned into', () => {
    const { config, printable } = good({ env });
    const texts = [
      JSON.stringify(config),
      inspect(config, { depth: 20 }),
      String(config.api.keys[0]),
      maskedYaml(printable),
    ];
    for (const text of texts) {
      expect(text).not.toContain('s3cret');
      expect(text).not.toContain('PRIVATE KEY');
    }
    expect(texts[0]).toContain('redis://********@cache:6379/0');
  });

  it('prints the effective configuration in the words of the file, with sources', () => {
    const yaml = maskedYaml(good({ env }).printable);
    expect(yaml).toContain('key_id: ABCDE12345 # APNS_KEY_ID');
    expect(yaml).toContain('project_id: my-project');
    expect(yaml).toContain('max_body_bytes: 32MiB');
  });
});

describe('passed sockets', () => {
  const passed = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1' };

  it('are listened on instead of host and port', () => {
    const { config } = good({
      env: { ...passed, API_KEYS: 'k'.repeat(16), WEBHOOK_SECRET: 's'.repeat(16), PROVIDERS: 'sandbox' },
    });
    expect(config.server).toMatchObject({ descriptor: 3, admin: null });
  });

  it('count as reachable from anywhere, because their address only shows at start', () => {
    expect(problems({ env: passed })).toEqual([
      expect.stringMatching(/^webhook\.secrets: .* because the host of LISTEN_FDS is not loopback/),
      expect.stringMatching(/^api\.keys: .* because the host of LISTEN_FDS is not loopback/),
      expect.stringMatching(/^apps: .* because the host of LISTEN_FDS is not loopback/),
    ]);
  });

  it('leave the ports of the configuration to others', () => {
    const env = { API_KEYS: 'k'.repeat(16), WEBHOOK_SECRET: 's'.repeat(16), PROVIDERS: 'sandbox' };
    const yaml = 'server: { port: 6000, grpc_port: 6000 }\nwebhook: { allow_from: 10.0.0.0/8 }';
    expect(problems({ env, yaml })).toEqual([expect.stringMatching(/^server\.grpc_port /)]);
    expect(good({ env: { ...env, ...passed }, yaml }).config.server).toMatchObject({ descriptor: 3 });
    const admin = 'server: { port: 6000, admin: { port: 6000 } }';
    expect(problems({ env, yaml: admin })).toEqual([expect.stringMatching(/^server\.admin\.port /)]);
    expect(good({ env: { ...env, ...passed }, yaml: admin }).config.server).toMatchObject({ descriptor: 3 });
  });

  it('are reported with everything else that is wrong', () => {
    const found = problems({ env: { ...passed, LISTEN_FDS: 'x', PORT: 'y' } });
    expect(found).toEqual([expect.stringMatching(/^LISTEN_FDS: /), expect.stringMatching(/^server\.port /)]);
  });
});

describe('receivers of webhooks', () => {
  const forward = (...lines: string[]) =>
    `webhook:\n  forward:\n${lines.map((line) => `    - ${line}\n`).join('')}`;

  it('have defaults, and secrets that no output shows', () => {
    const yaml = forward(
      '{ url: "http://user:p%40ss@tsdd:8090/v1/webhook?token=hidden" }',
      '{ url: https://octo.example.com, secret_file: /run/octo, events: [msg.notify], max_age: 2h, answers: robot.ask }',
      '{ url: "grpc://tsdd:6979/" }',
    );
    const { config, printable } = good({ yaml, files: { '/run/octo': 'octo-secret\n' } });
    const [first, second, third] = config.webhook.forward;
    expect(third?.url.reveal()).toBe('grpc://tsdd:6979');
    expect(first).toMatchObject({
      events: null,
      secret: null,
      timeoutMs: 10_000,
      maxAgeMs: null,
      answers: ['msg.before_send'],
    });
    expect(first?.url.reveal()).toBe('http://user:p%40ss@tsdd:8090/v1/webhook?token=hidden');
    expect(second).toMatchObject({ events: ['msg.notify'], maxAgeMs: 7_200_000, answers: ['robot.ask'] });
    expect(second?.secret?.reveal()).toBe('octo-secret');
    const shown = `${maskedYaml(printable)}${JSON.stringify(config)}${inspect(config, { depth: 9 })}`;
    expect(shown).not.toMatch(/p%40ss|hidden|octo-secret/);
    expect(maskedYaml(printable)).toContain('tsdd:8090');
    expect(maskedYaml(printable)).toContain('grpc://tsdd:6979');
  });

  it.each([
    ['nothing', 'webhook: { forward: [] }', 'webhook.forward', 'at least one receiver'],
    ['a text', 'webhook: { forward: "http://a" }', 'webhook.forward', 'expected a list'],
    ['an item of another kind', forward('http://a'), 'webhook.forward[0]', 'a mapping'],
    ['no url', forward('{ events: msg.notify }'), 'webhook.forward[0].url', 'a URL http://'],
    ['a fragment', forward('{ url: "http://a/#x" }'), 'webhook.forward[0].url', 'without a fragment'],
    ['another scheme', forward('{ url: "ftp://a/" }'), 'webhook.forward[0].url', 'a URL http://'],
    ['gRPC without a port', forward('{ url: "grpc://a" }'), 'webhook.forward[0].url', 'has no port'],
    ['gRPC with a path', forward('{ url: "grpc://a:1/x" }'), 'webhook.forward[0].url', 'a path'],
    ['gRPC with a user', forward('{ url: "grpc://u:p@a:1" }'), 'webhook.forward[0].url', 'a password'],
    ['gRPC with a query', forward('{ url: "grpc://a:1?x" }'), 'webhook.forward[0].url', 'a query'],
    [
      'a secret that no metadata of gRPC can hold',
      forward('{ url: "grpc://a:1", secret: octo-sécret }'),
      'webhook.forward[0].secret',
      'printable ASCII',
    ],
    ['a password with %', forward('{ url: "http://u:50%@a/" }'), 'webhook.forward[0].url', 'write % as %25'],
    [
      'an unknown key',
      forward('{ url: "http://a", event: x }'),
      'webhook.forward[0].event',
      'did you mean events',
    ],
    [
      'a time limit of 0',
      forward('{ url: "http://a", timeout_ms: 0 }'),
      'webhook.forward[0].timeout_ms',
      '1 to 60000',
    ],
    [
      'an odd event',
      forward('{ url: "http://a", events: "msg notify" }'),
      'webhook.forward[0].events',
      'name of an event',
    ],
    [
      'no events',
      forward('{ url: "http://a", events: [] }'),
      'webhook.forward[0].events',
      'at least one item',
    ],
  ])('refuse %s', (_, yaml, key, expected) => {
    const found = problems({ yaml });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(key);
    expect(found[0]).toContain(expected);
  });
});

describe('a gRPC webhook', () => {
  const open =
    'server: { host: 0.0.0.0, grpc_port: 6979 }\nwebhook: { secrets: [a-long-random-secret-of-one] }\napi: { keys: [another-long-random-secret] }\nproviders: { mode: sandbox }\n';

  it('needs the addresses of its callers on a public host, because its calls carry no secret', () => {
    expect(problems({ yaml: open })).toEqual([expect.stringContaining('server.grpc_port')]);
    expect(problems({ yaml: open, env: { WEBHOOK_ALLOW_FROM: '0.0.0.0/0' } })).toEqual([
      expect.stringContaining('server.grpc_port'),
    ]);
    expect(problems({ yaml: open, env: { WEBHOOK_ALLOW_FROM: '10.0.0.7' } })).toEqual([]);
    expect(problems({ yaml: 'server: { grpc_port: 6979 }' })).toEqual([]);
  });
});
