import { loadConfig } from './load-config';
import { problemLine } from './problem';
import { readRedisServer, redisUrlText } from './redis-url';
import { parseServerUrl } from '../store/redis/server/server-address';
import { Fault } from './leaves/leaf';

function load(yaml: string, env: Record<string, string> = {}) {
  return loadConfig({
    configPath: '/relay.yaml',
    env: { PROVIDERS: 'sandbox', ...env },
    cwd: '/',
    clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => 0 },
    readFile: () => Buffer.from(yaml),
  });
}

const problems = (yaml: string, env: Record<string, string> = {}): string[] => {
  const result = load(yaml, env);
  return result.ok ? [] : result.problems.map(problemLine);
};

/** What YAML would turn into a number, a flag, a date or nothing. */
const digits = [
  '00123456789',
  '48151623424815161',
  '72044e07',
  '0x1234567890',
  '1e20',
  '0o17777777',
  '0b1010101010',
  '1_000_000_000',
  '190:20:30:45',
  '2026-01-01',
  '+12345678',
  '.5e3',
];

describe('values in YAML', () => {
  it.each([...digits, 'yes', 'off', 'True', '.inf'])(
    'takes %s as it is written, wherever a text goes',
    (written) => {
      for (const yaml of [
        `webhook: {secrets: [${written}, other-secret]}\napi:\n  keys:\n    - ${written}`,
        `webhook:\n  secrets: ${written}\napi: {keys: &k ["${written}"]}`,
        `webhook: {secrets: &s [${written}]}\napi: {keys: *s}`,
      ]) {
        const result = load(yaml);
        if (!result.ok) throw new Error(problems(yaml).join('\n'));
        expect(result.config.webhook.secrets[0]?.reveal()).toBe(written);
        expect(result.config.api.keys[0]?.reveal()).toBe(written);
      }
    },
  );

  it.each(['123', 'no', 'null', '0x1f', 'on', '1e3'])('takes %s as the name of an app', (name) => {
    const result = load(`apps: {${name}: {apns: {topic: com.example.app, passphrase: 0123}}}`);
    expect(result.ok && result.config.apps.map((app) => app.name)).toEqual([name]);
  });

  it('merges mappings as written', () => {
    const result = load(
      'apps: {a: &base {fcm: {project_id: my-project, android_channel_id: 0123}}, b: {<<: *base, data_style: flat}}',
    );
    expect(
      result.ok && result.config.apps.map(({ fcm, dataStyle }) => [fcm?.androidChannelId, dataStyle]),
    ).toEqual([
      ['0123', 'nested'],
      ['0123', 'flat'],
    ]);
  });

  it.each([
    ['!hunter2', /begins with ! needs quotes/],
    ['&hunter2', /begins with & needs quotes/],
    ['*hunter2', /begins with \* needs quotes/],
    ['@hunter2', /begins with @ needs quotes/],
    ['`hunter2', /begins with ` needs quotes/],
    ['%hunter2', /begins with % needs quotes/],
  ])('refuses %s, which YAML reads as something else, and does not show it', (written, said) => {
    const found = problems(`apps: {default: {apns: {passphrase: ${written} }}}`).join('\n');
    expect(found).toMatch(said);
    expect(found).not.toContain('hunter2');
  });

  it('names an unknown key of a mapping in a list as every other key there', () => {
    expect(problems('webhook: {forward: [{url: "http://h", secert: hunter2}]}')).toEqual([
      'webhook.forward[0].secert (relay.yaml:1): unknown key; did you mean secret?',
    ]);
  });

  it('says that a list is expected where a mapping is', () => {
    expect(problems('redis: {url: {a: hunter2}}')).toEqual([
      'redis.url (relay.yaml:1): expected a list, got a mapping',
    ]);
  });

  it('keeps the blanks of a passphrase', () => {
    const result = load('apps: {default: {apns: {passphrase: " a b "}}}');
    expect(
      result.ok && JSON.stringify(result.printable.input.get(['apps', 'default', 'apns', 'passphrase'])),
    ).toBe('" a b "');
  });
});

describe('Redis URLs', () => {
  const awkward = ['pa%ss', 'p@ss/w#r?d', 'a:b,c', '%41', 'ä€', '100%', ' x', '"\'\\'];

  it.each(awkward)('reads back the password %s', (password) => {
    const url = `rediss://us%40er:${encodeURIComponent(password)}@[::1]:7000/3`;
    const server = readRedisServer(url);
    if (server instanceof Fault) throw new Error(server.expected);
    expect(parseServerUrl(redisUrlText(server))).toEqual({
      host: '::1',
      port: 7000,
      db: 3,
      username: 'us@er',
      password,
      tls: true,
    });
  });

  it.each([
    ['redis://:pa%ss@h', /write % as %25/],
    ['redis://:p/w@h', /\/ as %2F/],
    ['redis://:p#w@h', /# as %23/],
    ['redis://:p?w@h', /\? as %3F/],
    ['redis://h/x', /database is a number/],
    ['redis://h:0', /port from 1 to 65535/],
    ['redis://hunter2@h', /a user and no password/],
    ['redis://:${REDIS_PASSWORD}@h', /nothing has expanded/],
    ['redis://h?password=hunter2', /only \?db=NUMBER/],
    ['redis://a/1,redis://b/1', /has database 0 only/],
    ['redis://:a@a,redis://:b@b', /one password/],
  ])('refuses %s with what to do', (url, said) => {
    const found = problems('', { REDIS_URL: url }).join('\n');
    expect(found).toMatch(/^redis\.url/);
    expect(found).toMatch(said);
    expect(found).not.toContain('hunter2');
  });
});
