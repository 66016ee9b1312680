/*
 * Open this file first: it parses the command line and runs one subcommand. `serve.ts`, `check-config.ts`, `doctor/doctor.ts`, `sandbox.ts`,
 * `demo.ts`, `send.ts`, `vapid-keys.ts`, `devices.ts` (with `devices-import.ts` and `devices-export.ts`), `trace.ts` and `dead-letters.ts` are the
 * subcommands. `cli-io.ts` is what they see of the process. `load-or-explain.ts` reads the configuration. `api-options.ts`,
 * `api-client.ts` and `run-request.ts` ask a running relay, and `table.ts` prints. `serve.ts` alone uses `reload.ts`,
 * `sandbox/sandbox-phones.ts` and `until-aborted.ts`.
 */

import { Command, CommanderError } from 'commander';
import { relayVersion } from '../compose/version';
import type { CliContext, CliIo, ExitCode } from './cli-io';

/** Runs one command; `argv` is without node and script. Resolves with the exit code once the command has ended. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const words = versionWords.includes(argv.join(' ')) ? ['--version'] : argv;
  const program = await createProgram(words, { io, finish: (code) => (exitCode = code) });
  try {
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

type AddCommand = (program: Command, context: CliContext) => void;

/** In the order of the help. */
const commands = new Map<string, () => Promise<AddCommand>>([
  ['serve', async () => (await import('./serve.js')).addServe],
  ['check-config', async () => (await import('./check-config.js')).addCheckConfig],
  ['doctor', async () => (await import('./doctor/doctor.js')).addDoctor],
  ['demo', async () => (await import('./demo.js')).addDemo],
  ['sandbox', async () => (await import('./sandbox.js')).addSandbox],
  ['send', async () => (await import('./send.js')).addSend],
  ['vapid-keys', async () => (await import('./vapid-keys.js')).addVapidKeys],
  ['devices', async () => (await import('./devices.js')).addDevices],
  ['trace', async () => (await import('./trace.js')).addTrace],
  ['dead-letters', async () => (await import('./dead-letters.js')).addDeadLetters],
]);

/** Each command has modules of its own: the one that is called is loaded, and all for words that call none. */
async function createProgram([name = '']: readonly string[], context: CliContext): Promise<Command> {
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
  const called = commands.get(name);
  for (const load of called === undefined ? commands.values() : [called]) (await load())(program, context);
  return program;
}

const exitCodes = `
Exit codes: 0 ok, 1 it failed, 2 usage or configuration.
Each command has its own --help with examples. docs/configuration.md lists the configuration's keys.`;
