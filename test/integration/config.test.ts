import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { toPkcs12 } from '../../src/sandbox/certificates/pkcs12';
import { createTestAuthority } from '../contract/certificates';
import { runCommand, runInProcess } from '../helpers/run-command';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const p8 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem).toString();
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem).toString();
const account = {
  type: 'service_account',
  project_id: 'my-project',
  client_email: 'a@b.c',
  private_key: rsa,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

const check = (env: Record<string, string>, args: readonly string[] = []) =>
  runCommand(['check-config', ...args], { env, cwd: folder });

/** What is refused is refused before anything else is loaded. */
const refused = (env: Record<string, string>) => runInProcess(['check-config'], { env, cwd: folder });

describe('check-config', () => {
  it('prints the effective configuration of file, environment and secret files, masked', async () => {
    const config = await file(
      'etc/relay.yaml',
      `
server: {port: 9000, admin: {port: 9001}}
apps:
  default: {apns: {key_file: AuthKey.p8, key_id: ABCDE12345, team_id: TEAM123456, topic: com.example.app}}
  second: {fcm: {service_account_file: account.json, android_mode: data}}
`,
    );
    await file('etc/AuthKey.p8', p8);
    await file('etc/account.json', JSON.stringify(account));
    const keys = await file('keys', 'the-first-long-api-key,the-second-long-api-key\n');
    const { code, stdout, stderr } = await check(
      { PORT: '9100', API_KEYS_FILE: keys, WEBHOOK_SECRET: 'a-webhook-secret' },
      ['--config', config],
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const secret of ['PRIVATE KEY', 'long-api-key', 'a-webhook-secret'])
      expect(stdout).not.toContain(secret);
    expect(parse(stdout)).toMatchObject({
      server: { host: '127.0.0.1', port: 9100, admin: { port: 9001 } },
      webhook: { secrets: ['********'] },
      api: { keys: ['********', '********'] },
      providers: { mode: 'real' },
      apps: {
        default: { apns: { key: '********', key_id: 'ABCDE12345' }, fcm: null },
        second: {
          apns: null,
          fcm: {
            android_mode: 'data',
            service_account: { project_id: 'my-project', private_key: '********' },
          },
        },
      },
    });
    expect(stdout).toMatch(/port: 9100 # PORT/);
  });

  it('reads back what it prints', async () => {
    const first = await check({});
    expect(first.code).toBe(0);
    const second = await check({}, ['--config', await file('again.yaml', first.stdout)]);
    expect(second.code).toBe(0);
    expect(parse(second.stdout)).toEqual(parse(first.stdout));
  });

  it('reports every problem of file, environment and secret files together and ends with 2', async () => {
    const config = await file('bad.yaml', 'server: {prot: 1}\ndelivery: {max_age: never}\n');
    const { code, stdout, stderr } = await refused({
      RELAY_CONFIG: config,
      HOST: '0.0.0.0',
      LOG_LEVEL: 'x',
      APNS_KEY_FILE: '/nowhere/key.p8',
      API_KEYS: 'a',
      API_KEYS_FILE: 'b',
    });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('server.prot (bad.yaml:1): unknown key; did you mean port?');
    expect(stderr).toContain('delivery.max_age (bad.yaml:2): expected seconds');
    expect(stderr).toContain('log.level (LOG_LEVEL): expected one of');
    expect(stderr).toContain('apps.default.apns.key (APNS_KEY_FILE=/nowhere/key.p8): there is no such file');
    expect(stderr).toContain(
      'api.keys (API_KEYS, API_KEYS_FILE): both are set; leave out API_KEYS or API_KEYS_FILE',
    );
    expect(stderr).toContain('webhook.secrets: expected at least one');
  });

  it('names the file of a key that is none', async () => {
    const path = await file('AuthKey_WRONG.p8', 'not a key');
    const apns = {
      APNS_KEY_FILE: path,
      APNS_KEY_ID: 'ABCDE12345',
      APNS_TEAM_ID: 'TEAM123456',
      APNS_TOPIC: 'com.example.app',
    };
    const { code, stderr } = await refused(apns);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `apps.default.apns.key (APNS_KEY_FILE=${path}): expected the content of Apple's .p8 file`,
    );
    expect(stderr).not.toContain('not a key');
  });

  it('says that a folder, an empty and a huge file are no secret', async () => {
    await file('folder/x', '');
    const from = async (path: string) => (await refused({ API_KEYS_FILE: path })).stderr;
    expect(await from(join(folder, 'folder'))).toMatch(
      /api\.keys .*this is a folder, and a file is expected/,
    );
    expect(await from(join(folder, 'folder/x'))).toMatch(/api\.keys .*the file is empty/);
    expect(await from(await file('huge', Buffer.alloc(1024 * 1024 + 1, 'a')))).toMatch(
      /api\.keys .*at most 1 MiB/,
    );
  });
});

describe('certificates', () => {
  const base = { APNS_TOPIC: 'com.example.app' };

  it('takes a certificate with its key, in two files or one', async () => {
    const { cert, key } = await (
      await createTestAuthority()
    ).issue(['apns.example'], { notAfter: new Date(Date.now() + 90 * 86_400_000) });
    const two = await check({
      ...base,
      APNS_CERT_FILE: await file('cert.pem', cert),
      APNS_CERT_KEY_FILE: await file('cert.key', key),
    });
    expect([two.code, two.stderr]).toEqual([0, '']);
    const one = await check({ ...base, APNS_CERT_FILE: await file('both.pem', `${cert}\n${key}`) });
    expect([one.code, one.stderr]).toEqual([0, '']);
  });

  it('refuses a certificate without its key, and with the key of another', async () => {
    const authority = await createTestAuthority();
    const [mine, other] = await Promise.all([authority.issue(['a.example']), authority.issue(['b.example'])]);
    const cert = await file('mine.pem', mine.cert);
    expect((await refused({ ...base, APNS_CERT_FILE: cert })).stderr).toContain(
      'apps.default.apns.cert_key: is required (APNS_CERT_KEY)',
    );
    const wrong = await refused({
      ...base,
      APNS_CERT_FILE: cert,
      APNS_CERT_KEY_FILE: await file('other.key', other.key),
    });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(
      /cert_key \(APNS_CERT_KEY_FILE=.*other\.key\): expected the private key of this very certificate/,
    );
  });

  it('warns of a certificate that ends soon or has ended', async () => {
    const authority = await createTestAuthority();
    const at = async (days: number) => {
      const { cert, key } = await authority.issue(['a.example'], {
        notAfter: new Date(Date.now() + days * 86_400_000),
      });
      return check({ ...base, APNS_CERT_FILE: await file(`days${days}.pem`, cert + '\n' + key) });
    };
    expect((await at(5)).stderr).toMatch(/warning: apps\.default\.apns\.cert: the certificate ends on/);
    expect((await at(-1)).stderr).toMatch(/the certificate ended on .* APNs will refuse it/);
  });

  it('opens a .p12 file with its passphrase and with no other', async () => {
    const { cert, key } = await (
      await createTestAuthority()
    ).issue(['apns.example'], { notAfter: new Date(Date.now() + 90 * 86_400_000) });
    const pfx = await file('push.p12', toPkcs12(key, [cert], 'right'));
    const right = await check({ ...base, APNS_PFX_FILE: pfx, APNS_PASSPHRASE: 'right' });
    expect([right.code, right.stderr]).toEqual([0, '']);
    const wrong = await refused({ ...base, APNS_PFX_FILE: pfx, APNS_PASSPHRASE: 'wrong' });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(
      `apps.default.apns.pfx (APNS_PFX_FILE=${pfx}): expected a PKCS#12 file that the passphrase opens`,
    );
    const none = await refused({ ...base, APNS_PFX_FILE: await file('none.p12', Buffer.alloc(300, 1)) });
    expect(none.stderr).toMatch(/apns\.pfx .*expected a PKCS#12 file/);
  });
});
