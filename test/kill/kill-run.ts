import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointEveryMs } from '../../src/compose/delivery-options';
import { eventually, metric } from '../helpers/client';
import type { Fakes } from '../helpers/fakes';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';
import { isAtLeast } from '../helpers/log-level';
import { answeredLately } from './answered-lately';
import { createScenario, describePlan, type Scenario } from './kill-plan';
import { registerPhones } from './register-phones';
import { seededRandom } from './seeded-random';
import { Sender } from './sender';
import { Tally } from './tally';
import { createTraffic, type Traffic } from './traffic';

export interface KillRunOptions {
  readonly seed: number;
  readonly messages: number;
  readonly timeoutMs: number;
}

/** What the relay wrote down right before it died (all kills of the run together), in deliveries. */
export interface AtKill {
  readonly begun: number;
  /** Handed to their provider and not answered. */
  readonly open: number;
  /** Answered, and not durably settled. */
  readonly answered: number;
  /** By the providers' record: see {@link AnsweredLately}. */
  readonly lately: number;
  readonly halves: number;
  /** The longest of the run's windows: how far back `lately` goes. */
  readonly windowMs: number;
}

/** See test/helpers/killable-relay.cjs. */
interface KillReport {
  readonly begun: number;
  readonly open: number;
  readonly answered: number;
  readonly atMs: number;
  readonly slowestWriteMs: number;
  readonly lateMs: number;
}

export interface KillResult {
  readonly seed: number;
  readonly kills: string;
  readonly sent: number;
  readonly answered: number;
  /** Deliveries that the messages answered 200 call for. */
  readonly owed: number;
  readonly accepted: number;
  readonly lost: number;
  readonly repeats: number;
  readonly atKill: AtKill;
  readonly tookMs: number;
  /** Empty: the run has passed. */
  readonly failures: readonly string[];
}

/**
 * One burst, cut by `kill -9` and gone on with after a restart on the same data directory.
 * Never rejects for what the relay does: that stands in `failures`.
 */
export async function runKill(fakes: Fakes, options: KillRunOptions): Promise<KillResult> {
  const run = await KillRun.prepare(fakes, options);
  try {
    return await run.play();
  } finally {
    await run.cleanUp();
  }
}

class KillRun {
  readonly #sender: Sender;
  readonly #tally: Tally;
  readonly #failures: string[] = [];
  readonly #startedAt = performance.now();
  #atKill: AtKill = { begun: 0, open: 0, answered: 0, lately: 0, halves: 0, windowMs: 0 };
  #relay: RelayProcess | null = null;
  #deadline: NodeJS.Timeout | undefined;
  readonly #fakes: Fakes;
  readonly #options: KillRunOptions;
  readonly #scenario: Scenario;
  readonly #traffic: Traffic;
  readonly #directory: string;

  private constructor(
    fakes: Fakes,
    options: KillRunOptions,
    scenario: Scenario,
    traffic: Traffic,
    directory: string,
  ) {
    this.#fakes = fakes;
    this.#options = options;
    this.#scenario = scenario;
    this.#traffic = traffic;
    this.#directory = directory;

    this.#sender = new Sender(traffic.messages);
    this.#tally = new Tally(fakes.sandbox);
  }

