import type { Environment } from '../config/read/environment';
import type { Clock } from '../domain/clock';

export interface CliOutput {
  write(text: string): void;
  /** Resolves once the reader has taken what was written, or as much as the system buffers for it. */
  taken(): Promise<void>;
  readonly isTTY: boolean;
  /** A terminal whose lines can be drawn again. */
  readonly hasCursor: boolean;
  /** A terminal with colors, whose user wants them. */
  readonly hasColors: boolean;
}

/** What a command sees of the process; tests give their own. */
export interface CliIo {
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly stdin: AsyncIterable<Buffer>;
  readonly env: Environment;
  readonly cwd: string;
  readonly clock: Clock;
  readFile(path: string): Buffer;
  /** Aborts at the first signal that asks the process to end. */
  readonly stopSignal: AbortSignal;
  /** Says what is to be done when the operator asks to read the configuration again (SIGHUP). */
  onReload(run: () => void): void;
  /**
   * Says how an open store is halted when the process has to end at once, after a bug or a stop that took too long. The
   * answer takes that back.
   */
  beforeExit(release: () => Promise<unknown>): () => void;
}

/** 0 ok, 1 it failed, 2 usage or configuration. */
export type ExitCode = 0 | 1 | 2;

/** A command's way to set the exit code; commander itself knows only of errors. */
export interface CliContext {
  readonly io: CliIo;
  readonly finish: (code: ExitCode) => void;
}
