import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { closeConnections, eventually, postMessage, registerApns } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { temporaryDirectory } from '../helpers/relay-process';

const root = join(__dirname, '../..');

/** A command of npm in a process group of its own, as a terminal starts it. */
class NpmCommand {
  output = '';
  readonly #child: ChildProcess;

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  async printed(pattern: RegExp): Promise<string> {
    const found = await eventually(
      async () => {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null)
          throw new Error(`ended early: ${this.output}`);
        return pattern.exec(this.output);
      },
      (match) => match !== null,
    );
    return found?.[1] ?? '';
  }

  signal(signal: NodeJS.Signals, to: 'npm' | 'group'): void {
    const { pid = 0 } = this.#child;
    process.kill(to === 'group' ? -pid : pid, signal);
  }

  /** Resolves once nobody holds the output any more: npm, its shell and the relay; rejects when somebody stays. */
  async ended(): Promise<void> {
    const close = once(this.#child, 'close');
    const timer = setTimeout(
      () => this.#child.emit('error', new Error(`a process stays: ${this.output}`)),
      60_000,
    );
    await close.finally(() => clearTimeout(timer));
  }

  [Symbol.dispose](): void {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL');
    } catch {
      // The group is gone, as it should be.
    }
  }
}

describe('a relay that npm has started', () => {
  let fakes: Fakes;

  beforeAll(async () => {
    fakes = await Fakes.start();
  });

  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => fakes.sandbox.apns.reset());

  it.each([
    ['SIGTERM', 'npm'],
    ['SIGINT', 'npm'],
    // Ctrl-C: the terminal signals everybody, and npm passes it on once more.
    ['SIGINT', 'group'],
  ] as const)('finishes what is in flight at %s to the %s, and nobody stays', async (signal, to) => {
    using npm = new NpmCommand(['npm', 'start'], {
      ...fakes.env,
      PORT: '0',
      DATA_DIR: await temporaryDirectory(),
    });
    const url = await npm.printed(/"url":"([^"]+)"/);
    await registerApns(url, 'carol');
    fakes.sandbox.apns.latencyMs = 1_000;
    await postMessage(url, { to: ['carol'] });
    await eventually(
      async () => fakes.sandbox.apns.counts.openStreams,
      (open) => open === 1,
    );
    npm.signal(signal, to);
    await npm.ended();
    expect(npm.output).toContain('the relay has stopped');
    expect(fakes.sandbox.apns.accepted).toHaveLength(1);
  });

  it('as a demo: ends at Ctrl-C, and nobody stays', async () => {
    using npm = new NpmCommand(['npm', 'run', 'demo'], { LANG: 'en_US.UTF-8' });
    await npm.printed(/(Ctrl-C)/);
    npm.signal('SIGINT', 'group');
    await npm.ended();
  });
});
