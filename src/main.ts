#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import type { CliIo, CliOutput } from './cli/cli-io';
import { runCli } from './cli/run-cli';
import { processEnvironment } from './config/environment';
import { systemClock } from './domain/clock';
import { createLogger } from './observability/logger';

/** How long handles that were left open may keep the process alive after its work has ended. */
const LINGER_MS = 2_000;

const stopping = new AbortController();

/**
 * `process.exit` waits for Node's threads, and one in which LMDB writes a transaction waits for the JavaScript that
 * has ended: neither would ever end. The store is made for being killed.
 */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL');
  // Only as the first process of a container, which no signal of its own ends.
  process.abort();
}

/** SIGHUP too: a terminal that goes away stops the relay like any other request to stop. A second signal ends it at once. */
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) endAtOnce();
    stopping.abort(signal);
  });
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    createLogger({ level: 'fatal' }).fatal({ err: error }, `${event}: this is a bug of the relay`);
    endAtOnce();
  });
}

// `… list | head` closes our output early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

function output(stream: NodeJS.WriteStream): CliOutput {
  return {
    write: (text) => {
      stream.write(text);
    },
    get isTTY() {
      return stream.isTTY;
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
  env: processEnvironment(),
  cwd: process.cwd(),
  clock: systemClock,
  readFile: (path) => readFileSync(path),
  stopSignal: stopping.signal,
};

void runCli(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
  setTimeout(() => process.exit(code), LINGER_MS).unref();
});