  static async prepare(fakes: Fakes, options: KillRunOptions): Promise<KillRun> {
    const { seed, messages } = options;
    const random = seededRandom(seed);
    const scenario = createScenario(seed, messages, random);
    const traffic = createTraffic(seed, messages, random);
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'relay.yaml'), scenario.narrow ? narrowLimits : wideLimits);
    const { apns, fcm } = fakes.sandbox;
    fakes.sandbox.reset();
    apns.latencyMs = 4;
    fcm.latencyMs = 6;
    return new KillRun(fakes, options, scenario, traffic, directory);
  }

  async play(): Promise<KillResult> {
    const late = new Promise<'late'>((resolve) => {
      this.#deadline = setTimeout(resolve, this.#options.timeoutMs, 'late');
    });
    const ended = await Promise.race([this.#burst(), late]);
    if (ended === 'late') this.#failures.push(`not done after ${this.#options.timeoutMs} ms`);
    return this.#judge();
  }

  async cleanUp(): Promise<void> {
    clearTimeout(this.#deadline);
    this.#tally[Symbol.dispose]();
    this.#relay?.signal('SIGKILL');
    await this.#relay?.exit();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #burst(): Promise<void> {
    let registered = false;
    for (const [index, plan] of this.#scenario.kills.entries()) {
      const report = join(this.#directory, `kill-${index}.json`);
      const relay = await this.#start({
        script: [join(__dirname, '../helpers/killable-relay.cjs')],
        env: { KILL_PLAN: JSON.stringify(plan), KILL_REPORT: report },
      });
      if (!registered) await registerPhones(relay.url, this.#traffic.phones);
      registered = true;
      await this.#sender.run(relay.url);
      await relay.exit();
      if (relay.child.signalCode !== 'SIGKILL')
        throw new Error(`the relay ended by itself: ${tailOf(relay)}`);
      this.#add(await readFile(report, 'utf8'));
      if (this.#scenario.resend) this.#sender.sendUnansweredAgain();
    }
    await this.#goOn();
  }

  async #goOn(): Promise<void> {
    const relay = await this.#start({});
    await this.#sender.run(relay.url);
    await this.#tally.all(this.#owed());
    for (const waiting of ['relay_inbox_depth', 'relay_retries_pending'])
      await eventually(
        () => metric(relay.url, waiting),
        (count) => count === 0,
      );
    for (const bad of ['relay_events_lost_total', 'relay_dead_letters', 'relay_parked']) {
      const count = await metric(relay.url, bad);
      if (count !== 0) this.#failures.push(`${bad} is ${count}`);
    }
    const code = await relay.stop();
    if (code !== 0) this.#failures.push(`the relay stopped with ${code}: ${tailOf(relay)}`);
  }

  async #start(options: { script?: readonly string[]; env?: Record<string, string> }): Promise<RelayProcess> {
    const env = {
      ...options.env,
      STORM_LIMITS: 'off',
      RELAY_CONFIG: join(this.#directory, 'relay.yaml'),
    };
    this.#relay = await this.#fakes.startRelay({
      ...options,
      env,
      dataDir: join(this.#directory, 'data'),
    });
    return this.#relay;
  }

  #add(text: string): void {
    const report = JSON.parse(text) as KillReport;
    const { begun, open, answered, lately, halves, windowMs } = this.#atKill;
    const window = windowOf(report);
    const recipients = this.#traffic.messages.flatMap((message) => message.recipients);
    const record = answeredLately(this.#tally.acceptances, recipients, report.atMs, window);
    this.#atKill = {
      begun: begun + report.begun,
      open: open + report.open,
      answered: answered + report.answered,
      lately: lately + record.lately,
      halves: halves + record.halves,
      windowMs: Math.max(windowMs, window),
    };
  }

  /** What the relay itself had to say, at level warn and above. */
  #complaints(): string {
    const lines = this.#relay?.log.filter(({ level }) => isAtLeast(level, 'warn')) ?? [];
    return lines.length === 0 ? '' : `; ${lines.length} complaints, e.g. ${JSON.stringify(lines.at(-1))}`;
  }

  #owed(): string[] {
    return [...this.#sender.answered].flatMap((message) => message.deliveries);
  }

  #judge(): KillResult {
    const { seed, messages } = this.#options;
    const sender = this.#sender;
    const tally = this.#tally;
    const owed = this.#owed();
    const lost = owed.filter((key) => !tally.has(key));
    const known = new Set(this.#traffic.messages.flatMap((message) => message.deliveries));
    const strays = [...tally.keys].filter((key) => !known.has(key));
    const { open, answered, lately, halves, windowMs } = this.#atKill;
    const bound = open + answered;
    const outside = open + lately + halves;
    const failures = this.#failures;
    if (lost.length > 0)
      failures.push(`lost ${lost.length}: ${lost.slice(0, 3).join(', ')}${this.#complaints()}`);
    if (strays.length > 0) failures.push(`pushed to a wrong phone: ${strays.slice(0, 3).join(', ')}`);
    if (tally.repeats > bound) failures.push(`${tally.repeats} repeats, ${bound} were begun and not settled`);
    if (tally.repeats > outside)
      failures.push(
        `${tally.repeats} repeats; ${open} were open, ${lately} answered in the last ${Math.ceil(windowMs)} ms, ${halves} of half-done recipients`,
      );
    if (tally.changedIds.length > 0) failures.push(`repeated under another id: ${tally.changedIds[0]}`);
    if (sender.refused.length > 0) failures.push(`refused: ${sender.refused.slice(0, 3).join(', ')}`);
    if (sender.answered.size + sender.unanswered + sender.refused.length < messages)
      failures.push('not every message was sent');
    return {
      seed,
      kills: this.#scenario.kills.map(describePlan).join('; '),
      sent: messages,
      answered: sender.answered.size,
      owed: owed.length,
      accepted: tally.accepted,
      lost: lost.length,
      repeats: tally.repeats,
      atKill: this.#atKill,
      tookMs: Math.round(performance.now() - this.#startedAt),
      failures,
    };
  }
}

/**
 * How long after the provider's answer its progress may not be on disk: the relay reads it late, its checkpoint comes late
 * or waits for the one before, and takes as long as a write takes.
 */
function windowOf({ slowestWriteMs, lateMs }: KillReport): number {
  return lateMs + Math.max(checkpointEveryMs + lateMs, slowestWriteMs) + slowestWriteMs;
}

/** Nothing but the store holds the burst up: the fakes have no quota. */
const wideLimits = 'providers: { fcm: { messages_per_minute: 6000000, ramp_seconds: 0 } }\n';
const narrowLimits = `providers:
  apns: { max_in_flight: 40 }
  fcm: { max_in_flight: 40, messages_per_minute: 6000000, ramp_seconds: 0 }
`;

function tailOf(relay: RelayProcess): string {
  return `${relay.child.exitCode ?? relay.child.signalCode} ${JSON.stringify(relay.log.slice(-3))}`;
}
