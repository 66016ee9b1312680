import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RelayProcess } from '../helpers/relay-process';

const usage = `usage: npm run test:schema -- [--seconds N]
  schemathesis, with all of its checks, against a relay on the embedded store with sandbox providers:
  half of the time with a key, half of it without keys, as on a loopback address
  --seconds N  how long in all; default 480
  --seed S     the same requests again; random by default, and printed`;

const version = '4.32.5';
const folder = join(__dirname, '../../node_modules/.cache/schemathesis');
const program = join(folder, `venv-${version}/bin/schemathesis`);
const key = 'key-of-the-schema-test-0123456789';

/**
 * Rules that a schema cannot say (a body that needs a title or a text, a cursor that this list gave out, an app that is configured)
 * answer 400, 404, 422 or 429 to what the schema allows. Everything else is as strict as schemathesis has it.
 */
const settings = `[checks]
positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "422", "429"]
negative_data_rejection.expected-statuses = ["400", "401", "404", "405", "413", "415", "422", "429", "431"]
`;

async function run(command: string, args: readonly string[], cwd?: string): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', ...(cwd === undefined ? {} : { cwd }) });
  const [code] = (await Promise.race([once(child, 'close'), once(child, 'error').then(() => [127])])) as [
    number | null,
  ];
  return code ?? 1;
}

/** Pinned, in an environment of its own below node_modules. */
async function install(): Promise<boolean> {
  if (existsSync(program)) return true;
  await mkdir(folder, { recursive: true });
  const venv = join(folder, `venv-${version}`);
  if ((await run('python3', ['-m', 'venv', '--clear', venv])) !== 0) return false;
  const pip = ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${version}`];
  if ((await run(join(venv, 'bin/pip'), pip)) === 0) return true;
  await rm(venv, { recursive: true, force: true });
  return false;
}

/** The document as it holds for a relay without keys: nobody has to prove who they are. */
async function withoutSecurity(url: string, work: string): Promise<string> {
  const answer = await fetch(`${url}/openapi.json`);
  const document = (await answer.json()) as { paths: Record<string, Record<string, { security?: unknown }>> };
  for (const operations of Object.values(document.paths))
    for (const operation of Object.values(operations)) delete operation.security;
  const file = join(work, 'openapi.json');
  await writeFile(file, JSON.stringify({ ...document, security: [] }));
  return file;
}

/** One relay, with these keys or with none; resolves with 0 when nothing was found. */
async function check(keys: string | undefined, seconds: number, seed: number): Promise<number> {
  const relay = await RelayProcess.start({
    env: { PROVIDERS: 'sandbox', ...(keys === undefined ? {} : { API_KEYS: keys }) },
  });
  const work = await mkdtemp(join(tmpdir(), 'relay-schema-'));
  try {
    await writeFile(join(work, 'schemathesis.toml'), settings);
    const location =
      keys === undefined ? await withoutSecurity(relay.url, work) : `${relay.url}/openapi.json`;
    const target = keys === undefined ? ['--url', relay.url] : ['-H', `Authorization: Bearer ${keys}`];
    const options = [
      '--checks',
      'all',
      '--seed',
      String(seed),
      '--max-time',
      String(seconds),
      '--continue-on-failure',
      '--no-color',
    ];
    const code = await run(program, ['run', location, ...target, ...options], work);
    const faults = relay.log.filter(({ level }) => level === 'error');
    const how = keys === undefined ? 'without keys' : 'with a key';
    console.log(
      `schemathesis ${how} ended with ${String(code)}; errors in the relay's log: ${String(faults.length)}`,
    );
    for (const fault of faults.slice(0, 5)) console.log(JSON.stringify(fault));
    return code === 0 && faults.length === 0 ? 0 : 1;
  } finally {
    await relay.stop();
    await rm(work, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const [seconds, seed] = [Number(values.seconds ?? '480'), Number(values.seed ?? randomInt(1_000_000))];
  if (!Number.isInteger(seconds) || seconds < 1 || !Number.isInteger(seed)) {
    console.error(usage);
    return 2;
  }
  if (!(await install())) {
    console.error(
      `schemathesis ${version} cannot be installed (python3 with venv and pip is needed): not run`,
    );
    return process.env['CI'] === 'true' ? 1 : 0;
  }
  const share = Math.max(1, Math.floor(seconds / 2));
  const keyed = await check(key, share, seed);
  const keyless = await check(undefined, share, seed);
  return keyed + keyless === 0 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
