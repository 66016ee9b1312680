import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** The whole environment but for PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

function start(args: readonly string[], { env = {}, cwd }: CommandOptions) {
  return spawn(process.execPath, [join(__dirname, '../../dist/main.js'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A command that runs until it is stopped. */
export class RunningCommand {
  output = '';

  constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        child.emit('printed');
      });
    }
    child.once('exit', () => child.emit('printed'));
  }

  /** Resolves once its output matches; rejects when it ends before. */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      if (this.child.exitCode !== null) throw new Error(`ended before it printed ${pattern}: ${this.output}`);
      await once(this.child, 'printed');
    }
  }

  async stop(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    this.child.kill('SIGTERM');
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Resolves once the command's output matches. */
export async function spawnCommand(
  args: readonly string[],
  until: RegExp,
  options: CommandOptions = {},
): Promise<RunningCommand> {
  const command = new RunningCommand(start(args, options));
  await command.printed(until);
  return command;
}

/** Runs the built binary to its end. */
export async function runCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = start(args, options);
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
