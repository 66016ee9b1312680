import { Command, CommanderError } from 'commander';
import { relayVersion } from '../compose/version';
import { addCheckConfig } from './check-config';
import type { CliContext, CliIo, ExitCode } from './cli-io';
import { addDeadLetters } from './dead-letters';
import { addDemo } from './demo';
import { addDevices } from './devices';
import { addSandbox } from './sandbox';
import { addSend } from './send';
import { addServe } from './serve';

/** Runs one command; `argv` is without node and script. Resolves with the exit code once the command has ended. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = createProgram({ io, finish: (code) => (exitCode = code) });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

function createProgram(context: CliContext): Command {
  const { stdout, stderr } = context.io;
  const program = new Command('wukongim-push-relay')
    .description('Turns WuKongIM webhooks into APNs and FCM push notifications, and loses none.')
    .version(relayVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows how it is used)')
    .configureOutput({
      writeOut: (text) => {
        stdout.write(text);
      },
      writeErr: (text) => {
        stderr.write(text);
      },
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  const commands = [addServe, addCheckConfig, addDemo, addSandbox, addSend, addDevices, addDeadLetters];
  for (const add of commands) add(program, context);
  return program;
}

const EXIT_CODES = `
Exit codes: 0 ok, 1 it failed, 2 usage or configuration.
Every command has its own --help with examples. The configuration's keys stand in docs/configuration.md.`;
