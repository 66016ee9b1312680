import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { configuredApps } from '../compose/configured-apps';
import type { Config } from '../config/config';
import { Fault } from '../config/leaves/leaf';
import { fileFault } from '../config/read/read-file';
import { readRedisServer, redisUrlText } from '../config/redis-url';
import { StoreUnavailableError } from '../store/ports/errors';
import type { Store } from '../store/ports/store';
import type { CliContext, CliIo, ExitCode } from './cli-io';
import { DeviceImport } from './devices/device-import';
import { ImportRun } from './devices/import-run';
import { PersonImport } from './devices/person-import';
import { Progress } from './devices/progress';
import { withStore } from './devices/with-store';

interface ImportOptions {
  readonly config?: string;
  readonly file?: string;
  readonly from?: typeof tangsengdaodao;
  readonly redis?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const tangsengdaodao = 'tangsengdaodao';

export function addDevicesImport(devices: Command, { io, finish }: CliContext): void {
  devices
    .command('import')
    .description('Import exported devices, names, preferences, mutes and badges into the configured store.')
    .option('-c, --config <file>', 'YAML file (default: RELAY_CONFIG, else the environment alone)')
    .option('-f, --file <file>', 'read this file (default: standard input)')
    .addOption(
      new Option('--from <product>', "read that product's Redis instead of a file").choices([tangsengdaodao]),
    )
    .option('--redis <url>', 'its Redis (default: compat.tangsengdaodao.redis_url)')
    .option('--dry-run', 'with --from: write nothing, and print what would be imported and left out')
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', examples)
    .action(async ({ config, file, ...options }: ImportOptions) => {
      if (options.from === tangsengdaodao && file === undefined) {
        finish(await fromTangsengdaodao(config ?? null, options, io));
        return;
      }
      const only = options.redis !== undefined || options.dryRun === true;
      if (options.from !== undefined || only) {
        const wrong =
          options.from === undefined
            ? '--redis and --dry-run need --from'
            : '--from reads Redis, and --file a file: leave one out';
        io.stderr.write(`${wrong}\n`);
        finish(2);
        return;
      }
      const isJson = options.json === true;
      const source = file === undefined ? null : resolve(io.cwd, file);
      const fault = source === null ? null : await fileProblem(source);
      if (fault !== null) {
        io.stderr.write(`--file ${source ?? ''}: ${fault}\n`);
        finish(2);
        return;
      }
      const command = { configPath: config ?? null, name: 'devices import', needsData: false };
      finish(
        await withStore(command, io, (store, read) => importDevices(store, read, { source, isJson }, io)),
      );
    });
}

const examples = `
Works on the store itself: the embedded one while no relay runs on it, Redis at any time. The later registration wins. An
existing device stays if it is as new as the line or newer, and so does a token's owner. You can repeat an interrupted
import.

--from tangsengdaodao reads userDeviceToken:UID and writes nothing there. A password in --redis shows in the list of processes;
compat.tangsengdaodao.redis_url_file does not.

Examples:
  $ wukongim-push-relay devices import --file devices.ndjson
  $ wukongim-push-relay devices import --from tangsengdaodao --redis redis://:password@redis:6379 --dry-run
  $ DATA_DIR=./data wukongim-push-relay devices export | REDIS_URL=redis://r wukongim-push-relay devices import

Exit codes: 0 all devices are imported or were not needed, 1 some are malformed or left out (the others are imported) or a store failed, 2 the
configuration is wrong or the store is in use.`;

async function fromTangsengdaodao(
  configPath: string | null,
  { redis, dryRun, json }: Pick<ImportOptions, 'redis' | 'dryRun' | 'json'>,
  io: CliIo,
): Promise<ExitCode> {
  const given = redis === undefined ? null : readRedisServer(redis);
  if (given instanceof Fault) {
    io.stderr.write(`--redis: expected ${given.expected}\n`);
    return 2;
  }
  const command = { configPath, name: 'devices import', needsData: false };
  return withStore(command, io, async (store, config) => {
    const redisUrl = given === null ? config.compat.tangsengdaodao.redisUrl?.reveal() : redisUrlText(given);
    if (redisUrl === undefined) {
      io.stderr.write(
        '--from tangsengdaodao needs its Redis: set --redis, or compat.tangsengdaodao.redis_url\n',
      );
      return 2;
    }
    const { importTangsengdaodao } = await import('./devices/import-tangsengdaodao.js');
    return importTangsengdaodao(
      store,
      config,
      { redisUrl, isDryRun: dryRun === true, isJson: json === true },
      io,
    );
  });
}

async function importDevices(
  store: Store,
  config: Config,
  { source, isJson }: { readonly source: string | null; readonly isJson: boolean },
  io: CliIo,
): Promise<ExitCode> {
  const say = (text: string): void => io.stderr.write(`${text}\n`);
  const progress = new Progress(io.stderr);
  const run = new ImportRun(
    new DeviceImport(store, { devicesPerUser: config.devices.maxPerUid }),
    new PersonImport(store),
    {
      apps: configuredApps(config),
      clock: io.clock,
      stopSignal: io.stopSignal,
      progress,
      say,
    },
  );
  let failure: string | null = null;
  try {
    await run.read(source === null ? io.stdin : createReadStream(source));
  } catch (error) {
    failure = failureText(error, source);
    if (failure === null) throw error;
  } finally {
    progress.stop();
  }
  if (failure !== null) say(failure);
  io.stdout.write(isJson ? `${JSON.stringify(run.report(), null, 2)}\n` : `${run.summary()}\n`);
  return failure === null && run.isClean ? 0 : 1;
}

/** Why the file cannot be read, in words; null: it can. */
async function fileProblem(path: string): Promise<string | null> {
  try {
    // Not by opening it: a pipe's writer would see its reader go.
    await access(path, constants.R_OK);
    return (await stat(path)).isDirectory() ? fileFault({ code: 'EISDIR' }) : null;
  } catch (error) {
    return fileFault(error);
  }
}

/** Null: a fault of ours. */
function failureText(error: unknown, source: string | null): string | null {
  if (error instanceof StoreUnavailableError)
    return `the store cannot answer: ${error.message}; run it again to continue`;
  if (error instanceof Error && 'syscall' in error)
    return `${source ?? 'standard input'} cannot be read: ${error.message}`;
  return null;
}
