#!/usr/bin/env node
import type { CliIo, CliOutput } from './cli/cli-io';
import { runCli } from './cli/run-cli';
import { readBoundedFile } from './config/read/bounded-file';
import { processEnvironment } from './config/read/environment';
import { systemClock } from './domain/clock';
import { createLogger } from './observability/logger';
import { ProcessEnd } from './process-end';

/** How long handles that were left open may keep the process alive after its work has ended, or has failed. */
const lingerMs = { ended: 2_000, failed: 250 };

const env = processEnvironment();
const argv = process.argv.slice(2);
const isService = argv[0] === 'serve';
const stopping = new AbortController();
const processEnd = new ProcessEnd();

/**
 * npm passes on what the terminal already sent to its whole process group, so that Ctrl-C behind `npm start` arrives twice.
 * The same signal again within this time is the same request.
 */
const signalEchoMs = 1_000;
let stoppingSinceMs = 0;

let isReloadWanted = false;
/** What is asked while the service still starts is done as soon as it can be. */
let reload = (): void => {
  isReloadWanted = true;
};

/** Those that would end the process undrained: they stop it as SIGTERM does. Names that a platform does not have are never sent. */
const otherEnds = [
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGXCPU',
  'SIGIO',
  'SIGPWR',
  'SIGSTKFLT',
] as const;

/** A second signal ends the process immediately. SIGHUP asks a service to read its configuration again; a terminal sends it too, when it goes away. */
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', ...otherEnds] as const) {
  process.on(signal, () => {
    if (signal === 'SIGHUP' && isService && !process.stdout.isTTY) {
      if (!stopping.signal.aborted) reload();
      return;
    }
    if (!stopping.signal.aborted) {
      stoppingSinceMs = performance.now();
      stopping.abort(signal);
      return;
    }
    const isEcho = signal === stopping.signal.reason && performance.now() - stoppingSinceMs < signalEchoMs;
    if (!isEcho) processEnd.now(1);
  });
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    // What fails while everything is torn down is no news.
    if (processEnd.isEnding) return;
    createLogger({ level: 'fatal' }).fatal(
      { event: 'relay_crashed', cause: event, err: error },
      'unhandled error: this is a bug of the relay',
    );
    processEnd.now(1);
  });
}

// `… list | head` closes our output early; that is no failure. A relay goes on without whoever read its log.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' && !isService) processEnd.now(0);
});

// Nobody reads our errors, and nowhere else can that be said: the exit code stays the command's.
process.stderr.on('error', () => undefined);

function output(stream: NodeJS.WriteStream): CliOutput {
  return {
    write: (text) => {
      stream.write(text);
    },
    taken: () => new Promise((resolve) => stream.write('', () => resolve())),
    get isTTY() {
      return stream.isTTY;
    },
    get hasCursor() {
      return stream.isTTY && env['TERM'] !== 'dumb';
    },
    get hasColors() {
      return stream.isTTY && (env['NO_COLOR'] ?? '') === '' && stream.hasColors(env);
    },
  };
}

const io: CliIo = {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  // Touched only by the command that reads it: an open standard input would keep the process alive.
  get stdin() {
    return process.stdin;
  },
  env,
  cwd: process.cwd(),
  clock: systemClock,
  readFile: readBoundedFile,
  stopSignal: stopping.signal,
  onReload: (run) => {
    reload = run;
    if (isReloadWanted) run();
  },
  beforeExit: (release) => processEnd.before(release),
};

void runCli(argv, io).then((code) => {
  process.exitCode = code;
  const linger = (): void =>
    void setTimeout(() => processEnd.now(code), code === 0 ? lingerMs.ended : lingerMs.failed).unref();
  // Whoever reads a command's output takes the time that it takes. Nobody has to read the log of a service for it to end.
  if (isService || stopping.signal.aborted) return linger();
  process.stdout.write('', linger);
  // Whoever ends a command does not wait for its reader.
  stopping.signal.addEventListener('abort', linger, { once: true });
});
