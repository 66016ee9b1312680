import { parseArgs } from 'node:util';
import { checkpointEveryMs } from '../../src/compose/delivery-options';
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
  ['window', 7],
  ['lately', 7],
  ['halves', 7],
  ['outside', 8],
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
  const { open, answered: unsettled, lately, halves, windowMs } = atKill;
  const inside = [open, unsettled, open + unsettled];
  const outside = [`${Math.ceil(windowMs)} ms`, lately, halves, open + lately + halves];
  const numbers = [sent, answered, owed, accepted, lost, repeats, ...inside, ...outside];
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
  console.log(`
open: handed to a provider and not answered at the kill; answered: answered, its end not durable yet; bound: both, by the relay's own account.
outside: the same by the providers' record: open, lately (answered within the window before the kill: a checkpoint interval of
${checkpointEveryMs} ms, a write, and how late the relay's event loop ran), and halves (answered earlier, of recipients with another device that was not).`);
  const sum = (pick: (result: KillResult) => number) => results.reduce((all, one) => all + pick(one), 0);
  console.log(
    `All runs: ${sum(({ repeats }) => repeats)} repeats, ${sum(({ atKill }) => atKill.open)} open, ${sum(({ atKill }) => atKill.answered)} answered.`,
  );
  const failed = results.filter((result) => result.failures.length > 0).length;
  console.log(`kill: ${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
