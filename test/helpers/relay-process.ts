import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inheritedEnvironment } from './inherited-environment';

export interface RelayProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  /** The script to run instead of the relay's own binary. */
  readonly script?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** Configuration that has no environment variable. */
  readonly yaml?: string;
  /** How many files it may open (`ulimit -n`). */
  readonly openFiles?: number;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A relay in a process of its own, as an operator runs it; its log is kept for the test to read. */
export class RelayProcess {
  readonly log: Record<string, unknown>[] = [];
  #url = '';
  #logRead: Promise<unknown> = Promise.resolve();
  readonly #ownsDataDir: boolean;

  private constructor(
    readonly child: ChildProcess,
    readonly dataDir: string,
    ownsDataDir: boolean,
  ) {
    this.#ownsDataDir = ownsDataDir;
  }

  get url(): string {
    return this.#url;
  }

  /** Resolves once it listens; rejects with its output when it ends before. */
  static async start(options: RelayProcessOptions = {}): Promise<RelayProcess> {
    const dataDir = options.dataDir ?? (await temporaryDirectory());
    const configFile = join(await temporaryDirectory(), 'relay.yaml');
    if (options.yaml !== undefined) await writeFile(configFile, options.yaml);
    const script = options.script ?? [join(__dirname, '../../dist/main.js'), 'serve'];
    const { openFiles } = options;
    const [command, ...args] = [
      ...(openFiles === undefined ? [] : ['/bin/sh', '-c', `ulimit -n ${openFiles}; exec "$0" "$@"`]),
      process.execPath,
      ...(options.nodeArgs ?? []),
      ...script,
    ] as [string, ...string[]];
    const child = spawn(command, args, {
      env: {
        ...inheritedEnvironment(),
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: dataDir,
        ...(options.yaml === undefined ? {} : { RELAY_CONFIG: configFile }),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const relay = new RelayProcess(child, dataDir, options.dataDir === undefined);
    await relay.#listening();
    return relay;
  }

  /** Resolves with the first log line that matches, past ones included. */
  async logged(matches: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.log.find(matches);
      if (found !== undefined) return found;
      await once(this.child, 'logged');
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves with the exit code, or null when a signal ended it, once its whole log is read. */
  async exit(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    await this.#logRead;
    return this.child.exitCode;
  }

  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    const code = await this.exit();
    if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.stop();
    if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
  }

  async #listening(): Promise<void> {
    let errors = '';
    this.child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    await new Promise<void>((resolve, reject) => {
      const lines = createInterface({ input: this.child.stdout! });
      this.#logRead = once(lines, 'close');
      lines.on('line', (line) => {
        const parsed = parseLine(line);
        this.log.push(parsed);
        this.child.emit('logged');
        if (this.#url === '' && typeof parsed['url'] === 'string') {
          this.#url = parsed['url'];
          resolve();
        }
      });
      this.child.once('exit', (code) =>
        reject(new Error(`the relay ended with ${code}: ${errors}${JSON.stringify(this.log.slice(-5))}`)),
      );
    });
  }
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'relay-'));
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { text: line };
  }
}
