import { cpus } from 'node:os';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { closeConnections } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { play, type Result } from './play';
import type { FaultyStore, Scenario } from './scenario';
import { scenarios } from './scenarios';

const { values } = parseArgs({
  options: {
    /** Without the long ones. */
    short: { type: 'boolean', default: false },
    /** Those whose name contains this. */
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    'per-second': { type: 'string', default: '60' },
    'timeout-seconds': { type: 'string', default: '90' },
  },
});

const columns: readonly (readonly [string, number, (result: Result) => string | number])[] = [
  ['fault', 50, ({ name }) => name],
  ['sent', 6, ({ sent }) => sent],
  ['200', 6, ({ answered }) => answered],
  ['owed', 7, ({ owed }) => owed],
  ['accepted', 9, ({ accepted }) => accepted],
  ['lost', 5, ({ lost }) => lost],
  ['repeated', 9, ({ repeated }) => repeated],
  ['bound', 6, ({ bound }) => bound],
  ['p99 before', 11, ({ p99BeforeMs }) => p99BeforeMs.toFixed(1)],
  ['during', 7, ({ p99DuringMs }) => (p99DuringMs === 0 ? '–' : p99DuringMs.toFixed(1))],
  ['after', 7, ({ p99AfterMs }) => p99AfterMs.toFixed(1)],
  ['slowest', 8, ({ slowestMs }) => Math.round(slowestMs)],
  ['sender', 7, ({ p99LateMs }) => p99LateMs.toFixed(1)],
  ['seconds', 8, ({ tookMs }) => (tookMs / 1000).toFixed(1)],
];

function line(cells: readonly (string | number)[]): string {
  return columns
    .map(([, width], index) => {
      const text = String(cells[index] ?? '');
      return index === 0 ? text.padEnd(width) : text.padStart(width);
    })
    .join(' ');
}

function print(result: Result): void {
  console.log(line(columns.map(([, , read]) => read(result))));
  console.log(`     bound: ${result.because}${result.notes === '' ? '' : `; ${result.notes}`}`);
  for (const failure of result.failures) console.log(`     FAILED: ${failure}`);
}

function machine(): string {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  const redis = /v=(\S+)/.exec(stdout ?? '')?.[1] ?? 'not found';
  return `Node ${process.versions.node}, Redis ${redis}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
}

async function main(): Promise<void> {
  const chosen: readonly Scenario<FaultyStore>[] = scenarios.filter(
    ({ name, isLong }) => name.includes(values.only) && !(values.short && isLong === true),
  );
  console.log(`${machine()}; ${values['per-second']} webhooks a second\n`);
  console.log(line(columns.map(([name]) => name)));
  const fakes = await Fakes.start();
  const results: Result[] = [];
  for (const [index, scenario] of chosen.entries()) {
    const result = await play(scenario, {
      fakes,
      seed: Number(values.seed) + index,
      perSecond: Number(values['per-second']),
      timeoutMs: Number(values['timeout-seconds']) * 1000,
    });
    results.push(result);
    print(result);
  }
  await fakes[Symbol.asyncDispose]();
  closeConnections();
  console.log(
    '\nowed: deliveries that the messages answered 200 call for; milliseconds of the webhooks’ answers: p99 before the fault, from a second after it until it was mended, and from then to the end, and the slowest since it; sender: p99 of how late the sending thread itself ran, which has nothing else to do.',
  );
  const failed = results.filter((result) => result.failures.length > 0).length;
  console.log(`faults: ${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
}

void main();
