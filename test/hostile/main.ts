import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { playAnswers } from './answers-part';
import { playBodies } from './bodies-part';
import { playConfigurations } from './configurations-part';
import { playConnections } from './connections-part';
import type { PartOptions, PartReport } from './part';

const usage = `usage: npm run test:hostile -- [--seconds N] [--seed S] [--only PARTS] [--case K]
  generated inputs that nobody should send, against real relay processes: bodies, answers of providers, configurations,
  connections
  --seconds N    how long in all; default 300
  --seed S       the same inputs again; random by default, and printed
  --only PARTS   of bodies, answers, configurations, connections, separated by commas; all by default
  --case K       that case only, as a failure names it; with --only of one part and --seed`;

interface Part {
  readonly play: (options: PartOptions) => Promise<PartReport>;
  /** Of the time. */
  readonly share: number;
}

const parts: Readonly<Record<string, Part>> = {
  bodies: { play: playBodies, share: 4 },
  answers: { play: playAnswers, share: 2 },
  configurations: { play: playConfigurations, share: 2 },
  connections: { play: playConnections, share: 2 },
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '300' },
      seed: { type: 'string', default: String(randomInt(1_000_000)) },
      only: { type: 'string', default: Object.keys(parts).join() },
      case: { type: 'string' },
    },
  });
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  const only = values.case === undefined ? null : Number(values.case);
  const chosen = values.only.split(',');
  const isUsable =
    seconds > 0 && Number.isInteger(seed) && (only === null || (only > 0 && chosen.length === 1));
  if (!isUsable || chosen.some((name) => parts[name] === undefined)) {
    console.error(usage);
    return 2;
  }
  console.log(`hostile: seed ${seed}, ${seconds} s`);
  const shares = chosen.reduce((sum, name) => sum + (parts[name]?.share ?? 0), 0);
  let [inputs, wrong] = [0, 0];
  for (const name of chosen) {
    const part = parts[name];
    if (part === undefined) continue;
    const startedAt = performance.now();
    const report = await part.play({ seed, seconds: (seconds * part.share) / shares, only });
    print(report, performance.now() - startedAt);
    inputs += report.inputs;
    wrong += report.wrong.length;
  }
  console.log(`hostile: seed ${seed}: ${inputs} inputs, ${wrong} wrong`);
  return wrong === 0 ? 0 : 1;
}

function print(report: PartReport, tookMs: number): void {
  const { part, inputs, wrong, figures } = report;
  console.log(
    `${part}: ${inputs} inputs in ${(tookMs / 1000).toFixed(0)} s, ${wrong.length} wrong (${report.kinds()})`,
  );
  for (const figure of figures) console.log(`  ${figure}`);
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
