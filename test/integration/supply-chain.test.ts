import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(__dirname, '../..');

function check(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/supply-chain.mjs'), ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

describe('npm run supply-chain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  const good = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' };
  const withPackage = (name: string, entry: object) => {
    const file = join(folder, 'package-lock.json');
    writeFileSync(file, JSON.stringify({ packages: { '': {}, [`node_modules/${name}`]: entry } }));
    return check(file);
  };

  it('finds nothing in our own lock file', () => {
    expect(check()).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['node-forge', { ...good, version: '1.3.1' }, 'CVE-2025-12816'],
    ['a/node_modules/qs', { ...good, version: '6.5.3' }, 'qs@6.5.3: CVE-2025-15284'],
    ['x', { ...good, license: 'GPL-3.0' }, 'license GPL-3.0'],
    ['x', { ...good, license: '(MIT AND GPL-3.0)' }, 'license (MIT AND GPL-3.0)'],
    ['x', { version: '1.0.0', integrity: 'sha512-x' }, 'license (none)'],
    ['x', { ...good, integrity: undefined }, 'integrity'],
    ['x', { ...good, resolved: 'https://registry.example/x.tgz' }, 'registry.example'],
  ])('refuses %s %j', (name, entry, reason) => {
    expect(withPackage(name, entry)).toMatchObject({ status: 1, stderr: expect.stringContaining(reason) });
  });

  it.each([
    ['x', { ...good, license: '(GPL-2.0 OR MIT)' }],
    ['x', { ...good, license: 'GPL-3.0', dev: true }],
    ['node-forge', { ...good, version: '1.3.2' }],
    ['body-parser', { ...good, version: '2.1.0' }],
  ])('takes %s %j', (name, entry) => {
    expect(withPackage(name, entry)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('the hosted workflows', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }
  interface Job {
    readonly 'runs-on': string;
    readonly 'timeout-minutes': number;
    readonly needs?: string;
    readonly steps: readonly Step[];
    readonly strategy?: { readonly matrix: { readonly node?: string[]; readonly server?: string[] } };
  }
  interface Workflow {
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, Job>>;
  }
  const folder = join(root, '.github/workflows');
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
  const texts = readdirSync(folder).map(textOf);
  const workflows = texts.map((text) => parse(text) as Workflow);
  const [checks, release] = ['ci.yml', 'release.yml'].map((name) => parse(textOf(name)) as Workflow);
  const jobs = workflows.flatMap((workflow) => Object.values(workflow.jobs));
  const steps = jobs.flatMap(({ steps: inJob }) => inJob);

  it('pin each action to a commit, with its version beside it', () => {
    const uses = texts.flatMap((text) => [...text.matchAll(/uses: (.*)/g)].map(([, value]) => value));
    expect(uses.length).toBeGreaterThan(0);
    for (const value of uses) expect(value).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('run .ci/run on each line of Node.js, and an audit that nothing excuses', () => {
    expect(checks?.jobs['checks']?.strategy?.matrix.node).toEqual(['20', '22', '24', '26']);
    const runs = steps.map(({ run = '' }) => run).join('\n');
    for (const command of ['.ci/run', 'npm audit --audit-level', 'npm run supply-chain', 'npm sbom'])
      expect(runs).toContain(command);
    expect(texts.join('\n')).not.toMatch(/continue-on-error: true|npm audit.*\|\|/);
  });

  it('test each line of Redis and Valkey that the documents name, by tests that there are', () => {
    const stores = checks?.jobs['stores'];
    expect(stores?.strategy?.matrix.server?.map((image) => image.replace(/-.*/, ''))).toEqual([
      'redis:6.2',
      'redis:7',
      'redis:8',
      'valkey/valkey:8',
    ]);
    const selections = (stores?.steps ?? []).flatMap(({ run = '' }) => {
      const [, projects = '', patterns = ''] =
        /--selectProjects ([\w ]+) --testPathPatterns (.*)$/.exec(run) ?? [];
      return patterns
        .split(' ')
        .flatMap((pattern) => (pattern === '' ? [] : [{ projects: projects.split(' '), pattern }]));
    });
    const tests = ['contract', 'integration', 'long'].flatMap((project) =>
      readdirSync(join(root, 'test', project), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `test/${project}/${name}`),
    );
    expect(selections.length).toBeGreaterThan(5);
    for (const { projects, pattern } of selections)
      expect(
        tests.some((name) => projects.includes(name.split('/')[1] ?? '') && name.includes(pattern)),
      ).toBe(true);
  });

  it('publish an image of two processors, with its parts and its origin, after the checks only', () => {
    expect(release?.jobs['image']?.needs).toBe('checks');
    const build = release?.jobs['image']?.steps.find(({ uses = '' }) =>
      uses.startsWith('docker/build-push-action@'),
    );
    expect(build?.with).toMatchObject({
      platforms: 'linux/amd64,linux/arm64',
      sbom: true,
      provenance: 'mode=max',
    });
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    for (const [, name = ''] of String(build?.with?.['build-args']).matchAll(/^(\w+)=/gm))
      expect(dockerfile).toMatch(new RegExp(`^ARG ${name}=`, 'm'));
  });

  it('may only read by default, and end by themselves', () => {
    for (const { permissions } of workflows) expect(permissions).toEqual({ contents: 'read' });
    for (const job of jobs)
      expect(job).toMatchObject({ 'runs-on': 'ubuntu-24.04', 'timeout-minutes': expect.any(Number) });
  });
});
