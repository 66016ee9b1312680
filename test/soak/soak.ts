import { join } from 'node:path';
import { closeConnections, eventually, metric } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';
import { registerPhones } from '../kill/register-phones';
import { growthAMinute, medianOf, takeSample, type Sample } from './sample';
import { troubleProviders } from './provider-faults';
import { pause, SoakTraffic } from './traffic';
import { apnsPorts, freePort } from '../helpers/free-port';

export interface SoakOptions {
  readonly minutes: number;
  readonly env: Readonly<Record<string, string>>;
  /** Mapped files do not count: the embedded store maps its data, and the kernel keeps as much of it as it likes. */
  readonly countsMapped: boolean;
  /** Messages a second instead of half of the capacity, while the providers get into trouble again and again; null: without. */
  readonly troubled: number | null;
  readonly onSample: (sample: Sample) => void;
  readonly onTrouble?: (name: string, times: number) => void;
  readonly onPace: (perSecond: number) => void;
}

export interface SoakResult {
  readonly perSecond: number;
  readonly sent: number;
  readonly answered: number;
  readonly accepted: number;
  readonly repeated: number;
  /** What the memory did, against what it may. */
  readonly memory: string;
  /** Empty: passed. */
  readonly failures: readonly string[];
}

/**
 * A relay at half of what it can do, for minutes. Its memory is looked at right after a collection of its garbage, or the
 * collector's sawtooth would hide what grows. In a run of six minutes or more it counts from the third minute on and
 * may grow by 1 MB a minute. A shorter one has not settled by then: it counts from its half on, and what the process holds
 * besides its heap moves by some MB whatever happens. The heap itself moves by a few hundred KB in those seconds. So there the
 * heap may grow by 2 MB a minute, which finds a leak of some 20 bytes a message, and the rest by 15, which finds one of some hundred.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const ports = { ...(await apnsPorts()), fcmPort: await freePort() };
  const fakes = await Fakes.start({ record: 'counts', ...ports });
  const inspectFile = join(await temporaryDirectory(), 'inspection.json');
  try {
    await using relay = await fakes.startRelay({
      env: { ...options.env, STORM_LIMITS: 'off', INSPECT_FILE: inspectFile },
      nodeArgs: ['--expose-gc', '-r', join(__dirname, '../helpers/inspected.cjs')],
      yaml: ['providers:', '  fcm: { messages_per_minute: 6000000, ramp_seconds: 0 }'].join('\n'),
    });
    using traffic = new SoakTraffic(fakes);
    await registerPhones(relay.url, traffic.phones);
    return await run({ ...options, inspectFile }, fakes, relay, traffic);
  } finally {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  }
}

type RunOptions = SoakOptions & { readonly inspectFile: string };

async function run(
  options: RunOptions,
  fakes: Fakes,
  relay: RelayProcess,
  traffic: SoakTraffic,
): Promise<SoakResult> {
  const capacity = options.troubled === null ? await traffic.capacity(relay.url, capacityMs) : null;
  const perSecond = capacity === null ? (options.troubled ?? 0) : Math.round(capacity / 2);
  options.onPace(perSecond);
  const end = traffic.steady(relay.url, perSecond);
  const calm = new AbortController();
  const trouble = capacity === null ? troubleProviders(fakes.sandbox, calm.signal) : null;
  const samples = await sampleFor(options, relay, traffic);
  calm.abort();
  const struck = await trouble;
  end();
  await traffic.settled();
  const failures: string[] = [];
  if (!(await workedOff(relay))) failures.push('what waits does not come down to 0 within 30 s');
  for (const bad of ['relay_events_lost_total', 'relay_dead_letters', 'relay_parked']) {
    const count = await metric(relay.url, bad);
    if (count !== 0) failures.push(`${bad} is ${count}`);
  }
  const { apns, fcm } = fakes.sandbox;
  const repeated = apns.counts.repeats + fcm.counts.repeats;
  const accepted = apns.counts.distinct + fcm.counts.distinct;
  // Whoever hangs up may have taken what it did not answer.
  if (repeated > 0 && struck === null) failures.push(`${repeated} repeated`);
  if (accepted < traffic.answered) failures.push(`${traffic.answered - accepted} lost`);
  if (traffic.refused.length > 0)
    failures.push(`${traffic.refused.length} refused: ${traffic.refused.slice(0, 3).join(', ')}`);
  if (struck !== null) for (const [name, times] of struck) options.onTrouble?.(name, times);
  const memory = judge(options, samples, failures);
  const code = await relay.stop();
  if (code !== 0) failures.push(`the relay stopped with ${code}`);
  const { sent, answered } = traffic;
  return {
    perSecond,
    sent,
    answered,
    accepted,
    repeated,
    memory,
    failures,
  };
}

async function sampleFor(
  { minutes, inspectFile, onSample }: RunOptions,
  relay: RelayProcess,
  traffic: SoakTraffic,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const everyMs = minutes < longMinutes ? sampleMs.short : sampleMs.long;
  for (let number = 1; number * everyMs <= minutes * 60_000; number += 1) {
    await pause(startedAt + number * everyMs - performance.now());
    const sample = await takeSample(relay, inspectFile, performance.now() - startedAt, traffic.accepted);
    samples.push(sample);
    onSample(sample);
  }
  return samples;
}

function judge(
  { minutes, countsMapped }: SoakOptions,
  samples: readonly Sample[],
  failures: string[],
): string {
  const isLong = minutes >= longMinutes;
  const late = samples.filter(({ atMs }) => atMs >= (isLong ? settledMinutes * 60_000 : minutes * 30_000));
  const growth = growthAMinute(late, (sample) => (countsMapped ? sample.rssMb : sample.anonymousMb));
  const heapGrowth = growthAMinute(late, ({ heapMb }) => heapMb);
  const bound = isLong ? longRunMb : shortRunMb;
  const memory = `memory grows by ${growth.toFixed(2)} MB a minute (allowed: ${bound.all}), its heap by ${heapGrowth.toFixed(2)} (allowed: ${bound.heap})`;
  if (growth > bound.all || heapGrowth > bound.heap) failures.push(memory);
  const half = Math.floor(late.length / 2);
  for (const kind of ['descriptors', 'handles'] as const) {
    const middle = (some: readonly Sample[]) => medianOf(some.map((sample) => sample[kind]));
    const [before, after] = [middle(late.slice(0, half)), middle(late.slice(half))];
    if (after > before + handleSlack)
      failures.push(`open ${kind} grow: ${before} in the first half, ${after} in the second (medians)`);
  }
  return memory;
}

async function workedOff(relay: RelayProcess): Promise<boolean> {
  const until = performance.now() + 30_000;
  const waiting = ['relay_inbox_depth', 'relay_retries_pending', 'relay_journal_depth'];
  const left = await eventually(
    async () => {
      const counts = await Promise.all(waiting.map((name) => metric(relay.url, name)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    (count) => count === 0 || performance.now() > until,
  );
  return left === 0;
}

const capacityMs = 12_000;
const sampleMs = { short: 2_500, long: 5_000 };
const longRunMb = { all: 1, heap: 1 };
const shortRunMb = { all: 15, heap: 2 };
const longMinutes = 6;
const settledMinutes = 3;
/** Connections and requests come and go with the load. */
const handleSlack = 4;
