import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, metric } from '../../test/helpers/client';
import { RelayProcess, temporaryDirectory } from '../../test/helpers/relay-process';
import type { BenchStore } from './bench-store';
import { pinToFirst } from './processors';

export interface RelayTestOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly store: BenchStore;
  /** Further lines of the configuration below `providers:`. */
  readonly providersYaml?: string;
  readonly deliveryYaml?: string;
  /** The configuration's `webhook`. */
  readonly webhookYaml?: string;
  /** The configuration's `apps`. */
  readonly appsYaml?: string;
  readonly watchesLoop?: boolean;
  /** A directory: where a CPU profile of the relay is left. */
  readonly profileTo: string | null;
  readonly pins: boolean;
}

export interface Usage {
  readonly look: number;
  readonly cpuMicros: number;
  /**
   * The longest stall of the event loop since the last look, and the longest without the time in which the process stood
   * in line for a processor; null where the loop is not watched.
   */
  readonly loop: { readonly lateMs: number; readonly ownMs: number } | null;
}

export interface Memory {
  readonly residentMb: number;
  /** The most since `resetPeak`. */
  readonly peakMb: number;
  /** Without mapped files, which are the kernel's cache: the embedded store maps its whole data. */
  readonly anonymousMb: number;
}

/** The relay as an operator starts it, in a process of its own that says what it uses. */
export class RelayUnderTest {
  #looks = 0;
  readonly #probeFile: string;

  private constructor(
    readonly process: RelayProcess,
    probeFile: string,
  ) {
    this.#probeFile = probeFile;
  }

  get url(): string {
    return this.process.url;
  }

  static async start(options: RelayTestOptions): Promise<RelayUnderTest> {
    const { store, profileTo } = options;
    const probeFile = join(await temporaryDirectory(), 'usage.json');
    const relay = await RelayProcess.start({
      dataDir: store.dataDir,
      env: {
        ...options.env,
        ...store.env,
        STORM_LIMITS: 'off',
        PROBE_FILE: probeFile,
        // As the image and the systemd unit start it.
        MALLOC_MMAP_THRESHOLD_: '131072',
        MALLOC_ARENA_MAX: '2',
        ...(options.watchesLoop ? { PROBE_LOOP: '1' } : {}),
      },
      // Google's quota must not be what the bench measures.
      yaml: [
        'providers:',
        '  fcm: { messages_per_minute: 60000000, ramp_seconds: 0 }',
        options.providersYaml ?? '',
        options.deliveryYaml ?? '',
        options.webhookYaml === undefined ? '' : `webhook: ${options.webhookYaml}`,
        options.appsYaml === undefined ? '' : `apps: ${options.appsYaml}`,
      ].join('\n'),
      nodeArgs: [
        // As the image and the systemd unit start it.
        '--max-old-space-size=512',
        '--no-allocation-site-pretenuring',
        '-r',
        join(__dirname, 'probe.cjs'),
        ...(profileTo === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`]),
      ],
    });
    // A bench that fails leaves none behind.
    const kill = () => relay.signal('SIGKILL');
    process.once('exit', kill);
    relay.child.once('exit', () => process.off('exit', kill));
    const tell = (code: number | null, signal: string | null) =>
      console.error(`the relay ended with ${code ?? signal}: ${JSON.stringify(relay.log.slice(-5))}`);
    relay.child.once('exit', tell);
    if (options.pins) pinToFirst(relay.child.pid ?? 0);
    return new RelayUnderTest(relay, probeFile);
  }

  async usage(): Promise<Usage> {
    this.#looks += 1;
    this.process.signal('SIGWINCH');
    return eventually(
      async () => readUsage(this.#probeFile),
      (usage): usage is Usage => usage !== null && usage.look >= this.#looks,
    ) as Promise<Usage>;
  }

  /** Null where the system has no /proc. */
  memory(): Memory | null {
    try {
      const status = readFileSync(`/proc/${this.process.child.pid}/status`, 'utf8');
      const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
      return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM'), anonymousMb: mb('RssAnon') };
    } catch {
      return null;
    }
  }

  resetPeak(): void {
    try {
      writeFileSync(`/proc/${this.process.child.pid}/clear_refs`, '5');
    } catch {
      // Its peak counts from its start then.
    }
  }

  metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    return metric(this.url, name, labels);
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await eventually(
      () => this.metric('relay_inbox_depth'),
      (depth) => depth === 0,
    );
  }

  /** Rejects where something was lost, refused or put off meanwhile: what was measured is not what was meant then. */
  async stop(): Promise<void> {
    for (const bad of [
      'relay_events_lost_total',
      'relay_dead_letters',
      'relay_parked',
      'relay_retries_pending',
    ]) {
      const count = await this.metric(bad);
      if (count !== 0) throw new Error(`${bad} is ${count} after a bench`);
    }
    this.process.child.removeAllListeners('exit');
    await this.process.stop();
    rmSync(this.#probeFile, { force: true });
  }

  /** Whatever it still has to do. */
  async kill(): Promise<void> {
    this.process.child.removeAllListeners('exit');
    this.process.signal('SIGKILL');
    await this.process.exit();
  }
}

function readUsage(file: string): Usage | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Usage;
  } catch {
    return null;
  }
}
