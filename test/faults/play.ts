import type { Fakes } from '../helpers/fakes';
import { noReplica, quantiles, type Answered } from './load';
import type { Hurried } from './replica';
import type { Bound, FaultEnd, FaultyStore, Scenario } from './scenario';
import { Stage } from './stage';

export interface PlayOptions {
  readonly fakes: Fakes;
  readonly seed: number;
  readonly perSecond: number;
  readonly timeoutMs: number;
}

export interface Result {
  readonly name: string;
  readonly sent: number;
  readonly answered: number;
  /** Deliveries that the messages answered 200 call for. */
  readonly owed: number;
  readonly accepted: number;
  readonly lost: number;
  readonly repeated: number;
  readonly bound: number;
  readonly p99BeforeMs: number;
  /** From a second after the fault until it was mended; 0 where it has no duration. */
  readonly p99DuringMs: number;
  /** From then to the end. */
  readonly p99AfterMs: number;
  /** From a second after the fault to the end. */
  readonly p99SinceMs: number;
  /** Since the fault. */
  readonly slowestMs: number;
  /** The longest turn of a relay's event loop from then on, in time on a processor. */
  readonly turnMs: number;
  /** Of the sending thread itself. */
  readonly p99LateMs: number;
  readonly tookMs: number;
  readonly because: string;
  readonly notes: string;
  /** What must never happen. With `late` empty as well: passed. */
  readonly failures: readonly string[];
  /** Limits of time that were passed, which a machine that does other things passes by itself. */
  readonly late: readonly string[];
}

/** Never rejects for what the relays do: that stands in `failures`. */
export async function play<Store extends FaultyStore>(
  scenario: Scenario<Store>,
  options: PlayOptions,
): Promise<Result> {
  const startedAt = performance.now();
  const store = await scenario.openStore();
  try {
    const { fakes, seed, perSecond } = options;
    await using stage = await Stage.open(fakes, {
      seed,
      replicas: scenario.replicas,
      messages: perSecond * (longestLoadSeconds + (scenario.extraMs ?? 0) / 1000),
      perSecond,
      env: store.env,
      yaml: store.yaml,
    });
    const end = await within(options.timeoutMs + (scenario.extraMs ?? 0), stage, act(scenario, stage, store));
    return judge(scenario, stage, end, performance.now() - startedAt);
  } finally {
    await store.stop();
  }
}

async function act<Store extends FaultyStore>(
  scenario: Scenario<Store>,
  stage: Stage,
  store: Store,
): Promise<FaultEnd> {
  stage.load.start();
  await pause(calmMs);
  const end = await scenario.run(stage, store);
  await pause(calmMs);
  stage.load.stop();
  await stage.load.settled();
  await stage.tally.all(stage.owed());
  await stage.workedOff();
  await stage.checkNothingBad();
  await scenario.afterwards?.(stage, store);
  const { turns } = await stage.reports();
  const bound = explained(end.bound, await stage.hurried());
  for (const [slot, replica] of stage.replicas.entries()) {
    const complaints = replica.complaints();
    const code = await replica.stop();
    if (code !== 0) stage.failures.push(`replica ${slot} stopped with ${code}; ${complaints.join('; ')}`);
  }
  return { ...end, bound, turns };
}

/**
 * The fault's own bound, and what a machine that is short of processor adds, as the replicas themselves counted it: attempts
 * that were not answered in time are made again, and claims that were not renewed in time are taken over with what was
 * begun under them. Both are 0 on a machine that is free.
 */
function explained(bound: Bound, hurried: Hurried): Bound {
  const { timedOut = 0, lapsed: expected = bound.repeats } = bound;
  const ambiguous = Math.max(0, hurried.ambiguous - timedOut);
  const lapsed = Math.max(0, hurried.lapsed - expected);
  if (ambiguous + lapsed === 0) return bound;
  return {
    repeats: bound.repeats + ambiguous + lapsed,
    because: `${bound.because}; and because the machine was busy: ${ambiguous} attempts not answered in time, ${lapsed} under claims not renewed in time`,
  };
}

