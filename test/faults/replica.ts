import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../helpers/client';
import type { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';
import { isAtLeast } from '../helpers/log-level';

/** What a replica has begun and not durably settled, in deliveries (test/helpers/ledger.cjs). */
export interface LedgerReport {
  readonly begun: number;
  /** Handed to their provider and not answered. */
  readonly open: number;
  /** Answered, and not durably settled. */
  readonly answered: number;
  /** Attempts so far that nobody knows whether the provider took them. */
  readonly ambiguous: number;
  readonly settledLastSecond: number;
  /** Durably settled so far. */
  readonly settled: number;
  /** So far begun and not settled when their entry turned out to be another holder's. */
  readonly lapsed: number;
  /** Attempts to forward that the receiver may have taken, and that are made again if the process dies now. */
  readonly forwardRepeats: number;
  /** The longest turns of the event loop. */
  readonly turns: readonly Turn[];
}

export interface Turn {
  /** Its end, ms since the epoch. */
  readonly atMs: number;
  /** On a processor: what others took of it does not count. */
  readonly ownMs: number;
}

/** What explains repeats, by all processes of a replica. */
export type Hurried = Pick<LedgerReport, 'ambiguous' | 'lapsed' | 'forwardRepeats'>;

export interface ReplicaOptions {
  readonly fakes: Fakes;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly yaml: string;
}

/**
 * A relay that can be stopped, killed, frozen and asked, and started again on its own data directory.
 *
 * stopped → running → frozen (SIGSTOP) → running; running → stopped, by SIGTERM or by kill -9.
 */
export class Replica {
  #relay: RelayProcess | null = null;
  #orders = 0;
  /** Of its processes that have ended. */
  #earlier: Hurried = { ambiguous: 0, lapsed: 0, forwardRepeats: 0 };
  readonly #options: ReplicaOptions;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#relay?.url ?? '';
  }

  get pid(): number {
    return this.#relay?.child.pid ?? -1;
  }

  get runs(): boolean {
    return this.#relay !== null;
  }

  async start(): Promise<string> {
    const { fakes, directory, env, yaml } = this.#options;
    await mkdir(directory, { recursive: true });
    await rm(join(directory, 'order'), { force: true });
    this.#relay = await fakes.startRelay({
      script: [join(__dirname, '../helpers/watched-relay.cjs')],
      env: { ...env, WATCH_DIRECTORY: directory },
      dataDir: join(directory, 'data'),
      yaml,
    });
    return this.#relay.url;
  }

  report(): Promise<LedgerReport> {
    return this.#order('report');
  }

  /** kill -9, when it next passes this point of its work (test/helpers/watch.cjs) or immediately; resolves with what it had begun when it died. */
  async kill(point?: string): Promise<LedgerReport> {
    const report = await this.#order(point === undefined ? 'kill' : `kill ${point}`);
    await this.#relay?.exit();
    this.#ended(report);
    return report;
  }

  /** SIGSTOP; resolves with what it had begun. */
  freeze(): Promise<LedgerReport> {
    return this.#order('freeze');
  }

  thaw(): void {
    this.#relay?.signal('SIGCONT');
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    const relay = this.#relay;
    if (relay === null) return 0;
    const report = await this.report();
    relay.signal('SIGTERM');
    const code = await relay.exit();
    this.#ended(report);
    return code;
  }

  /** What its machine was too slow for (attempts without an answer in time, claims not renewed in time), and what it forwards twice. */
  async hurried(): Promise<Hurried> {
    return this.runs ? added([this.#earlier, await this.report()]) : this.#earlier;
  }

  /** What it had to say, at level warn and above, each kind once with its count. */
  complaints(): string[] {
    const counts = new Map<string, number>();
    for (const { level, msg } of this.#relay?.log ?? [])
      if (isAtLeast(level, 'warn')) counts.set(String(msg), (counts.get(String(msg)) ?? 0) + 1);
    return [...counts].map(([message, count]) => `${count} × ${message}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#relay?.signal('SIGKILL');
    await this.#relay?.exit();
  }

  #ended(report: LedgerReport): void {
    this.#relay = null;
    this.#earlier = added([this.#earlier, report]);
  }

  async #order(what: string): Promise<LedgerReport> {
    const { directory } = this.#options;
    this.#orders += 1;
    await writeFile(join(directory, 'order'), `${this.#orders} ${what}`);
    this.#relay?.signal('SIGWINCH');
    const file = join(directory, `report-${this.#orders}.json`);
    const text = await eventually(
      () => readFile(file, 'utf8').catch(() => null),
      (found) => found !== null,
    );
    return JSON.parse(text ?? '') as LedgerReport;
  }
}

export function added(all: readonly Hurried[]): Hurried {
  return {
    ambiguous: all.reduce((sum, { ambiguous }) => sum + ambiguous, 0),
    lapsed: all.reduce((sum, { lapsed }) => sum + lapsed, 0),
    forwardRepeats: all.reduce((sum, { forwardRepeats }) => sum + forwardRepeats, 0),
  };
}
