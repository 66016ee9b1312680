import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { closeConnections } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { redisVersion } from '../helpers/redis-server';
import { play, type PlayOptions, type Result } from './play';
import type { FaultyStore, Scenario } from './scenario';
import { scenarios } from './scenarios';

const { values } = parseArgs({
  options: {
    /** Without the long ones, and with limits of time printed instead of held: within four minutes, on any machine. */
    short: { type: 'boolean', default: false },
    /** Those whose name contains this. */
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    'per-second': { type: 'string', default: '60' },
    /** Against hanging, for each scenario. */
    'timeout-seconds': { type: 'string', default: '180' },
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
  ['both', 6, ({ p99SinceMs }) => p99SinceMs.toFixed(1)],
  ['slowest', 8, ({ slowestMs }) => Math.round(slowestMs)],
  ['turn', 6, ({ turnMs }) => turnMs.toFixed(1)],
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
  for (const late of result.late) console.log(`     ${values.short ? 'LATE' : 'FAILED'}: ${late}`);
}

/**
 * What must never happen fails at once. Limits of time alone get a second play, said aloud: a shared machine stands still
 * for a while now and then, and what is slow by itself is slow twice.
 */
async function playTwiceAtMost(scenario: Scenario<FaultyStore>, options: PlayOptions): Promise<Result> {
  const first = await play(scenario, options);
  print(first);
  if (values.short || first.failures.length > 0 || first.late.length === 0) return first;
  console.log('     only limits of time: once more');
  const second = await play(scenario, options);
  print(second);
  return second;
}

function machine(): string {
  return `Node ${process.versions.node}, ${redisVersion}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
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
    results.push(
      await playTwiceAtMost(scenario, {
        fakes,
        seed: Number(values.seed) + index,
        perSecond: Number(values['per-second']),
        timeoutMs: Number(values['timeout-seconds']) * 1000,
      }),
    );
  }
  await fakes[Symbol.asyncDispose]();
  closeConnections();
  console.log(
    '\nowed: deliveries that the messages answered 200 call for; milliseconds of the webhooks’ answers: p99 before the fault (two seconds after a cold start), from a second after it until it was mended, from then to the end, from a second after it to the end, and the slowest since it; turn: the longest turn of a relay’s event loop after the mend, in time on a processor; sender: p99 of how late the sending thread itself ran, which has nothing else to do.',
  );
  const failed = results.filter(
    ({ failures, late }) => failures.length > 0 || (!values.short && late.length > 0),
  ).length;
  console.log(`faults: ${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
}

void main();
