/**
 * What users get: `npm pack` in a clone that was never built, the package installed with production dependencies only into an
 * empty folder, and its commands run there. `npm run test:package`; it needs npm's registry or cache.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'package-'));
const clone = join(work, 'clone');
const home = join(work, 'home');
const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

const say = (text: string) => process.stdout.write(`${text}\n`);

function cloneFiles(): void {
  const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const name of list.split('\0').filter((one) => one !== '' && existsSync(join(root, one)))) {
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    cpSync(join(root, name), join(clone, name));
  }
}

/** Where a hurried operator may leave them. */
const secrets = [
  '',
  'certs.example/',
  'ops/',
  'ops/compose/',
  'ops/kubernetes/',
  'docs/',
  'dist/',
  'scripts/',
  'clients/node/',
].flatMap((folder) =>
  [
    '.env',
    'AuthKey_X.p8',
    'apns.p12',
    'tls.pem',
    'service-account.json',
    'secrets/api-keys',
    'secret.yaml',
  ].map((name) => folder + name),
);

function pack(): string {
  const { status, stderr } = spawnSync('npm', ['pack'], { cwd: clone, encoding: 'utf8' });
  assert.notEqual(status, 0, 'without a compiler, npm pack makes no package');
  assert.match(stderr, /typescript is not installed.*npm ci/s);
  say('without dependencies: npm pack stops, and says what to run');

  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  for (const path of [...secrets, 'dist/stale.test.js']) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), 'secret');
  }
  const printed = execFileSync('npm', ['pack', '--json', '--silent'], { cwd: clone, encoding: 'utf8' });
  const parsed = JSON.parse(printed.slice(printed.search(/^[[{]/m))) as object;
  const [report] = Object.values(parsed) as { filename: string; files: { path: string }[] }[];
  const names = (report?.files ?? []).map(({ path }) => path);
  for (const name of [
    'dist/main.js',
    'dist/dashboard/page/index.html',
    'dist/dashboard/page/page.js',
    'dist/dashboard/page/page.css',
    'dist/api/page/swagger-ui-bundle.js',
    'clients/node/index.js',
    'clients/node/openapi.d.ts',
    'openapi.json',
    'CHANGELOG.md',
    'SECURITY.md',
    'docker-compose.yml',
    'ops/alerts.yml',
    'README.md',
  ])
    assert.ok(names.includes(name), `${name} is in the package`);
  const unwanted = names.filter(
    (name) =>
      secrets.includes(name) ||
      /\.map$|\.tsbuildinfo$|\.test\.js$|^src\/|^test\/(?!fixtures\/wukongim\/)/.test(name),
  );
  assert.deepEqual(unwanted, []);
  say(`packed ${names.length} files: the build, and no secret, test or map`);
  return join(clone, report?.filename ?? '');
}

function install(tarball: string): string {
  const folder = join(work, 'installed');
  mkdirSync(folder);
  mkdirSync(home);
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--omit=dev', '--prefer-offline', ...quiet, tarball], {
    cwd: folder,
    stdio: 'inherit',
  });
  assert.ok(!existsSync(join(folder, 'node_modules/typescript')), 'production dependencies only');
  say('installed into an empty folder');
  return folder;
}

async function run(folder: string): Promise<void> {
  const binary = join(folder, 'node_modules/.bin/wukongim-push-relay');
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PORT: '0', DATA_DIR: join(work, 'data') };
  execFileSync(binary, ['demo', '--once'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
  say('demo --once: 0');
  const relay = spawn(binary, ['serve'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  for await (const chunk of relay.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    log += String(chunk);
    if (log.includes('"relay_listening"')) break;
  }
  relay.stdout.resume();
  const ended = once(relay, 'exit');
  relay.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], log);
  say('serve, SIGTERM: 0');
}

async function main(): Promise<void> {
  try {
    cloneFiles();
    await run(install(pack()));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
