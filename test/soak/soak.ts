import { closeConnections, eventually, metric } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { registerPhones } from '../kill/register-phones';
import { growthAMinute, takeSample, type Sample } from './sample';
import { pause, SoakTraffic } from './traffic';

export interface SoakOptions {
  readonly minutes: number;
  readonly env: Readonly<Record<string, string>>;
  /** Mapped files do not count: the embedded store maps its data, and the kernel keeps as much of it as it likes. */
  readonly countsMapped: boolean;
  readonly onSample: (sample: Sample) => void;
  readonly onCapacity: (perSecond: number) => void;
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
 * A relay at half of what it can do, for minutes. In a run of six minutes or more its memory counts from the third on and may
 * grow by 1 MB a minute, by least squares. A shorter one has not settled by then, and the garbage collector's sawtooth is
 * larger than what a line could show: from its half on, the lowest value of the last quarter may be 8 MB above that
 * of the third one. That finds a leak of half a kilobyte a message, and no smaller one.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const fakes = await Fakes.start({ record: 'counts' });
  try {
    await using relay = await fakes.startRelay({
      env: { ...options.env, STORM_LIMITS: 'off' },
      yaml: 'providers: { fcm: { messages_per_minute: 6000000, ramp_seconds: 0 } }\n',
    });
    using traffic = new SoakTraffic(fakes);
    await registerPhones(relay.url, traffic.phones);
    return await run(options, fakes, relay, traffic);
  } finally {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  }
}

async function run(
  options: SoakOptions,
  fakes: Fakes,
  relay: RelayProcess,
  traffic: SoakTraffic,
): Promise<SoakResult> {
  const capacity = await traffic.capacity(relay.url, capacityMs);
  const perSecond = Math.round(capacity / 2);
  options.onCapacity(capacity);
  const end = traffic.steady(relay.url, perSecond);
  const samples = await sampleFor(options, relay, traffic);
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
  if (repeated > 0) failures.push(`${repeated} repeated`);
  if (accepted < traffic.answered) failures.push(`${traffic.answered - accepted} lost`);
  if (traffic.refused.length > 0)
    failures.push(`${traffic.refused.length} refused: ${traffic.refused.slice(0, 3).join(', ')}`);
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
  { minutes, onSample }: SoakOptions,
  relay: RelayProcess,
  traffic: SoakTraffic,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const process = { pid: relay.child.pid ?? -1, url: relay.url };
  for (let number = 1; number * sampleMs <= minutes * 60_000; number += 1) {
    await pause(startedAt + number * sampleMs - performance.now());
    const sample = await takeSample(process, performance.now() - startedAt, traffic.accepted);
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
  const read = (sample: Sample) => (countsMapped ? sample.rssMb : sample.anonymousMb);
  const memory = isLong ? judgeGrowth(growthAMinute(late, read)) : judgeFloor(late.map(read));
  if (!memory.isFine) failures.push(memory.text);
  const half = Math.floor(late.length / 2);
  const most = (some: readonly Sample[]) => Math.max(...some.map(({ descriptors }) => descriptors));
  const [before, after] = [most(late.slice(0, half)), most(late.slice(half))];
  if (after > before + descriptorSlack)
    failures.push(`open descriptors grow: at most ${before} in the first half, ${after} in the second`);
  return memory.text;
}

interface MemoryJudgement {
  readonly isFine: boolean;
  readonly text: string;
}

function judgeGrowth(mbAMinute: number): MemoryJudgement {
  const text = `memory changes by ${mbAMinute.toFixed(2)} MB a minute from the third on, 1 is allowed`;
  return { isFine: mbAMinute <= 1, text };
}

function judgeFloor(values: readonly number[]): MemoryJudgement {
  const half = Math.floor(values.length / 2);
  const rise = Math.min(...values.slice(half)) - Math.min(...values.slice(0, half));
  const text = `the memory's floor changes by ${rise.toFixed(1)} MB from the third quarter to the last, ${floorMb} are allowed`;
  return { isFine: rise <= floorMb, text };
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
const sampleMs = 2_000;
const floorMb = 8;
const longMinutes = 6;
const settledMinutes = 3;
/** Connections come and go with the load. */
const descriptorSlack = 4;
