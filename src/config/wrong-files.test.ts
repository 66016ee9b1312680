import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAuthority, type CertificateOptions } from '../../test/contract/certificates';
import { toPkcs12 } from '../sandbox/certificates/pkcs12';
import { loadConfig } from './load-config';
import { problemLine, warningLine } from './problem';
import { readBoundedFile } from './read/bounded-file';

const dayMs = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * dayMs);
const dateIn = (days: number) => inDays(days).toISOString().slice(0, 10);
const pem = { type: 'pkcs8', format: 'pem' } as const;
const p8 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem).toString();
const account = JSON.stringify({
  type: 'service_account',
  project_id: 'my-project',
  client_email: 'a@b.c',
  private_key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem).toString(),
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-wrong-files-'));
  mkdirSync(join(folder, 'folder'));
  symlinkSync('loop', join(folder, 'loop'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Each line that `check-config` prints: problems as they are, warnings marked. */
function said(env: Record<string, string>, yaml?: string | Buffer): string[] {
  const result = loadConfig({
    configPath: yaml === undefined ? null : file('relay.yaml', yaml),
    env,
    cwd: folder,
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    readFile: readBoundedFile,
  });
  return [
    ...(result.ok ? [] : result.problems.map(problemLine)),
    ...result.warnings.map((warning) => `warning: ${warningLine(warning)}`),
  ];
}

const utf16 = (text: string, mark = '\uFEFF') => Buffer.from(mark + text, 'utf16le');
const bigEndian = (little: Buffer) => Buffer.from(little).swap16();

describe('a .p12 file and the same certificate as PEM', () => {
  const right: CertificateOptions = {
    notAfter: inDays(300),
    bundleId: 'com.example.app',
    environments: ['production', 'sandbox'],
  };
  const rows: readonly (readonly [string, CertificateOptions, Record<string, string>, RegExp | null])[] = [
    ['right', right, {}, null],
    ['ends soon', { ...right, notAfter: inDays(1) }, {}, /^the certificate ends on DATE\+1$/],
    [
      'has ended',
      { ...right, notAfter: inDays(-2) },
      {},
      /^the certificate ended on DATE-2; APNs will refuse it$/,
    ],
    [
      'does not count yet',
      { ...right, notBefore: inDays(3) },
      {},
      /^the certificate is not valid before DATE\+3; APNs will refuse it \(is the clock right\?\)$/,
    ],
    [
      'of another app',
      { ...right, bundleId: 'com.example.other' },
      {},
      /^the certificate is for com\.example\.other, and topic \(APNS_TOPIC\) is com\.example\.app; APNs will refuse it$/,
    ],
    [
      'of several topics, none of them this',
      { ...right, bundleId: 'com.example.other', topics: ['com.example.other', 'com.example.other.voip'] },
      {},
      /^the certificate is for com\.example\.other, com\.example\.other\.voip, and topic/,
    ],
    [
      'of several topics, one of them this',
      { ...right, bundleId: 'com.example.other', topics: ['com.example.other', 'com.example.app'] },
      {},
      null,
    ],
    [
      'of development alone',
      { ...right, environments: ['sandbox'] },
      {},
      /^the certificate is for sandbox only, and environments \(APNS_ENVIRONMENTS\) includes production; set it to sandbox$/,
    ],
    [
      'of development alone, as configured',
      { ...right, environments: ['sandbox'] },
      { APNS_ENVIRONMENTS: 'sandbox' },
      null,
    ],
    [
      'of production alone',
      { ...right, environments: ['production'] },
      { APNS_ENVIRONMENTS: 'sandbox' },
      /^the certificate is for production only, and environments \(APNS_ENVIRONMENTS\) includes sandbox; set it to production$/,
    ],
    ['not of Apple', { notAfter: inDays(300) }, {}, null],
  ];

  it.each(rows)('%s', async (_, options, env, expected) => {
    const { cert, key } = await (await createTestAuthority()).issue(['apns.example'], options);
    const base = { APNS_TOPIC: 'com.example.app', ...env };
    const asPfx = said({
      ...base,
      APNS_PFX_FILE: file('push.p12', toPkcs12(key, [cert], 'pass')),
      APNS_PASSPHRASE: 'pass',
    });
    const asPem = said({ ...base, APNS_CERT_FILE: file('push.pem', `${cert}\n${key}`) });
    const withDates = (lines: readonly string[]) =>
      lines.map((line) =>
        [1, -2, 3].reduce(
          (text, days) => text.replace(dateIn(days), `DATE${days > 0 ? '+' : ''}${days}`),
          line,
        ),
      );
    const prefix = (name: string) => `warning: apps.default.apns.${name}: `;
    const wanted = expected === null ? [] : [expect.stringMatching(expected) as string];
    expect(withDates(asPfx).map((line) => line.replace(prefix('pfx'), ''))).toEqual(wanted);
    expect(withDates(asPem).map((line) => line.replace(prefix('cert'), ''))).toEqual(wanted);
  });

  it.each([
    ['a wrong passphrase', { APNS_PASSPHRASE: 'wrong' }, 'expected a PKCS#12 file that the passphrase opens'],
    [
      'no passphrase',
      {},
      'expected a PKCS#12 file without a passphrase, or its passphrase in passphrase (APNS_PASSPHRASE)',
    ],
  ])('%s is refused', async (_, env, expected) => {
    const { cert, key } = await (await createTestAuthority()).issue(['apns.example'], right);
    const path = file('push.p12', toPkcs12(key, [cert], 'pass'));
    expect(said({ APNS_TOPIC: 'com.example.app', APNS_PFX_FILE: path, ...env })).toEqual([
      `apps.default.apns.pfx (APNS_PFX_FILE=${path}): ${expected}`,
    ]);
  });
});

/** Of a self-signed certificate that nothing trusts; made with `openssl pkcs12 -export -legacy`, passphrase `hunter2`. */
describe('a PKCS#12 file with the ciphers of Keychain Access', () => {
  const saidOf = (name: string) =>
    said({
      APNS_PFX_FILE: file('push.p12', Buffer.from(readFileSync(fixture(name), 'utf8'), 'base64')),
      APNS_PASSPHRASE: 'hunter2',
      APNS_TOPIC: 'com.example.chat',
    });
  const fixture = (name: string) => join(__dirname, `../../test/fixtures/pkcs12/${name}.base64`);

  it('is taken with triple DES', () => {
    expect(saidOf('3des')).toEqual([]);
  });

  it('is refused with RC2, and the line says how to convert it', () => {
    expect(saidOf('rc2-40')).toEqual([
      expect.stringMatching(
        /outdated cipher, as Keychain Access does\. Convert it: openssl pkcs12 -legacy -in OLD\.p12 -nodes -out push\.pem, then openssl pkcs12 -export -in push\.pem -out NEW\.p12$/,
      ),
    ]);
  });
});

describe('the addresses of the providers', () => {
  const problemsWith = (name: string, url: string) =>
    said({ [name]: url, FCM_SERVICE_ACCOUNT: account, PROVIDERS: 'sandbox' }).filter(
      (line) => !line.startsWith('warning'),
    );

  it.each([
    ['APNS_URL', 'https://api.push.apple.com/3/device', /the relay adds \/3\/device itself/],
    ['APNS_URL', 'https://proxy.example/apns/3/', /the relay adds \/3\/device itself/],
    ['APNS_URL', 'https://api.sandbox.push.apple.com', /this is Apple's host for sandbox/],
    ['APNS_URL', 'https://api.development.push.apple.com:443', /this is Apple's host for sandbox/],
    ['APNS_SANDBOX_URL', 'https://api.push.apple.com:2197', /this is Apple's host for production/],
    [
      'FCM_URL',
      'https://fcm.googleapis.com/v1/projects/p/messages:send',
      /the relay adds \/v1\/projects itself/,
    ],
    ['FCM_URL', 'https://fcm.googleapis.com/v1', /the relay adds \/v1\/projects itself/],
    ['FCM_URL', 'https://fcm.googleapis.com/fcm/send', /the legacy API, which Google has switched off/],
  ])('%s: %s is refused', (name, url, expected) => {
    expect(problemsWith(name, url)).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ['APNS_URL', 'https://api.push.apple.com:2197'],
    ['APNS_URL', 'https://proxy.example/apns/'],
    ['APNS_SANDBOX_URL', 'https://api.development.push.apple.com'],
    ['FCM_URL', 'https://proxy.example/fcm'],
  ])('%s: %s is taken', (name, url) => {
    expect(problemsWith(name, url)).toEqual([]);
  });
});

/** Each holds the private key in PEM, which must not be taken for what the whole is. */
describe('the file of a service account that is damaged on its way', () => {
  it.each([
    ['cut off', account.slice(0, 900), /this is JSON that is cut off or damaged$/],
    ['twice', account + account, /this is JSON that is cut off or damaged$/],
    [
      'with typographic quotes',
      account.replaceAll('"', '“'),
      /cut off or damaged; write a straight quote instead of/,
    ],
    ['in a list', `[${account}]`, /this is JSON, but no object$/],
    ['in base64', Buffer.from(account).toString('base64'), /base64 of JSON; the JSON itself is expected$/],
  ])('%s', (_, content, expected) => {
    expect(said({ FCM_SERVICE_ACCOUNT_FILE: file('account.json', content) })[0]).toMatch(expected);
  });
});

describe('the ids of an APNs key', () => {
  const [keyId, teamId] = ['ABCDE12345', 'TEAM123456'];
  it.each([
    ['right', 'AuthKey_ABCDE12345.p8', keyId, teamId, null],
    ['right, a copy', 'AuthKey_ABCDE12345 (1).p8', keyId, teamId, null],
    ['right, a name of its own', 'apns.p8', keyId, teamId, null],
    [
      'swapped',
      'AuthKey_ABCDE12345.p8',
      teamId,
      keyId,
      /^apps\.default\.apns\.key_id \(APNS_KEY_ID\): .* are swapped: the key id is that of the file, ABCDE12345$/,
    ],
    ['swapped, a copy', 'AuthKey_ABCDE12345 (1).p8', teamId, keyId, / are swapped: /],
    ['swapped, renamed', 'AuthKey_ABCDE12345_prod.p8', teamId, keyId, / are swapped: /],
    ['the same', 'apns.p8', keyId, keyId, /key_id \(APNS_KEY_ID\) and team_id \(APNS_TEAM_ID\) are the same/],
    [
      'of another file',
      'AuthKey_ABCDE12345.p8',
      'ZZZZZ12345',
      teamId,
      /^warning: .*ZZZZZ12345 is not the id in the name of the file \(AuthKey_ABCDE12345\.p8\)/,
    ],
  ])('%s', (_, name, APNS_KEY_ID, APNS_TEAM_ID, expected) => {
    const env = { APNS_KEY_FILE: file(name, p8), APNS_KEY_ID, APNS_TEAM_ID, APNS_TOPIC: 'com.example.app' };
    expect(said(env)).toEqual(expected === null ? [] : [expect.stringMatching(expected)]);
  });

  it('names the bundle id where the topic begins with the team id', () => {
    const env = { APNS_KEY_FILE: file('k.p8', p8), APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId };
    expect(said({ ...env, APNS_TOPIC: `${teamId}.com.example.app` })).toEqual([
      expect.stringMatching(
        /topic \(APNS_TOPIC\) begins with the team id; the bundle id is com\.example\.app/,
      ),
    ]);
  });
});

describe('files that hold no UTF-8', () => {
  const isUtf16 = 'the file is UTF-16 text, and UTF-8 is expected; save it again as UTF-8';
  const notUtf8 = 'the file is not UTF-8 text (GBK or Latin-1?); save it again as UTF-8';
  const encodings: readonly (readonly [string, (text: string) => Buffer, string])[] = [
    ['UTF-16 LE', (text) => utf16(text), isUtf16],
    ['UTF-16 BE', (text) => bigEndian(utf16(text)), isUtf16],
    ['UTF-16 LE without a mark', (text) => utf16(text, ''), isUtf16],
    ['UTF-16 BE without a mark', (text) => bigEndian(utf16(text, '')), isUtf16],
    ['Latin-1', (text) => Buffer.from(`${text}# caf\u00e9`, 'latin1'), notUtf8],
    ['GBK', (text) => Buffer.concat([Buffer.from(text), Buffer.from([0xd6, 0xd0, 0xce, 0xc4])]), notUtf8],
    ['zeros', () => Buffer.alloc(100), 'the file is binary, and UTF-8 text is expected'],
  ];
  const apns = { APNS_KEY_ID: 'ABCDE12345', APNS_TEAM_ID: 'TEAM123456', APNS_TOPIC: 'com.example.app' };

  it.each(encodings)('%s', (_, encode, expected) => {
    expect(said({}, encode('server: {port: 1}\n'))[0]).toBe(
      `${join(folder, 'relay.yaml')} (--config): ${expected}`,
    );
    const key = file('key.p8', encode(p8));
    expect(said({ ...apns, APNS_KEY_FILE: key })[0]).toBe(
      `apps.default.apns.key (APNS_KEY_FILE=${key}): ${expected}`,
    );
    const json = file('account.json', encode(account));
    for (const name of ['FCM_SERVICE_ACCOUNT_FILE', 'GOOGLE_APPLICATION_CREDENTIALS'])
      expect(said({ [name]: json })[0]).toBe(
        `apps.default.fcm.service_account (${name}=${json}): ${expected}`,
      );
    expect(said({ API_KEYS_FILE: json })[0]).toBe(`api.keys (API_KEYS_FILE=${json}): ${expected}`);
  });

  it('takes UTF-8 with a byte order mark', () => {
    expect(
      said({ ...apns, APNS_KEY_FILE: file('key.p8', `\uFEFF${p8}`) }, '\uFEFFserver: {port: 1}\n'),
    ).toEqual([]);
  });
});

describe('files that cannot be read', () => {
  it.each([
    ['nowhere', 'there is no such file'],
    ['folder', 'this is a folder, and a file is expected'],
    ['loop', 'there is no such file, because its symbolic links go round in a circle'],
  ])('%s', (name, expected) => {
    const path = join(folder, name);
    expect(said({ RELAY_CONFIG: path })[0]).toBe(`${path} (RELAY_CONFIG): ${expected}`);
    expect(said({ WEBHOOK_SECRET_FILE: path })[0]).toBe(
      `webhook.secrets (WEBHOOK_SECRET_FILE=${path}): ${expected}`,
    );
  });
});

describe('what other servers are configured with', () => {
  const serverKeys =
    /this environment variable is not read; Google has switched off server keys \(the legacy FCM API\); set FCM_SERVICE_ACCOUNT_FILE/;
  const account =
    /not read; set FCM_SERVICE_ACCOUNT \(the JSON of a service account\) or FCM_SERVICE_ACCOUNT_FILE/;
  it.each([
    ['FCM_SERVER_KEY', serverKeys],
    ['FCM_SERVER_KEY_FILE', serverKeys],
    ['FCM_SERVERKEY', serverKeys],
    ['FCM_API_KEY', serverKeys],
    ['FCM_KEY', serverKeys],
    ['FCM_LEGACY_KEY', serverKeys],
    ['FCM_LEGACY_SERVER_KEY', serverKeys],
    ['GCM_API_KEY', serverKeys],
    ['FIREBASE_SERVER_KEY', serverKeys],
    ['FIREBASE_CREDENTIALS', account],
    ['GOOGLE_CREDENTIALS', account],
    ['FIREBASE_PROJECT_ID', /not read; set FCM_PROJECT_ID/],
    ['APNS_KEYID', /not read; did you mean APNS_KEY_ID\?/],
    ['APNS_KEY_PATH', /not read; did you mean APNS_KEY_FILE\?/],
    ['APNS_AUTH_KEY', /not read; set APNS_KEY, or APNS_KEY_FILE/],
    ['APNS_CERT_PASSWORD', /not read; set APNS_PASSPHRASE/],
    ['REDIS_HOST', /not read; set REDIS_URL/],
    ['HOST_FILE', /not read; HOST has no _FILE twin/],
  ])('%s, beside errors and without', (name, expected) => {
    const hint = expect.stringMatching(
      `^warning: ${name}: this environment variable is ${expected.source.replace(/^.*?not read/, 'not read')}`,
    );
    expect(said({ [name]: 'value' })).toContainEqual(hint);
    expect(said({ [name]: 'value', PORT: 'x' })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^server\.port \(PORT\): /), hint]),
    );
  });

  it.each(['server_key', 'api_key', 'legacy_server_key', 'serverKey', 'key'])(
    'fcm.%s in the file',
    (name) => {
      expect(said({}, `apps: {default: {fcm: {${name}: AAAA}}}`)[0]).toMatch(
        /unknown key; Google has switched off server keys \(the legacy FCM API\); set service_account_file/,
      );
    },
  );
});
