/*
 * Open this file first: it parses the command line and runs one subcommand. `serve.ts`, `check-config.ts`, `doctor/doctor.ts`, `sandbox.ts`,
 * `demo.ts`, `send.ts`, `vapid-keys.ts`, `devices.ts` (with `devices-import.ts` and `devices-export.ts`), `trace.ts` and `dead-letters.ts` are the
 * subcommands. `cli-io.ts` is what they see of the process. `load-or-explain.ts` reads the configuration. `api-options.ts`,
 * `api-client.ts` and `run-request.ts` ask a running relay, and `table.ts` prints. `serve.ts` alone uses `reload.ts`,
 * `sandbox/sandbox-phones.ts` and `until-aborted.ts`.
 */

import { Command, CommanderError } from 'commander';
import { relayVersion } from '../compose/version';
import { addCheckConfig } from './check-config';
import type { CliContext, CliIo, ExitCode } from './cli-io';
import { addDeadLetters } from './dead-letters';
import { addDemo } from './demo';
import { addDevices } from './devices';
import { addDoctor } from './doctor/doctor';
import { addSandbox } from './sandbox';
import { addSend } from './send';
import { addServe } from './serve';
import { addTrace } from './trace';
import { addVapidKeys } from './vapid-keys';

/** Runs one command; `argv` is without node and script. Resolves with the exit code once the command has ended. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = createProgram({ io, finish: (code) => (exitCode = code) });
  try {
    const words = versionWords.includes(argv.join(' ')) ? ['--version'] : argv;
    const unknown = unknownCommand(program, words);
    // Commander itself shows the help of the program for `nonsense --help`, as if that were a command.
    await program.parseAsync(unknown === null ? words : unknown, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

const versionWords = ['-v', 'version'];

/** The words without those that ask for help, where they name no command; null: they name one. */
function unknownCommand(program: Command, words: readonly string[]): readonly string[] | null {
  let command = program;
  const names = words[0] === 'help' ? words.slice(1) : words;
  for (const name of names) {
    if (name.startsWith('-') || command.commands.length === 0) return null;
    const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
    if (next === undefined)
      return name === 'help' ? null : names.filter((word) => !['-h', '--help'].includes(word));
    command = next;
  }
  return null;
}

function createProgram(context: CliContext): Command {
  const { stdout, stderr } = context.io;
  const program = new Command('wukongim-push-relay')
    .description('Turns WuKongIM webhooks into APNs, FCM and Web Push notifications, and loses none.')
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
    .configureHelp({
      // Commander quotes a default as JSON: (default: "30").
      optionDescription: (option) =>
        option.defaultValue === undefined ||
        option.defaultValue === false ||
        Array.isArray(option.defaultValue)
          ? option.description
          : `${option.description} (default: ${String(option.defaultValue)})`,
    })
    .exitOverride()
    .addHelpText('after', exitCodes);
  const commands = [
    addServe,
    addCheckConfig,
    addDoctor,
    addDemo,
    addSandbox,
    addSend,
    addVapidKeys,
    addDevices,
    addTrace,
    addDeadLetters,
  ];
  for (const add of commands) add(program, context);
  return program;
}

const exitCodes = `
Exit codes: 0 ok, 1 it failed, 2 usage or configuration.
Each command has its own --help with examples. docs/configuration.md lists the configuration's keys.`;
