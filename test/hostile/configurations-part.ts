import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config';
import { maskedYaml } from '../../src/config/masked-config';
import { problemLine, warningLine } from '../../src/config/problem';
import { temporaryDirectory } from '../helpers/relay-process';
import { Configurations, marker, type HostileConfiguration } from './configurations';
import { playCases, PartReport, seedOf, type PartOptions } from './part';

/** Of so many configurations one is given to the real processes; a start takes as long as thousands are read in. */
const sampleEvery = 400;
/** Of the valid ones, which are rare, one of so many. */
const validEvery = 20;
const lanes = 3;
const patienceMs = 60_000;
const perCase = 25;

/** Configurations by grammar: read in this process, and a sample of them by `check-config` and `serve`. */
export async function playConfigurations(options: PartOptions): Promise<PartReport> {
  const report = new PartReport('configurations', options.seed);
  const directory = await temporaryDirectory();
  const valid = { seen: 0 };
  try {
    await playCases(options, lanes, async (number) => {
      const generator = new Configurations(seedOf(options.seed, number));
      for (let at = 0; at < perCase; at += 1) {
        const given = generator.next();
        const isValid = readHere(given, report, number);
        if (isValid) valid.seen += 1;
        const isSample = isValid
          ? valid.seen % validEvery === 1
          : (number * perCase + at) % sampleEvery === 0;
        if (isSample || options.only !== null)
          await runThere(given, isValid, join(directory, `${number}-${at}`), report, number);
      }
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  report.figures.push(`${valid.seen} of them valid`);
  return report;
}

/** Whether it is valid. */
function readHere(given: HostileConfiguration, report: PartReport, number: number): boolean {
  report.tried('read');
  try {
    const result = loadConfig({
      configPath: given.yaml === null ? null : '/relay.yaml',
      env: given.env,
      cwd: '/',
      clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
      readFile: (path) =>
        Buffer.from(path === '/relay.yaml' ? (given.yaml ?? '') : (given.files[path] ?? '')),
    });
    const shown = [
      ...result.warnings.map(warningLine),
      ...(result.ok
        ? [maskedYaml(result.printable), JSON.stringify(result.config)]
        : result.problems.map(problemLine)),
    ].join('\n');
    if (shown.includes(marker))
      report.fault(number, `a secret is shown: ${lineWith(shown)} of ${JSON.stringify(given)}`);
    if (!result.ok && result.problems.length === 0)
      report.fault(number, `refused for no reason: ${JSON.stringify(given)}`);
    return result.ok;
  } catch (error) {
    report.fault(number, `reading threw ${String(error)}: ${JSON.stringify(given)}`);
    return false;
  }
}

async function runThere(
  given: HostileConfiguration,
  isValid: boolean,
  directory: string,
  report: PartReport,
  number: number,
): Promise<void> {
  const fault = (text: string): void => report.fault(number, `${text}: ${JSON.stringify(given)}`);
  const env = await written(given, directory);
  report.tried('check-config');
  const checked = await run('check-config', env, directory);
  if (checked.end !== 0 && checked.end !== 2) fault(`check-config ${told(checked)}`);
  if (checked.output.includes(marker)) fault(`check-config shows a secret: ${lineWith(checked.output)}`);
  // The files are others there, and a file that is not there is another problem.
  // Only the process can tell whether Google's library finds the credential that a section of FCM leaves out.
  const needsGoogle = isValid && checked.output.includes("Google's default credentials do not name");
  if (isValid !== (checked.end === 0) && !needsGoogle)
    fault(`valid here ${isValid}, check-config ${told(checked)}`);
  report.tried('serve');
  const served = await run('serve', env, directory);
  if (served.output.includes(marker)) fault(`serve shows a secret: ${lineWith(served.output)}`);
  if (checked.end === 2 && served.end !== 2) fault(`check-config refuses, serve ${told(served)}`);
  if (checked.end === 0 && !mayEndSo(served)) fault(`check-config takes it, serve ${told(served)}`);
}

/** The files and the environment of a process. The door and the data are the suite's own. */
async function written(
  { yaml, env, files }: HostileConfiguration,
  directory: string,
): Promise<Record<string, string>> {
  await mkdir(directory, { recursive: true });
  const own: Record<string, string> = { ...env, PORT: '0', DATA_DIR: join(directory, 'data') };
  if (yaml !== null) {
    own['RELAY_CONFIG'] = join(directory, 'relay.yaml');
    await writeFile(own['RELAY_CONFIG'], yaml);
  }
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path.replaceAll('/', '_'));
    await writeFile(file, content);
    for (const [name, value] of Object.entries(own)) if (value === path) own[name] = file;
  }
  return own;
}

interface Run {
  /** The exit code; `listened`, and then it was stopped; or neither within some time: `hung`. */
  readonly end: number | 'listened' | 'hung' | null;
  readonly output: string;
}

/** Until it listens or ends. */
async function run(command: string, env: Readonly<Record<string, string>>, cwd: string): Promise<Run> {
  const child = spawn(process.execPath, [join(__dirname, '../../dist/main.js'), command], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let end: Run['end'] = null;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (end !== null || !/"url":"http/.test(output)) return;
      end = 'listened';
      child.kill('SIGTERM');
    });
  }
  const patience = setTimeout(() => {
    end = 'hung';
    child.kill('SIGKILL');
  }, patienceMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(patience);
  return { end: end ?? code, output };
}

/** A valid configuration starts, but for what no reader of configurations can know: addresses and databases. */
function mayEndSo({ end, output }: Run): boolean {
  return (
    end === 'listened' ||
    (end === 2 && /address|EADDR|database|Redis|data_dir|certificate|default credentials/i.test(output))
  );
}

function told({ end, output }: Run): string {
  return `${typeof end === 'string' ? end : `ended with ${String(end)}`}: ${output.slice(-400)}`;
}

function lineWith(text: string): string {
  return text.split('\n').find((line) => line.includes(marker)) ?? '';
}
