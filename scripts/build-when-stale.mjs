// Builds dist/ when it is missing or older than what it is made of. `npm start` and `npm run demo` run this first, `prepack`
// runs it with --clean. Without a compiler (after `npm ci --omit=dev`) an existing dist/ is used as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'dist/main.js');
// The compiler leaves main.js alone when only other files change; it notes each build here.
const stamp = join(root, 'dist/.tsbuildinfo');
const copyPage = join(root, 'scripts/copy-api-page.mjs');

function newestMs(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  // The folder's own time too: it changes when a source is deleted.
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function compiler() {
  try {
    return createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc');
  } catch {
    return null;
  }
}

/** Why a build is needed; null when it is not. */
function reason() {
  if (!existsSync(output)) return 'dist/ is missing';
  // A package holds dist/ alone.
  if (!existsSync(join(root, 'src'))) return null;
  const builtMs = existsSync(stamp) ? statSync(stamp).mtimeMs : statSync(output).mtimeMs;
  const inputs = [
    'src',
    'docs/errors.md',
    'docs/runbook.md',
    'docs/zh-CN/errors.md',
    'docs/zh-CN/runbook.md',
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
  ];
  return inputs.some((name) => newestMs(join(root, name)) > builtMs)
    ? 'dist/ is older than its sources'
    : null;
}

function build() {
  // Before the build: what is saved during it is newer, and built the next time.
  const startedAt = new Date();
  const result = spawnSync(process.execPath, [compiler(), '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
  if (existsSync(copyPage)) {
    const copied = spawnSync(process.execPath, [copyPage], { stdio: 'inherit' });
    if (copied.status !== 0) process.exit(copied.status ?? 1);
  }
  const required = clean ? ['--required'] : [];
  const page = spawnSync(process.execPath, ['scripts/build-dashboard.mjs', ...required], {
    cwd: root,
    stdio: 'inherit',
  });
  if (page.status !== 0) process.exit(page.status ?? 1);
  if (existsSync(stamp)) utimesSync(stamp, startedAt, startedAt);
}

const clean = process.argv.includes('--clean');
const why = clean ? 'a package needs a clean build' : reason();
if (why !== null) {
  if (compiler() !== null) {
    if (clean) rmSync(join(root, 'dist'), { recursive: true, force: true });
    build();
  } else if (existsSync(output) && !clean) {
    console.error(
      `${why}, and typescript is not installed: starting the existing build. To build: npm ci && npm run build`,
    );
  } else {
    console.error(
      `${why}, and typescript is not installed, so it cannot be built here. ` +
        'Run `npm ci && npm run build` first. Then `npm prune --omit=dev` removes the compiler again.',
    );
    process.exit(1);
  }
}
