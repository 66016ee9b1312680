import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCli } from '../../src/cli/run-cli';
import { readBoundedFile } from '../../src/config/read/bounded-file';
import { systemClock } from '../../src/domain/clock';
import { inheritedEnvironment } from './inherited-environment';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** The whole environment but for PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another user's, where the tests are root's: no mode keeps root out. */
  readonly uid?: number | undefined;
}

/** A user who is not root, for `uid`; undefined where the tests run as one already. */
export const ordinaryUid = process.getuid?.() === 0 ? 65_534 : undefined;

function start(args: readonly string[], { env = {}, cwd, uid }: CommandOptions) {
  return spawn(process.execPath, [join(__dirname, '../../dist/main.js'), ...args], {
    env: { ...inheritedEnvironment(), ...env },
    cwd,
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A command that runs until it is stopped. */
export class RunningCommand {
  output = '';
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;

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
      if (this.#child.exitCode !== null)
        throw new Error(`ended before it printed ${pattern}: ${this.output}`);
      await once(this.#child, 'printed');
    }
  }

  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    this.#child.kill('SIGTERM');
    const [code] = (await once(this.#child, 'exit')) as [number | null];
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

/**
 * As `runCommand` without a process, which costs half a second: for what a command says, where many are asked. What only the
 * process has (its own environment, signals, other users), or what a command loads only when it is needed, takes `runCommand`.
 */
export async function runInProcess(
  args: readonly string[],
  { env = {}, cwd = process.cwd() }: Pick<CommandOptions, 'env' | 'cwd'> = {},
): Promise<CommandResult> {
  const said = { stdout: '', stderr: '' };
  const output = (name: keyof typeof said) => ({
    isTTY: false,
    hasCursor: false,
    hasColors: false,
    taken: () => Promise.resolve(),
    write: (words: string) => void (said[name] += words),
  });
  const code = await runCli(args, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: Readable.from([]),
    env,
    cwd,
    clock: systemClock,
    readFile: readBoundedFile,
    stopSignal: new AbortController().signal,
    onReload: () => {},
    beforeExit: () => () => {},
  });
  return { code, ...said };
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
