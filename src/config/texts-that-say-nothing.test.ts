import { listKeys } from './key-table';
import { loadConfig } from './load-config';
import { problemLine, warningLine } from './problem';

function load(yaml: object, env: Record<string, string> = {}) {
  const result = loadConfig({
    configPath: '/relay.yaml',
    env: { PROVIDERS: 'sandbox', ...env },
    cwd: '/',
    clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => 0 },
    readFile: () => Buffer.from(JSON.stringify(yaml)),
  });
  return {
    problems: result.ok ? [] : result.problems.map(problemLine),
    warnings: result.warnings.map(warningLine),
  };
}

/** Any characters can be meant. */
const anyText = [
  'redis.prefix',
  'apps.NAME.display_name',
  'apps.NAME.apns.passphrase',
  'content.types.NAME.text',
];
const directories = ['content.locales_dir', 'data_dir'];

describe('a key that holds a text', () => {
  const nothings = [
    ...['', ' ', ',', ',,', ';', '-', '--', '[]', '{}', '*', '#', '\u200B', '\u2800', '/', '""', "''", '“”'],
    ...['${NAME}', '$(NAME)', '{{ .Values.name }}', '%NAME%', '<name>', '"sub"', "'sub'", '`sub`'],
  ];

  it.each(
    listKeys()
      .map((entry) => [entry.path.join('.'), entry.schema] as const)
      .filter(([name]) => ![...anyText, ...directories].includes(name)),
  )('%s takes nothing that stands where a value was meant', (_, schema) => {
    expect(nothings.filter((nothing) => schema.safeParse(nothing).success)).toEqual([]);
  });
});

describe('a wildcard below which everyone can have a host', () => {
  it.each(['*.com', '*.cn', '*.com.cn', '*.co.uk', '*.dev', '*.NET.', '*.org.tw'])(
    '%s is refused',
    (host) => {
      const { problems } = load({
        content: { image_hosts: [host] },
        apps: { default: { webpush: { allowed_hosts: ['push.example.com', host] } } },
      });
      expect(problems).toEqual([
        expect.stringMatching(/^apps\.default\.webpush\.allowed_hosts\[1\] .*write any if that is meant/),
        expect.stringMatching(/^content\.image_hosts\[0\] .*anyone can have a host below/),
      ]);
    },
  );

  it.each(['*.example.com', '*.img.example.co.uk', '*.push.example.cn'])('%s is taken', (host) => {
    expect(load({ content: { image_hosts: [host] } }).problems).toEqual([]);
  });
});

describe('a weak secret', () => {
  const weak = 'hunter2';
  const everywhere = {
    webhook: {
      secrets: 'a-long-webhook-secret',
      forward: [
        { url: 'http://one/', secret: 'another-long-secret' },
        { url: 'http://two/', secret: weak },
      ],
    },
    api: { keys: 'a-very-long-server-key' },
    resolver: { url: 'http://names/', secret: 'changeme' },
    feedback: { url: 'http://news/', secret: 'a'.repeat(20) },
    receipts: { secret: '0'.repeat(20) },
    wukongim: { api_url: 'http://wukongim:5001', manager_token: 'token' },
    redis: { url: 'redis://:short@cache:6379' },
  };
  const said = [
    'receipts.secret: a secret has fewer than 4 different characters and can be guessed',
    'webhook.forward[1].secret: a secret has fewer than 8 characters and can be guessed',
    'resolver.secret: a secret is a word of examples and templates and can be guessed',
    'feedback.secret: a secret has fewer than 4 different characters and can be guessed',
    'wukongim.manager_token: a secret has fewer than 8 characters and can be guessed',
    'redis.url: a secret has fewer than 8 characters and can be guessed',
  ];

  it.each(['127.0.0.1', '0.0.0.0'])('is named, whoever checks it, on %s', (HOST) => {
    const { problems, warnings } = load(everywhere, { HOST });
    expect(problems).toEqual([]);
    expect(warnings).toEqual(said);
  });

  it('that opens something is refused where strangers come', () => {
    const tokens = { secret: `x${'x'.repeat(40)}` };
    const { problems } = load(
      {
        webhook: { secrets: weak },
        api: { keys: 'a-very-long-server-key', user_tokens: tokens },
        receipts: { secret: '*'.repeat(3) + 'abc'.repeat(5) },
      },
      { HOST: '0.0.0.0' },
    );
    expect(problems.map((line) => line.split(' ')[0])).toEqual([
      'receipts.secret',
      'webhook.secrets',
      'api.user_tokens.secret',
    ]);
  });

  it('of whsec_ is what stands behind it', () => {
    const secret = `whsec_${'A'.repeat(32)}`;
    expect(load({ feedback: { url: 'http://news/', secret } }).warnings).toEqual([
      'feedback.secret: a secret has fewer than 4 different characters and can be guessed',
    ]);
  });

  it('is the key of the API where a receiver has it, too', () => {
    const secret = 'a-very-long-server-key';
    const forward = [{ url: 'http://one/', secret }];
    const { warnings } = load({
      webhook: { secrets: 'a-long-webhook-secret', forward },
      api: { keys: secret },
      resolver: { url: 'http://names/', secret },
    });
    expect(warnings).toEqual([
      'webhook.forward[0].secret: the same value is in api.keys; use another for each',
      'resolver.secret: the same value is in api.keys; use another for each',
    ]);
  });
});

it('a claim without a key to verify it is refused, whichever claim', () => {
  for (const claim of ['issuer', 'audience', 'uid_claim'])
    expect(
      load({ api: { keys: 'a-very-long-server-key', user_tokens: { [claim]: 'name' } } }).problems,
    ).toEqual([expect.stringContaining('expected one of jwks_url, public_key or secret')]);
});
