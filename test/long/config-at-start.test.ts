import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ordinaryUid, runCommand } from '../helpers/run-command';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const check = (env: Record<string, string>) => runCommand(['check-config'], { env, cwd: folder });

describe('what only shows at start', () => {
  /** Both commands, as a user whom modes keep out. */
  async function verdicts(env: Record<string, string>) {
    const options = { env: { PORT: '0', ...env }, cwd: folder, uid: ordinaryUid };
    const { code, stderr } = await runCommand(['check-config'], options);
    const serve = await runCommand(['serve'], options);
    return { code, stderr, serveCode: serve.code, serveErrors: serve.stderr };
  }

  beforeAll(() => chmod(folder, 0o755));

  it.each([
    ['a file', 'file', 'a file stands where the directory'],
    ['below a file', 'file/data', 'a file stands where the directory'],
    ['of somebody else', 'foreign', "the relay's user (uid"],
    ['below that of somebody else', 'foreign/data', "the relay's user (uid"],
  ])('check-config refuses a data directory that is %s, as serve does', async (_, name, reason) => {
    await file('file', '');
    await mkdir(join(folder, 'foreign'), { recursive: true });
    await chmod(join(folder, 'foreign'), ordinaryUid === undefined ? 0 : 0o700);
    const { code, stderr, serveCode, serveErrors } = await verdicts({ DATA_DIR: join(folder, name) });
    await chmod(join(folder, 'foreign'), 0o700);
    expect([code, serveCode]).toEqual([2, 2]);
    expect(stderr).toContain(`data_dir: ${join(folder, name)} cannot be used: ${reason}`);
    expect(serveErrors).toContain(`data directory ${join(folder, name)} cannot be`);
  });

  it('check-config makes no data directory', async () => {
    expect((await check({ DATA_DIR: join(folder, 'later', 'data') })).code).toBe(0);
    expect(await readdir(folder)).not.toContain('later');
  });

  it('refuses files that this user may not read', async () => {
    const secret = await file('secret', 'a-long-secret-of-somebody-else');
    await chmod(secret, ordinaryUid === undefined ? 0 : 0o600);
    for (const name of [
      'WEBHOOK_SECRET_FILE',
      'APNS_KEY_FILE',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'RELAY_CONFIG',
    ]) {
      const { code, stderr, serveCode } = await verdicts({ [name]: secret });
      expect([name, code, serveCode]).toEqual([name, 2, 2]);
      expect(stderr).toContain(`: this user may not read the file`);
    }
  });

  it('check-config asks for the Firebase project that default credentials do not name, as serve does', async () => {
    const credentials = await file(
      'adc.json',
      JSON.stringify({ type: 'authorized_user', client_id: 'x', client_secret: 'y', refresh_token: 'z' }),
    );
    await chmod(credentials, 0o644);
    const env = {
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      METADATA_SERVER_DETECTION: 'none',
      DATA_DIR: await mkdtemp(join(tmpdir(), 'relay-adc-')),
    };
    const expected =
      "apps.default.fcm.project_id: is required (FCM_PROJECT_ID): Google's default credentials";
    const run = (command: string, more: Record<string, string> = {}) =>
      runCommand([command], { env: { ...env, ...more }, cwd: folder });
    for (const { code, stderr } of [await run('check-config'), await run('serve', { PORT: '0' })])
      expect([code, stderr]).toEqual([2, expect.stringContaining(expected)]);
    for (const name of ['FCM_PROJECT_ID', 'GOOGLE_CLOUD_PROJECT'])
      expect((await run('check-config', { [name]: 'my-project' })).code).toBe(0);
    await rm(env.DATA_DIR, { recursive: true });
  });
});
