import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '../helpers/relay-process';

const root = join(__dirname, '../..');

interface Stored {
  readonly machine: { readonly model: string; readonly node: string };
  readonly measurements: readonly {
    readonly key: string;
    readonly values: readonly { readonly name: string; readonly value: number }[];
  }[];
}

async function bench(...args: readonly string[]) {
  const child = spawn(
    process.execPath,
    ['-r', './test/helpers/typescript.cjs', 'bench/main.ts', '--no-pin', ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, code };
}

describe('the bench', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await temporaryDirectory();
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('measures, prints a table, writes JSON, and ends with 1 where the baseline was better', async () => {
    const [baseline, results] = [join(directory, 'baseline.json'), join(directory, 'bench.json')];
    const invented = { name: '× node-apn send', value: 0.001, unit: '', compared: 'lower_is_better' };
    await writeFile(
      baseline,
      JSON.stringify({
        measurements: [{ key: 'message/embedded/apns', what: 'embedded', values: [invented], targets: [] }],
      }),
    );
    const chosen = ['--only', 'message', '--store', 'embedded', '--short', '--results', results];
    const { stdout, stderr, code } = await bench(...chosen, '--compare', '--baseline', baseline);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\| embedded, apns +\| +[\d.]+ \| +[\d.]+ \|/m);
    expect(stdout).toContain('1 worse than the baseline: message/embedded/apns × node-apn send');
    expect(code).toBe(1);
    const written = JSON.parse(await readFile(results, 'utf8')) as Stored;
    expect(written.machine.node).toBe(process.version);
    expect(written.measurements.map(({ key }) => key)).toEqual([
      'message/embedded/apns',
      'message/embedded/apns/rules',
      'message/embedded/apns/untraced',
      'message/embedded/fcm',
    ]);
    for (const { value } of written.measurements[0]?.values ?? []) expect(value).toBeGreaterThan(0);
  });

  it('says which scenarios there are, where there is no such one', async () => {
    const { stderr, code } = await bench('--only', 'nonsense');
    expect(code).toBe(2);
    expect(stderr).toContain('there is no scenario nonsense');
    expect(stderr).toContain('intake');
  });
});
