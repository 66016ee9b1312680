import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = join(__dirname, '../..');
const folder = join(root, 'node_modules/.cache/tree-sitter');
const packages = ['tree-sitter==0.26.1', 'tree-sitter-swift==0.7.4', 'tree-sitter-kotlin==1.1.0'];
const venv = join(folder, 'venv-1');

async function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', cwd: root });
  const [code] = (await Promise.race([once(child, 'close'), once(child, 'error').then(() => [127])])) as [
    number | null,
  ];
  return code ?? 1;
}

/** In an environment of its own below node_modules. */
async function install(): Promise<boolean> {
  if (existsSync(join(venv, 'installed'))) return true;
  await mkdir(folder, { recursive: true });
  if ((await run('python3', ['-m', 'venv', '--clear', venv])) !== 0) return false;
  const pip = ['install', '--quiet', '--disable-pip-version-check', ...packages];
  if ((await run(join(venv, 'bin/pip'), pip)) !== 0) return false;
  await mkdir(join(venv, 'installed'));
  return true;
}

function sources(name: string, ending: string): string[] {
  const found = readdirSync(join(root, name)).filter((each) => each.endsWith(ending));
  if (found.length === 0) throw new Error(`no ${ending} in ${name}`);
  return found.map((each) => relative(root, join(root, name, each)));
}

/** True also where there is no compiler, which is said. */
async function compile(kotlin: readonly string[]): Promise<boolean> {
  const found = spawnSync('kotlinc', ['-version'], { encoding: 'utf8' });
  if (found.status !== 0) {
    console.log('Kotlin: not compiled, kotlinc is not on the PATH (apt-get install kotlin)');
    return true;
  }
  const work = await mkdtemp(join(tmpdir(), 'relay-kotlin-'));
  try {
    const code = await run('kotlinc', ['-no-reflect', '-d', work, ...kotlin, 'test/examples/android-stubs']);
    if (code === 0)
      console.log(`Kotlin: compiled against stubs by ${found.stderr.trim().split('\n').at(-1)}`);
    return code === 0;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Parses the Swift and Kotlin of examples/, and compiles the Kotlin against stubs of Android, Firebase and WuKongIM's SDK. */
async function main(): Promise<number> {
  const swift = sources('examples/ios', '.swift');
  const kotlin = sources('examples/android', '.kt');
  if (!(await install())) {
    console.error('tree-sitter cannot be installed (python3 with venv and pip is needed): nothing is parsed');
    if (process.env['CI'] === 'true') return 1;
  } else {
    if ((await run(join(venv, 'bin/python'), ['test/examples/parse.py', ...swift, ...kotlin])) !== 0)
      return 1;
    console.log(`parsed: ${swift.length} files of Swift, ${kotlin.length} of Kotlin`);
  }
  return (await compile(kotlin)) ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
