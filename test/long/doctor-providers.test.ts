import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { accept, reply } from '../../src/sandbox/answer';
import { examine, type Report } from '../helpers/doctor';
import { Fakes } from '../helpers/fakes';
import { readEnvironmentFile } from '../helpers/environment-file';
import { temporaryDirectory } from '../helpers/relay-process';
import { runCommand, spawnCommand } from '../helpers/run-command';
import { faketimeLibrary, ShiftedClock } from '../helpers/shifted-clock';

describe('doctor: the providers', () => {
  let fakes: Fakes;
  beforeAll(async () => {
    fakes = await Fakes.start();
  });
  afterEach(() => {
    fakes.sandbox.reset();
  });
  afterAll(() => fakes[Symbol.asyncDispose]());
  const ask = (env: Readonly<Record<string, string>> = {}) =>
    examine(runCommand, { env: { ...fakes.env, ...env } });

  it('accept their credentials, through the relay and the SDKs, and no phone gets anything', async () => {
    const { apns, fcm } = fakes.sandbox;
    apns.script({ answer: reply(400, 'BadDeviceToken') });
    const report = await ask();
    expect(report.findings.filter(({ status }) => status === 'failed' || status === 'warning')).toEqual([]);
    expect(report.of('provider', 'default/apns/production')).toMatchObject({ status: 'ok' });
    expect(report.of('provider', 'default/apns/sandbox')).toMatchObject({ status: 'ok' });
    expect(report.of('provider', 'default/fcm')).toMatchObject({ status: 'ok' });
    expect(report.of('clock')).toMatchObject({ status: 'ok' });
    expect(apns.accepted).toEqual([]);
    expect(fcm.accepted).toEqual([]);
    expect(report.code).toBe(0);
  });

  it('name swapped ids, and a service account that is refused', async () => {
    const { APNS_KEY_ID: key = '', APNS_TEAM_ID: team = '' } = fakes.env;
    fakes.sandbox.fcm.scriptOAuth({ answer: reply(401, 'invalid_client') });
    const report = await ask({ APNS_KEY_ID: team, APNS_TEAM_ID: key });
    expect(report.of('provider', 'default/apns/production')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('Swap') as string,
    });
    expect(report.of('provider', 'default/fcm')).toMatchObject({ status: 'failed' });
    expect(report.code).toBe(1);
  });

  it.each([
    ['TopicDisallowed', 400, 'APNS_TOPIC'],
    ['BadEnvironmentKeyInToken', 403, 'APNS_ENVIRONMENTS'],
  ])('name what %s is about', async (reason, status, variable) => {
    fakes.sandbox.apns.script({ answer: reply(status, reason) });
    const report = await ask();
    expect(report.of('provider', 'default/apns/production')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining(reason) as string,
      fix: expect.stringContaining(variable) as string,
    });
  });

  it('tell a fault of the relay from one of the credential, and an outage from both', async () => {
    // The SDK's connections come after those of the relay.
    const first = new Map<string, number>();
    fakes.sandbox.apns.script(({ environment, connection, path }) => {
      if (!path.startsWith('/3/device')) return null;
      const known = first.get(environment);
      first.set(environment, Math.min(known ?? connection, connection));
      return connection === first.get(environment) ? reply(403, 'InvalidProviderToken') : accept();
    });
    fakes.sandbox.fcm.script({ answer: reply(500, 'INTERNAL') });
    const report = await ask({ APNS_ENVIRONMENTS: 'production' });
    expect(report.of('provider', 'default/apns')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('a fault of the relay') as string,
      fix: expect.stringContaining('providers.client: sdk') as string,
    });
    expect(report.of('provider', 'default/fcm')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('could not be asked') as string,
    });
  });

  it('are fine where they are those of a sandbox on its own', async () => {
    const folder = await temporaryDirectory();
    await using sandbox = await spawnCommand(['sandbox', '--dir', folder], /relay\.env/);
    const env = await readEnvironmentFile(join(folder, 'relay.env'));
    const dataDir = await temporaryDirectory();
    const { code, stdout } = await runCommand(['doctor', '--json'], { env: { ...env, DATA_DIR: dataDir } });
    const { findings } = JSON.parse(stdout) as Pick<Report, 'findings'>;
    expect([code, findings.filter(({ status }) => status === 'failed')]).toEqual([0, []]);
    // Its port is known from a subscription only.
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: 'default/webpush/127.0.0.1', status: 'skipped' }) as unknown,
    );
    expect(await sandbox.stop()).toBe(0);
    await Promise.all([folder, dataDir].map((each) => rm(each, { recursive: true })));
  });

  it('name the credential of each maker that refuses it', async () => {
    const { sandbox } = fakes;
    const { huawei, harmony, honor, xiaomi, oppo, vivo, meizu } = sandbox.credentials;
    const other = 'another-secret';
    const makers = {
      huawei: {
        app_id: huawei.appId,
        app_secret: other,
        url: sandbox.huawei.url,
        auth_url: sandbox.huawei.url,
      },
      harmony: {
        service_account: {
          project_id: harmony.projectId,
          key_id: 'another-key',
          sub_account: harmony.subAccount,
          private_key: harmony.privateKey,
        },
        url: sandbox.harmony.url,
      },
      honor: {
        app_id: honor.appId,
        client_id: honor.clientId,
        client_secret: other,
        url: sandbox.honor.url,
        auth_url: sandbox.honor.url,
      },
      xiaomi: { app_secret: other, package_name: xiaomi.packageName, url: sandbox.xiaomi.url },
      oppo: { app_key: oppo.appKey, master_secret: other, url: sandbox.oppo.url },
      vivo: { app_id: vivo.appId, app_key: vivo.appKey, app_secret: other, url: sandbox.vivo.url },
      meizu: { app_id: meizu.appId, app_secret: other, url: sandbox.meizu.url },
    };
    const { NODE_EXTRA_CA_CERTS: ca = '' } = fakes.env;
    const report = await examine(runCommand, {
      env: { NODE_EXTRA_CA_CERTS: ca, PROVIDERS: 'real' },
      yaml: JSON.stringify({ apps: { default: makers } }),
    });
    for (const [name, keys] of Object.entries(makers)) {
      const found = report.findings.filter(
        ({ check, subject }) => check === 'provider' && subject.startsWith(`default/${name}`),
      );
      // OPPO and Xiaomi have a lane per region.
      expect([name, found.length > 0]).toEqual([name, true]);
      const [secret = ''] = Object.keys(keys).filter((key) => /secret|service_account/.test(key));
      // Where the app is not registered, it has no phones either.
      for (const [index, finding] of found.entries())
        expect(finding).toMatchObject({
          status: index === 0 ? 'failed' : 'warning',
          detail: expect.stringContaining('refuses the credential') as string,
          fix: expect.stringContaining(`apps.default.${name}.${secret}`) as string,
        });
    }
    expect(report.code).toBe(1);
  });

  it('tell a used-up quota and a refused push from a provider that cannot be reached', async () => {
    const { oppo, vivo } = fakes.sandbox;
    const { oppo: oppoKeys, vivo: vivoKeys } = fakes.sandbox.credentials;
    const makers = {
      oppo: { app_key: oppoKeys.appKey, master_secret: oppoKeys.masterSecret, url: oppo.url },
      vivo: {
        app_id: vivoKeys.appId,
        app_key: vivoKeys.appKey,
        app_secret: vivoKeys.appSecret,
        url: vivo.url,
      },
    };
    oppo.script({ when: { path: 'message' }, answer: reply(200, '33') });
    vivo.script({ when: { path: 'message/send' }, answer: reply(200, '10071') });
    const { NODE_EXTRA_CA_CERTS: ca = '' } = fakes.env;
    const report = await examine(runCommand, {
      env: { NODE_EXTRA_CA_CERTS: ca, PROVIDERS: 'real' },
      yaml: JSON.stringify({ apps: { default: makers } }),
    });
    expect(report.of('provider', 'default/oppo/cn')).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/takes no more pushes.*33/) as string,
      fix: expect.stringContaining('quota') as string,
    });
    expect(report.of('provider', 'default/vivo')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/refuses the push, not the credential.*10071/) as string,
    });
  });

  (faketimeLibrary === null ? it.skip : it)('show a clock that is wrong', async () => {
    const clock = await ShiftedClock.create(-600);
    const report = await ask(clock.env);
    expect(report.of('clock')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/60\d s behind|59\d s behind/) as string,
    });
  });
});
