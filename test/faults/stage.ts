import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, metric } from '../helpers/client';
import type { Fakes } from '../helpers/fakes';
import { temporaryDirectory } from '../helpers/relay-process';
import { registerPhones } from '../kill/register-phones';
import { seededRandom } from '../kill/seeded-random';
import { Tally } from '../kill/tally';
import { createTraffic, type TestMessage, type Traffic } from '../kill/traffic';
import { Load } from './load';
import { added, Replica, type Hurried, type LedgerReport } from './replica';

export interface StageOptions {
  readonly seed: number;
  readonly replicas: number;
  readonly messages: number;
  readonly perSecond: number;
  /** For the relays, to reach their store. */
  readonly env: Readonly<Record<string, string>>;
  /** Configuration besides that of all stages. */
  readonly yaml: string;
}

/** Replicas on one store under load, with the fake providers' tally of what they accepted. */
export class Stage {
  readonly replicas: readonly Replica[];
  readonly tally: Tally;
  readonly load: Load;
  readonly failures: string[] = [];
  /** Limits of time that were passed. */
  readonly late: string[] = [];
  readonly #directory: string;

  private constructor(
    readonly fakes: Fakes,
    readonly options: StageOptions,
    readonly traffic: Traffic,
    directory: string,
  ) {
    this.#directory = directory;

    const env = { ...options.env, STORM_LIMITS: 'off' };
    const yaml = `${sharedYaml}${options.yaml}`;
    this.replicas = Array.from(
      { length: options.replicas },
      (_, index) => new Replica({ fakes, directory: join(directory, String(index)), env, yaml }),
    );
    this.tally = new Tally(fakes.sandbox);
    this.load = new Load(traffic.messages, options.perSecond, options.replicas);
  }

  static async open(fakes: Fakes, options: StageOptions): Promise<Stage> {
    const { seed, messages } = options;
    const traffic = createTraffic(seed, messages, seededRandom(seed));
    const directory = await temporaryDirectory();
    await mkdir(directory, { recursive: true });
    fakes.sandbox.reset();
    // As long as the real ones take, so that something is in flight at any time.
    fakes.sandbox.apns.latencyMs = 40;
    fakes.sandbox.fcm.latencyMs = 60;
    const stage = new Stage(fakes, options, traffic, directory);
    try {
      for (const slot of stage.replicas.keys()) await stage.start(slot);
      await registerPhones(stage.replica(0).url, traffic.phones);
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  replica(slot: number): Replica {
    const replica = this.replicas[slot];
    if (replica === undefined) throw new Error(`no replica ${slot}`);
    return replica;
  }

  /** Starts a replica and puts it into rotation. */
  async start(slot: number): Promise<void> {
    this.load.direct(slot, await this.replica(slot).start());
  }

  /** Of all that run, added up. */
  async reports(): Promise<LedgerReport> {
    const running = this.replicas.filter((replica) => replica.runs);
    return add(await Promise.all(running.map((replica) => replica.report())));
  }

  /** Of all replicas, those of their processes that have ended included. */
  async hurried(): Promise<Hurried> {
    return added(await Promise.all(this.replicas.map((replica) => replica.hurried())));
  }

  /** Deliveries that the messages answered 200 so far call for. */
  owed(messages: Iterable<TestMessage> = this.load.answered): string[] {
    return [...messages].flatMap((message) => message.deliveries);
  }

  /** Resolves when nothing waits anywhere any more. */
  async workedOff(): Promise<void> {
    for (const { url } of this.replicas.filter((replica) => replica.runs))
      for (const waiting of whatWaits)
        await eventually(
          () => metric(url, waiting),
          (count) => count === 0,
        );
  }

  /** What must be zero in the end whatever happened. */
  async checkNothingBad(): Promise<void> {
    for (const [slot, { url }] of this.replicas.entries())
      for (const bad of ['relay_events_lost_total', 'relay_dead_letters', 'relay_parked']) {
        const count = await metric(url, bad);
        if (count !== 0) this.failures.push(`replica ${slot}: ${bad} is ${count}`);
      }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.load[Symbol.asyncDispose]();
    this.tally[Symbol.dispose]();
    for (const replica of this.replicas) await replica[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function add(reports: readonly LedgerReport[]): LedgerReport {
  const sum = (pick: (report: LedgerReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0);
  return {
    begun: sum((report) => report.begun),
    open: sum((report) => report.open),
    answered: sum((report) => report.answered),
    ambiguous: sum((report) => report.ambiguous),
    settledLastSecond: sum((report) => report.settledLastSecond),
    settled: sum((report) => report.settled),
    lapsed: sum((report) => report.lapsed),
    forwardRepeats: sum((report) => report.forwardRepeats),
    turns: reports.flatMap((report) => report.turns),
  };
}

const whatWaits = [
  'relay_journal_depth',
  'relay_journal_copies',
  'relay_inbox_depth',
  'relay_retries_pending',
  'relay_forward_depth',
];

/** Waits are short, so that a scenario takes seconds; the fakes have no quota. */
const sharedYaml = `
delivery:
  claim_seconds: 5
  renewal_seconds: 1
  retry:
    throttled: { apns_floor_seconds: 0.2, fcm_floor_seconds: 0.2, base_seconds: 0.1 }
    unavailable: { apns_floor_seconds: 0.2, fcm_floor_seconds: 0.2, base_seconds: 0.1 }
    ambiguous: { apns_delay_seconds: 0.5, fcm_delay_seconds: 0.5, max_attempts: 12 }
  max_attempts: 100
providers:
  apns: { timeout_seconds: 2 }
  fcm: { timeout_seconds: 2, messages_per_minute: 6000000, ramp_seconds: 0 }
`;
