import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { configurationSchema } from '../../src/config/json-schema';
import { listKeys } from '../../src/config/key-table';
import { temporaryDirectory } from '../helpers/relay-process';
import { runInProcess } from '../helpers/run-command';

const root = join(__dirname, '../..');
const committed: unknown = JSON.parse(readFileSync(join(root, 'relay.schema.json'), 'utf8'));
const example = readFileSync(join(root, 'relay.example.yaml'), 'utf8');
const schema = z.fromJSONSchema(committed as Parameters<typeof z.fromJSONSchema>[0]);
const faults = (yaml: string) => {
  const { error } = schema.safeParse(parse(yaml));
  return error === undefined ? [] : error.issues;
};

describe('relay.schema.json', () => {
  it('is what check-config --schema prints', async () => {
    const { code, stdout } = await runInProcess(['check-config', '--schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(committed);
    expect(JSON.parse(JSON.stringify(configurationSchema()))).toEqual(committed);
  });

  it('knows every key, by what it expects', () => {
    const text = JSON.stringify(committed);
    for (const { path, secret } of listKeys()) {
      const name = path.at(-1) === '[]' ? path.at(-2) : path.at(-1);
      expect(text).toContain(`"${name}":`);
      if (secret === true) expect(text).toContain(`"${name}_file":`);
    }
    expect(text).toContain('A whole number from 0 to 65535');
  });

  it.each([
    'server: {port: 8080}',
    'webhook: {secrets: "a, b", allow_from: [10.0.0.0/8]}',
    'api: {keys_file: /run/secrets/api}',
    'apps: {default: {fcm: {service_account_file: a.json}}, second: null}',
    'redis:',
  ])('accepts %s', (yaml) => {
    expect(faults(yaml)).toEqual([]);
  });

  it.each([
    'server: {prot: 8080}',
    'unknown: 1',
    'apps: {default: {apns: {team: T}}}',
    'webhook: {forward: [{adress: http://a}]}',
    'server: 8080',
  ])('refuses %s', (yaml) => {
    expect(faults(yaml)).not.toEqual([]);
  });
});

describe('relay.example.yaml', () => {
  it('fits the schema, as it is and with every line that is commented out', () => {
    expect(faults(example)).toEqual([]);
    const whole = example.replaceAll(/^( *)# ( *(?:- )?[a-z_]+:)/gm, '$1$2');
    expect(Object.keys(parse(whole) as object)).toEqual(
      expect.arrayContaining(['redis', 'wukongim', 'trace']),
    );
    expect(faults(whole)).toEqual([]);
  });

  it('is a valid configuration once its files are there', async () => {
    const folder = await temporaryDirectory();
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem);
    const account = {
      type: 'service_account',
      project_id: 'my-project',
      client_email: 'a@b.c',
      private_key: rsa,
    };
    const files = {
      webhook: 'a-webhook-secret-Zq1',
      api: 'an-api-key-of-its-own-7',
      'AuthKey_ABCDE12345.p8': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem),
      'service-account.json': JSON.stringify(account),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const yaml = example.replaceAll('/run/secrets', folder).replace('/var/lib/wukongim-push-relay', folder);
    await writeFile(join(folder, 'relay.yaml'), yaml);
    const { code, stdout, stderr } = await runInProcess([
      'check-config',
      '--config',
      join(folder, 'relay.yaml'),
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^# Set:\n# server.host: "0.0.0.0" \(relay.yaml:\d+\)\n[^]*# The configuration is valid.\n$/,
    );
    await rm(folder, { recursive: true });
  });
});

describe('check-config', () => {
  it('shows what differs from the defaults before what repeats one, and warns of keys without effect', async () => {
    const folder = await temporaryDirectory();
    await writeFile(
      join(folder, 'relay.yaml'),
      'server: {port: 8080, host: 127.0.0.2}\njournal: {max_bytes: 2GiB}\nwebhook: {secrets: [a-webhook-secret-Zq1]}\napi: {keys: [an-api-key-of-its-own-7]}\n',
    );
    const args = ['check-config', '--config', join(folder, 'relay.yaml')];
    const { stdout, stderr } = await runInProcess(args, { env: { DATA_DIR: folder } });
    expect(stdout).toMatch(/^# Set:\n(?:# (?!server.port).*\n)+# Set to the default:\n# server.port: 8080/);
    expect(stdout).toContain('# journal.max_bytes: "2GiB"');
    expect(stderr).toContain('warning: journal.max_bytes: it has no effect, because the store is embedded');
    const json = JSON.parse(
      (await runInProcess([...args, '--json'], { env: { DATA_DIR: folder } })).stdout,
    ) as {
      readonly valid: boolean;
      readonly keys: readonly object[];
    };
    expect(json.valid).toBe(true);
    expect(json.keys).toContainEqual({ key: 'server.host', value: '127.0.0.2', source: 'relay.yaml:1' });
    await rm(folder, { recursive: true });
  });

  it('prints its problems as JSON, and ends with 2', async () => {
    const { code, stdout } = await runInProcess(['check-config', '--json'], { env: { PORT: 'x' } });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: [{ key: 'server.port', source: 'PORT' }],
    });
  });
});
