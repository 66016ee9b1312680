import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

const usage = `usage: npm run test:busy -- [--times N] [--loops N] [-- arguments of jest]
  --times N   how often the tests run one after the other; default 3
  --loops N   busy loops beside them; default one a processor`;

/** A loop that does nothing ends by itself when its parent is gone: a run that is killed leaves none behind. */
const loop = `const parent = process.ppid; for (;;) { if (process.ppid !== parent) process.exit(); for (let i = 0; i < 1e8; i++); }`;
/** As `npm test` has them. */
const theTests = ['--selectProjects', 'unit', 'contract', 'integration'];
const niceness = '5';

interface Run {
  readonly code: number | null;
  readonly seconds: number;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { times: { type: 'string', default: '3' }, loops: { type: 'string' } },
  });
  const times = Number(values.times);
  const loops = Number(values.loops ?? availableParallelism());
  if (!Number.isInteger(times) || times < 1 || !Number.isInteger(loops) || loops < 0) {
    console.error(usage);
    return 2;
  }
  const busy = Array.from({ length: loops }, startLoop);
  try {
    const runs: Run[] = [];
    for (let time = 0; time < times; time++)
      runs.push(await runTests(positionals.length > 0 ? positionals : theTests));
    for (const [index, { code, seconds }] of runs.entries())
      console.log(
        `run ${index + 1} beside ${loops} busy loops: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`,
      );
    return runs.every(({ code }) => code === 0) ? 0 : 1;
  } finally {
    for (const child of busy) child.kill('SIGKILL');
  }
}

function startLoop(): ChildProcess {
  return spawn('nice', ['-n', niceness, process.execPath, '-e', loop], { stdio: 'ignore' });
}

async function runTests(args: readonly string[]): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, seconds: Math.round((performance.now() - startedAt) / 1000) };
}

void main().then((code) => (process.exitCode = code));
