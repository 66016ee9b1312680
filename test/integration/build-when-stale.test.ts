import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');

/** A small project with the real script and the real compiler. */
describe('the build before npm start', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  const run = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [at('scripts/build-when-stale.mjs'), ...args], {
      encoding: 'utf8',
    });
    return { status, stderr };
  };
  const write = (text: string) => writeFileSync(at('src/main.ts'), text);
  const built = () => readFileSync(at('dist/main.js'), 'utf8');
  /** As if it had been saved so many seconds from now. */
  const touch = (path: string, seconds: number) => {
    const time = new Date(Date.now() + seconds * 1000);
    utimesSync(at(path), time, time);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'build-'));
    for (const name of ['scripts', 'src', 'node_modules']) mkdirSync(at(name));
    cpSync(join(root, 'scripts/build-when-stale.mjs'), at('scripts/build-when-stale.mjs'));
    writeFileSync(at('scripts/build-dashboard.mjs'), '');
    writeFileSync(at('package.json'), '{}');
    const compilerOptions = {
      rootDir: 'src',
      outDir: 'dist',
      incremental: true,
      tsBuildInfoFile: 'dist/.tsbuildinfo',
      types: [],
      // Quick: only what it writes matters here.
      lib: ['es5'],
      noCheck: true,
    };
    writeFileSync(at('tsconfig.build.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    symlinkSync(join(root, 'node_modules/typescript'), at('node_modules/typescript'));
    write('console.log(1);');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('builds what is missing, leaves what is fresh, and builds what is stale', () => {
    expect(run()).toMatchObject({ status: 0 });
    expect(built()).toContain('console.log(1)');
    for (const path of ['src', 'src/main.ts', 'tsconfig.build.json']) touch(path, -60);
    writeFileSync(at('dist/main.js'), 'left alone');
    expect(run()).toEqual({ status: 0, stderr: '' });
    expect(built()).toBe('left alone');
    write('console.log(2);');
    touch('src/main.ts', 60);
    expect(run()).toMatchObject({ status: 0 });
    expect(built()).toContain('console.log(2)');
  });

  it('builds a package anew, without what an earlier build left', () => {
    mkdirSync(at('dist'));
    writeFileSync(at('dist/removed.js'), '');
    expect(run('--clean')).toMatchObject({ status: 0 });
    expect([existsSync(at('dist/removed.js')), existsSync(at('dist/main.js'))]).toEqual([false, true]);
  });

  describe('without a compiler', () => {
    beforeEach(() => rmSync(at('node_modules/typescript')));

    it('takes the build that there is, and says so where it is stale', () => {
      mkdirSync(at('dist'));
      writeFileSync(at('dist/main.js'), '');
      touch('dist/main.js', 60);
      expect(run()).toEqual({ status: 0, stderr: '' });
      touch('dist/main.js', -60);
      expect(run()).toEqual({
        status: 0,
        stderr: expect.stringContaining('dist/ is older than its sources'),
      });
    });

    it('says what to do where there is none', () => {
      for (const args of [[], ['--clean']])
        expect(run(...args)).toEqual({
          status: 1,
          stderr: expect.stringContaining('npm ci && npm run build'),
        });
    });

    it('needs no sources', () => {
      mkdirSync(at('dist'));
      writeFileSync(at('dist/main.js'), '');
      rmSync(at('src'), { recursive: true });
      expect(run()).toEqual({ status: 0, stderr: '' });
    });
  });
});