async function within(timeoutMs: number, stage: Stage, acting: Promise<FaultEnd>): Promise<FaultEnd> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, null);
  });
  const failed = acting.catch((error: unknown) => {
    stage.failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return null;
  });
  const end = await Promise.race([failed, late]);
  clearTimeout(timer);
  if (end !== null) return end;
  stage.load.stop();
  const said = stage.replicas.flatMap((replica) => replica.complaints()).join('; ');
  stage.failures.push(`not done after ${timeoutMs} ms; ${said}`);
  return { bound: { repeats: 0, because: 'it did not come to its end' }, brokeAtMs: 0 };
}

function judge(
  scenario: Pick<Scenario, 'name' | 'limits' | 'replicas'>,
  stage: Stage,
  end: FaultEnd,
  tookMs: number,
): Result {
  const { load, tally, failures } = stage;
  const owed = stage.owed();
  const lost = owed.filter((key) => !tally.has(key));
  const known = new Set(stage.traffic.messages.flatMap((message) => message.deliveries));
  const strays = [...tally.keys].filter((key) => !known.has(key));
  const before = quantiles(load.answers.filter((answer) => !reaches(answer, end)));
  const touched = load.answers.filter((answer) => reaches(answer, end) && answer.slot !== end.silentSlot);
  const { slowestMs: slowest } = quantiles(touched);
  const { mendedAtMs = end.brokeAtMs } = end;
  const during = quantiles(
    touched.filter(({ sentAtMs }) => sentAtMs >= end.brokeAtMs + graceMs && sentAtMs < mendedAtMs),
  );
  const after = quantiles(touched.filter(({ sentAtMs }) => sentAtMs >= mendedAtMs));
  const since = quantiles(touched.filter(({ sentAtMs }) => sentAtMs >= end.brokeAtMs + graceMs));
  const { slowestMs = Infinity, p99Ms = Infinity } = scenario.limits ?? {};
  if (lost.length > 0) failures.push(`lost ${lost.length}: ${lost.slice(0, 3).join(', ')}`);
  if (strays.length > 0) failures.push(`pushed to a wrong phone: ${strays.slice(0, 3).join(', ')}`);
  if (tally.repeats > end.bound.repeats)
    failures.push(`${tally.repeats} repeats, the bound is ${end.bound.repeats}: ${end.bound.because}`);
  if (tally.changedIds.length > 0) failures.push(`repeated under another id: ${tally.changedIds[0]}`);
  // A relay that is alone cannot be taken out of rotation for another.
  const refused = load.refused.filter((why) => scenario.replicas > 1 || !why.endsWith(noReplica));
  if (refused.length > 0) failures.push(`${refused.length} refused: ${refused.slice(0, 3).join(', ')}`);
  const { late } = stage;
  if (slowest > slowestMs) late.push(`an answer took ${Math.round(slowest)} ms, ${slowestMs} are allowed`);
  const turnsAfter = (end.turns ?? []).filter(({ atMs }) => atMs >= mendedAtMs).map(({ ownMs }) => ownMs);
  const turnMs = Math.max(0, ...turnsAfter);
  if (end.mendedAtMs !== undefined && turnMs > p99Ms)
    late.push(
      `a turn of a relay's event loop took ${turnMs.toFixed(1)} ms of processor while it caught up, ${p99Ms} are allowed`,
    );
  for (const [p99, until] of [
    [during.p99Ms, 'until it was mended'],
    [since.p99Ms, 'to the end'],
  ] as const)
    if (p99 > p99Ms)
      late.push(`p99 is ${p99.toFixed(1)} ms from a second after the fault ${until}, ${p99Ms} are allowed`);
  return {
    name: scenario.name,
    sent: load.sent,
    answered: load.answered.size,
    owed: owed.length,
    accepted: tally.accepted,
    lost: lost.length,
    repeated: tally.repeats,
    bound: end.bound.repeats,
    p99BeforeMs: before.p99Ms,
    p99DuringMs: during.p99Ms,
    p99AfterMs: after.p99Ms,
    p99SinceMs: since.p99Ms,
    slowestMs: slowest,
    turnMs,
    p99LateMs: load.p99LateMs,
    tookMs,
    because: end.bound.because,
    notes: end.notes ?? '',
    failures,
    late,
  };
}

/** Sent after the fault, or open at it. */
function reaches({ sentAtMs, tookMs }: Answered, { brokeAtMs }: FaultEnd): boolean {
  return sentAtMs + tookMs >= brokeAtMs;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Load before the fault and after it. */
const calmMs = 2_000;
/** The journal has so long to notice a fault. */
const graceMs = 1_000;
const longestLoadSeconds = 90;
