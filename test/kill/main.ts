import { parseArgs } from 'node:util';
import { closeConnections } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { runKill, type KillResult } from './kill-run';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    messages: { type: 'string', default: '5000' },
    /** Of the first run; the others follow. */
    seed: { type: 'string', default: '1' },
    'timeout-seconds': { type: 'string', default: '120' },
  },
});

const columns = [
  ['seed', 4],
  ['killed', 34],
  ['sent', 6],
  ['200', 6],
  ['owed', 7],
  ['accepted', 9],
  ['lost', 5],
  ['repeats', 8],
  ['open', 6],
  ['answered', 9],
  ['bound', 6],
  ['seconds', 8],
] as const;

function line(cells: readonly (string | number)[]): string {
  return columns
    .map(([, width], index) => {
      const text = String(cells[index] ?? '');
      return index === 1 ? text.padEnd(width) : text.padStart(width);
    })
    .join(' ');
}

function print(result: KillResult): void {
  const { seed, kills, sent, answered, owed, accepted, lost, repeats, atKill, tookMs, failures } = result;
  const { open, answered: unsettled } = atKill;
  const numbers = [sent, answered, owed, accepted, lost, repeats, open, unsettled, open + unsettled];
  console.log(line([seed, kills, ...numbers, (tookMs / 1000).toFixed(1)]));
  for (const failure of failures) console.log(`     FAILED: ${failure}`);
}

async function main(): Promise<void> {
  const [runs, messages, first] = [Number(values.runs), Number(values.messages), Number(values.seed)];
  const timeoutMs = Number(values['timeout-seconds']) * 1000;
  const fakes = await Fakes.start();
  console.log(line(columns.map(([name]) => name)));
  const results: KillResult[] = [];
  for (let seed = first; seed < first + runs; seed += 1) {
    const result = await runKill(fakes, { seed, messages, timeoutMs });
    results.push(result);
    print(result);
  }
  await fakes[Symbol.asyncDispose]();
  closeConnections();
  const within = results.filter(({ repeats, atKill }) => repeats <= atKill.open).length;
  console.log(
    '\nopen: handed to a provider and not answered at the kill; answered: answered, its end not durable yet;',
  );
  console.log(
    `bound: both. In ${within} of ${results.length} runs the repeats stay within the open ones alone.`,
  );
  const failed = results.filter((result) => result.failures.length > 0).length;
  console.log(`kill: ${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
