import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { closeConnections } from '../test/helpers/client';
import { hasRedisServer } from '../test/helpers/redis-server';
import type { StoreKind } from './lib/bench-store';
import { compare, type Stored } from './lib/compare';
import { machine, type Machine } from './lib/machine';
import type { Measurement } from './lib/measurement';
import { canPin } from './lib/processors';
import { median, round } from './lib/statistics';
import { measurementTable } from './lib/table';
import { World, type Scenario } from './lib/world';
import { scenarios } from './scenarios/scenarios';

const usage = `usage: npm run bench -- [options]
  --only NAME[,NAME]   of ${scenarios.map(({ name }) => name).join(', ')}
  --store KIND[,KIND]  of embedded, redis, redis-always; default all
  --runs N             of which the medians are taken; default 5
  --short              a tenth of the work in one run: shows that it works
  --compare            with the baseline; exit code 1 when something got worse
  --tolerance SHARE    by more than that; default 0.25
  --baseline FILE      default bench/baseline.json
  --save-baseline      writes it
  --results FILE       default bench/results/bench.json
  --cpu-prof           leaves CPU profiles of the relay in bench/results/profiles
  --no-pin             leaves it to the system where the measured process runs`;

const options = {
  only: { type: 'string' },
  store: { type: 'string' },
  runs: { type: 'string' },
  short: { type: 'boolean', default: false },
  compare: { type: 'boolean', default: false },
  tolerance: { type: 'string', default: '0.25' },
  baseline: { type: 'string', default: join(__dirname, 'baseline.json') },
  'save-baseline': { type: 'boolean', default: false },
  results: { type: 'string', default: join(__dirname, 'results/bench.json') },
  'cpu-prof': { type: 'boolean', default: false },
  'no-pin': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

interface Result extends Stored {
  readonly bench: 'relay';
  readonly isShort: boolean;
  readonly runs: number;
  readonly machine: Machine;
  /** CPU µs of node-apn's send: the median over the whole bench; null where nothing was held against it. */
  readonly yardstickMicros: number | null;
  readonly isPinned: boolean;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

function chosenScenarios(only: string | undefined): readonly Scenario[] {
  if (only === undefined) return scenarios;
  return only.split(',').map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) throw new UsageError(`there is no scenario ${name}`);
    return found;
  });
}

function chosenStores(store: string | undefined): readonly StoreKind[] {
  const all = ['embedded', 'redis', 'redis-always'] as const;
  const wanted = store?.split(',') ?? all;
  for (const name of wanted)
    if (!all.some((kind) => kind === name)) throw new UsageError(`there is no store ${name}`);
  const chosen = all.filter((kind) => wanted.includes(kind));
  if (hasRedisServer) return chosen;
  if (chosen.some((kind) => kind !== 'embedded'))
    console.log('the Redis stores are left out: no redis-server on the PATH');
  return chosen.filter((kind) => kind === 'embedded');
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`--${name} must be a number above 0`);
  return value;
}

class UsageError extends Error {}

/** Calls `keep` after each scenario, so that a bench that is cut short leaves what it has measured. */
async function measure(
  chosen: readonly Scenario[],
  world: World,
  keep: (found: readonly Measurement[]) => Promise<void>,
): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const { name, title, run } of chosen) {
    world.scenario = name;
    console.log(`\n${title}\n`);
    const measurements = await run(world);
    console.log(measurementTable(measurements));
    found.push(...measurements);
    await keep(found);
  }
  return found;
}

function baselineOf(values: Values): Stored | null {
  if (!values.compare) return null;
  const file = resolve(values.baseline);
  if (!existsSync(file)) throw new UsageError(`there is no baseline ${file}: --save-baseline writes one`);
  return JSON.parse(readFileSync(file, 'utf8')) as Stored;
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

async function bench(values: Values): Promise<void> {
  const chosen = chosenScenarios(values.only);
  const stores = chosenStores(values.store);
  const runs = Math.ceil(positive(values.runs ?? (values.short ? '1' : '5'), 'runs'));
  const tolerance = positive(values.tolerance, 'tolerance');
  const baseline = baselineOf(values);
  const pins = !values['no-pin'] && canPin();
  const profileTo = values['cpu-prof'] ? join(__dirname, 'results/profiles') : null;
  const loadBefore = loadavg()[0] ?? 0;
  const isShort = values.short;
  const world = await World.create({ runs, isShort, profileTo, pins, stores });
  try {
    const resultOf = (measurements: readonly Measurement[]): Result => ({
      bench: 'relay',
      isShort,
      runs,
      machine: machine(loadBefore),
      yardstickMicros: world.yardsticks.length === 0 ? null : round(median(world.yardsticks)),
      isPinned: pins,
      measurements,
    });
    const measurements = await measure(chosen, world, (found) =>
      writeJson(resolve(values.results), resultOf(found)),
    );
    const result = resultOf(measurements);
    console.log(`\n${closing(result)}`);
    if (values['save-baseline']) await writeJson(resolve(values.baseline), result);
    if (baseline === null) return;
    const { text, regressions } = compare(baseline, measurements, tolerance);
    console.log(`\nCompared with the baseline\n\n${text}`);
    if (regressions.length === 0) return;
    console.log(`\n${regressions.length} worse than the baseline: ${regressions.join(', ')}`);
    process.exitCode = 1;
  } finally {
    world.close();
    closeConnections();
  }
}

function closing({ machine: on, yardstickMicros, isPinned, runs, isShort }: Result): string {
  const { model, processors, memoryGb, system, node, loadBefore, loadAfter } = on;
  return [
    `${runs === 1 ? 'one run' : `medians of ${runs} runs`}${isShort ? ', short' : ''}${yardstickMicros === null ? '' : `; node-apn send ${yardstickMicros} µs a push`}`,
    `${model}, ${processors} processors, ${memoryGb} GB, ${system}, Node ${node}; load ${loadBefore} before, ${loadAfter} after`,
    isPinned
      ? 'the measured process had the first processor, everything else shared the others'
      : 'the measured process shared the processors with everything else',
  ].join('\n');
}

function main(): void {
  let values: Values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (values.help) {
    console.log(usage);
    return;
  }
  bench(values).catch((error: unknown) => {
    if (error instanceof UsageError) return refuse(error.message);
    console.error(error);
    process.exit(1);
  });
}

function refuse(message: string): void {
  console.error(`${message}\n${usage}`);
  process.exitCode = 2;
}

main();
