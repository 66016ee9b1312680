import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const documents = [
  'README.md',
  'certs.example/README.md',
  'ops/kubernetes/relay.yaml',
  'docker-compose.yml',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** What the documents tell people to create beside the code: by the commands that write it, and by its name. */
const named = documents.flatMap((name) => {
  const text = read(name);
  const written = [
    /^[^#\n]*(?<!-)> ?([\w./-]+)(?: <<EOF)?$/gm,
    /^cp ~\/\S+ ([\w./-]+)$/gm,
    /openssl pkcs12.* -out ([\w./-]+)/g,
    /--from-file=(?:[\w-]+=)?([\w.-]+)/g,
    /devices export --file (\S+)/g,
    /file: \.\/([\w./-]+)/g,
    /([\w-]+\.(?:p8|p12|pfx|pem|cer|key))\b/g,
    /\b((?:[\w-]*service-account[\w-]*|google-services)\.json)\b/g,
  ];
  return written.flatMap((pattern) => [...text.matchAll(pattern)].map(([, path = '']) => path));
});

/** Other usual names of the same things. */
const usual = [
  '.env.production',
  'secrets/anything',
  'sandbox/identity.json',
  'certs/AuthKey.p8',
  'AuthKey_ABC123DEFG.p8',
  'voip.p12',
  'my-app-firebase-adminsdk-x1y2z-0123456789.json',
  'my_service_account.json',
  'tls.key',
  'GoogleService-Info.plist',
  'relay.yaml',
];

const isOfTheSystem = (path: string) => path.startsWith('/') || path === '-';
const secrets = [...new Set([...named, ...usual])].filter((path) => path !== '' && !isOfTheSystem(path));

describe('what the documents tell people to create', () => {
  it('is found in them', () => {
    expect(secrets).toEqual(
      expect.arrayContaining([
        '.env',
        'secrets/api-keys',
        'webhook-secret',
        'redis-url',
        'relay.env',
        'apns.p12',
      ]),
    );
  });

  it.each(secrets)('%s is ignored by git', (path) => {
    const { stdout } = spawnSync('git', ['check-ignore', '--no-index', path], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe(path);
  });

  it('ignores nothing that belongs to the repository', () => {
    expect(
      execFileSync('git', ['ls-files', '-ci', '--exclude-standard'], { cwd: root, encoding: 'utf8' }),
    ).toBe('');
  });
});
